/** Why an agent failed to start or continue, with an exit code for programs. */
export const EXIT_CODES = {
  /** Ended by a signal or on request. */
  ok: 0,
  /** An internal error of the agent. */
  internal: 1,
  /** The command line or the fabric file is wrong. */
  usage: 2,
  /** A release or the state on disk cannot be read. */
  corrupt: 3,
  /** The BGP port is in use by another process. */
  'port-busy': 4,
  /** A privilege is missing (NET_ADMIN, or the port below 1024). */
  privilege: 5,
  /** Another agent runs in this network namespace or on this socket, or something else exists at the socket's path. */
  'second-agent': 6,
} as const;

export type FailureCode = keyof typeof EXIT_CODES;

/** Ends the agent with one line for people and an exit code for programs. */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}
