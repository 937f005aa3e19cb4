import type { UpBy } from '../control/transaction';

/** What of a session says by which AS numbers it is up. */
interface Up {
  readonly key: string;
  readonly isInside: boolean;
  readonly isRetiring: boolean;
  readonly localAs: number;
  readonly remoteAs: number;
  /** It is Established otherwise than what runs has it. */
  readonly unmet?: string;
}

/**
 * Sessions with outside neighbours that are up by AS numbers which the active release does not have: those of one that
 * is staged. Where that one is replaced or forgotten they go on, as nothing that only stages may cut them.
 */
export const upByOf = (sessions: readonly Up[]): UpBy =>
  Object.fromEntries(
    sessions
      .filter(({ isInside, isRetiring, unmet }) => !isInside && !isRetiring && unmet !== undefined)
      .map(({ key, localAs, remoteAs }) => [key, { localAs, remoteAs }]),
  );
