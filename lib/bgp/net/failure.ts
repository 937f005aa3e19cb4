/** Why a port can't be listened on, and what to do. */
export interface ListenFailure {
  readonly address: string;
  readonly port: number;
  /** The system's name of the error, such as EADDRINUSE. */
  readonly code: string;
  /** For people: what happened and how to mend it. */
  readonly message: string;
}

const REMEDIES: Readonly<Record<string, (port: number) => string>> = {
  EADDRINUSE: (port) =>
    `port ${port} is already in use: stop the other BGP daemon (\`ss -ltnp sport = :${port}\` shows it) or set another listenPort in the fabric`,
  EACCES: (port) => `port ${port} requires a privilege: run as root, or grant the agent CAP_NET_BIND_SERVICE`,
  EADDRNOTAVAIL: () => 'this machine does not have the address: correct the node’s address, or add it to an interface',
  EAFNOSUPPORT: () => 'this machine does not support the address family: enable it, or remove the address',
};

/** What the system's error on listening means. */
export function listenFailure(address: string, port: number, error: NodeJS.ErrnoException): ListenFailure {
  const code = error.code ?? 'ERROR';
  const remedy = REMEDIES[code]?.(port) ?? error.message;
  return { address, port, code, message: `cannot listen on ${address} port ${port}: ${remedy}` };
}

const CONNECT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the neighbour refused the connection: nothing is listening on its port',
  ECONNRESET: 'the neighbour reset the connection',
  ETIMEDOUT: 'the neighbour does not respond',
  EHOSTUNREACH: 'the neighbour is not reachable',
  ENETUNREACH: 'no route to the neighbour',
  EADDRNOTAVAIL: 'this machine does not have the local address',
  EPIPE: 'the neighbour closed the connection',
};

/** What the system's error on a connection means. */
export const connectionFailure = (error: NodeJS.ErrnoException): string => CONNECT[error.code ?? ''] ?? error.message;

/** Whether it means that nothing answered. */
export const isSilence = ({ code }: NodeJS.ErrnoException): boolean => code === 'ETIMEDOUT';
