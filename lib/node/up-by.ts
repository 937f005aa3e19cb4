import type { UpBy } from '../control/transaction';

/** The AS numbers that a session is up with. */
interface Up {
  readonly key: string;
  /** The key by which the fabric knows it, if that is another: all links of a pattern have one. */
  readonly keyInFabric?: string;
  readonly isInside: boolean;
  readonly isRetiring: boolean;
  readonly localAs: number;
  readonly remoteAs: number;
  /** Set if it is Established, but not as the running release demands. */
  readonly unmet?: string;
}

/**
 * Sessions with outside neighbours that are up with AS numbers that the active release does not have: those of a staged
 * one. They stay up if that one is replaced or forgotten, because staging must never close a session.
 */
export const upByOf = (sessions: readonly Up[]): UpBy =>
  Object.fromEntries(
    sessions
      .filter(({ isInside, isRetiring, unmet }) => !isInside && !isRetiring && unmet !== undefined)
      .map(({ key, keyInFabric = key, localAs, remoteAs }) => [keyInFabric, { localAs, remoteAs }]),
  );
