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
    `port ${port} is taken: stop the other BGP daemon (\`ss -ltnp sport = :${port}\` names it) or give the fabric another listenPort`,
  EACCES: (port) => `port ${port} needs a privilege: run as root, or give the agent CAP_NET_BIND_SERVICE`,
  EADDRNOTAVAIL: () => 'this machine has no such address: correct the node’s address, or add it to an interface',
  EAFNOSUPPORT: () => 'this machine does not speak this address family: enable it, or leave the address out',
};

/** What the system's error on listening means. */
export function listenFailure(address: string, port: number, error: NodeJS.ErrnoException): ListenFailure {
  const code = error.code ?? 'ERROR';
  const remedy = REMEDIES[code]?.(port) ?? error.message;
  return { address, port, code, message: `cannot listen on ${address} port ${port}: ${remedy}` };
}

const CONNECT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the neighbour refuses the connection: nothing listens on its port',
  ECONNRESET: 'the neighbour reset the connection',
  ETIMEDOUT: 'the neighbour does not answer',
  EHOSTUNREACH: 'the neighbour is not reachable',
  ENETUNREACH: 'no route leads to the neighbour',
  EADDRNOTAVAIL: 'this machine does not have the local address',
  EPIPE: 'the neighbour closed the connection',
};

/** What the system's error on a connection means. */
export const connectionFailure = (error: NodeJS.ErrnoException): string => CONNECT[error.code ?? ''] ?? error.message;
