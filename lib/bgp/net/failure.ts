import type { FaultReason } from '../session/fault';

/** Why a port cannot be listened on, and the remedy. */
export interface ListenFailure {
  readonly address: string;
  readonly port: number;
  /** The system's name of the error, such as EADDRINUSE. */
  readonly code: string;
  /** For display: what happened and how to fix it. */
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

/** Why a connection failed. */
export interface ConnectionFailure {
  /** For display. */
  readonly text: string;
  /** For programs. Absent if the connection just ended, or for any other reason. */
  readonly reason?: FaultReason;
}

const CONNECT: Readonly<Record<string, ConnectionFailure>> = {
  ECONNREFUSED: {
    text: 'the neighbour refused the connection: nothing is listening on its port',
    reason: 'refused',
  },
  ECONNRESET: { text: 'the neighbour reset the connection' },
  ETIMEDOUT: { text: 'the neighbour does not respond', reason: 'silence' },
  EHOSTUNREACH: { text: 'the neighbour is not reachable', reason: 'unreachable' },
  ENETUNREACH: { text: 'no route to the neighbour', reason: 'unreachable' },
  EADDRNOTAVAIL: { text: 'this machine does not have the local address', reason: 'own-address' },
  EPIPE: { text: 'the neighbour closed the connection' },
};

/** What the system's error on a connection means. */
export const connectionFailure = (error: NodeJS.ErrnoException): ConnectionFailure =>
  CONNECT[error.code ?? ''] ?? { text: error.message };
