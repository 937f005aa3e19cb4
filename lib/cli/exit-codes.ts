import { EXIT_CODES } from '../agent/failure';

/** Exit codes of all commands, including the agent's, so that each number has one meaning. */
export const EXIT = {
  ...EXIT_CODES,
  /** It failed, or it checked for a fault and found one. */
  failed: 1,
  /** No agent is reachable at the endpoint. */
  unreachable: 7,
  /** The fabric has no such object. */
  absent: 8,
  /** It would change the fabric, which only its code may do. */
  'code-is-truth': 9,
} as const;

/** Meaning of each code, for the docs. */
export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'success, or the agent stopped on request'],
  [
    EXIT.failed,
    'it failed; or it looked for something wrong (a silent agent, a session that is down, a difference) and found it',
  ],
  [EXIT.usage, 'the command line, or a file that it names, is wrong'],
  [EXIT.corrupt, "the agent's state on disk cannot be read"],
  [EXIT['port-busy'], 'another process is using the BGP port'],
  [EXIT.privilege, 'a privilege is missing'],
  [EXIT['second-agent'], 'another agent is running here'],
  [EXIT.unreachable, 'no agent could be reached at the endpoint'],
  [EXIT.absent, 'the fabric or the node does not have the object'],
  [EXIT['code-is-truth'], 'refused: the command would change the fabric, which is code'],
];

/** Ends the command with a one-line message and an exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly code: keyof typeof EXIT,
    message: string,
  ) {
    super(message);
  }
}

/** Errors of other modules by name, so that they need not be loaded to be recognised. */
const CODES: Readonly<Record<string, number>> = {
  Unreachable: EXIT.unreachable,
  UnknownNode: EXIT.absent,
  InvalidInput: EXIT.usage,
};

/** Exit code for an error that ended a command. */
export function exitCodeOf(error: Error): number {
  if (error instanceof CommandError) return EXIT[error.code];
  return CODES[error.name] ?? EXIT.failed;
}
