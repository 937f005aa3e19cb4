/** The parts of a request that identify the caller. */
interface Knock {
  readonly method?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Why a request is rejected. */
interface Rejection {
  readonly status: number;
  readonly text: string;
}

/**
 * Access control. A page of another site can send requests here, using a DNS name that resolves to this machine, but
 * cannot choose `Host`, `Origin` or `Sec-Fetch-Site`. Another user of this machine can, but does not have the token.
 * The page itself is public, as it contains no data.
 * `isToken` compares in constant time.
 */
export function rejectionOf(
  { method, path, headers }: Knock,
  { port, isToken }: { readonly port: number; readonly isToken: (text: string) => boolean },
): Rejection | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host, origin, authorization } = headers;
  const site = headers['sec-fetch-site'];
  const isPage = path === '/';
  if (typeof host !== 'string' || !hosts.includes(host))
    return { status: 421, text: `this is served at http://127.0.0.1:${port} only` };
  if (method !== 'GET') return { status: 405, text: 'nothing can be changed here' };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, text: 'pages of other sites are turned away' };
  if (!isPage && site !== undefined && site !== 'same-origin' && site !== 'none')
    return { status: 403, text: 'pages of other sites are turned away' };
  if (isPage) return undefined;
  const [, token] = (typeof authorization === 'string' && /^Bearer (\S+)$/.exec(authorization)) || [];
  return token !== undefined && isToken(token)
    ? undefined
    : { status: 401, text: 'open the address that peerform ui printed' };
}
