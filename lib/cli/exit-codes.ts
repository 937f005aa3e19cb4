import { EXIT_CODES } from '../agent/failure';

/** Exit codes of every command, for programs; those of the agent are among them, so that a number has one meaning. */
export const EXIT = {
  ...EXIT_CODES,
  /** It failed, or it looked for something wrong and found it. */
  failed: 1,
  /** No agent is reached at the endpoint. */
  unreachable: 7,
  /** The fabric has no such object. */
  absent: 8,
  /** It would change the fabric, which only its code may. */
  'code-is-truth': 9,
} as const;

/** What each code means, for the docs. */
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

/** Ends the command with one line for people and an exit code for programs. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly code: keyof typeof EXIT,
    message: string,
  ) {
    super(message);
  }
}

/** Errors of other rooms, by name, so that none has to be loaded only to be recognised. */
const CODES: Readonly<Record<string, number>> = {
  Unreachable: EXIT.unreachable,
  UnknownNode: EXIT.absent,
  InvalidInput: EXIT.usage,
};

/** The exit code of whatever ended a command. */
export function exitCodeOf(error: Error): number {
  if (error instanceof CommandError) return EXIT[error.code];
  return CODES[error.name] ?? EXIT.failed;
}
