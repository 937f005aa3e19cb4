/**
 * What a change demands of the sessions with outside neighbours: the only definition, used by the plan to announce it
 * and by the agent to record it when it activates a release. `verdict.ts` judges whether it was met.
 */

/** A session with an outside neighbour, as far as a wave's gate examines it. */
export interface GatedSession {
  /** `local remote port`. */
  readonly key: string;
  /** The entry of the fabric that defines it: `peers.tor`, `racks.a`. */
  readonly origin: string;
  readonly remoteAddress: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** A session of the previous release. */
export interface Former extends GatedSession {
  readonly isUp: boolean;
}

/** A session of the new release. */
export interface Wanted extends GatedSession {
  /** Its entry does not require it to come up: `expect: 'down'`, or `adminDown`. */
  readonly expectsDown: boolean;
}

/** What a release demands of one session. */
export interface Demand {
  /** Key of the session. */
  readonly session: string;
  readonly origin: string;
  readonly remoteAddress: string;
  readonly family: GatedSession['family'];
  /** State before of it, or of the session that it replaces; `none`: its entry adds one. */
  readonly before: 'up' | 'down' | 'none';
  /** Key of the session that it replaces, if the addresses or the port differ. */
  readonly replaces?: string;
  /** The release resets or replaces it: whether it comes up again also depends on the neighbour. */
  readonly isChanged: boolean;
}

/** The demands on a node's release on trial. */
export interface Trial {
  /** When it was activated (ISO 8601, UTC). */
  readonly at: string;
  /** The node had no release of the fabric before: none of its sessions is known to work. */
  readonly isFirst: boolean;
  readonly demands: readonly Demand[];
}

/**
 * Matches previous and new sessions by key, then the rest by entry and family, in order, those that were up first. So
 * inserting a neighbour into a list does not affect the others, and a renamed entry is the same session. Previous
 * sessions without a match were removed on purpose, and demand nothing. `isReset`: whether the release resets the
 * session with this key.
 */
export function demandsOf(
  before: readonly Former[],
  after: readonly Wanted[],
  isReset: (key: string) => boolean,
): Demand[] {
  const former = new Map(before.map((link) => [link.key, link]));
  const keys = new Set(after.map(({ key }) => key));
  const left = new Map<string, Former[]>();
  const groupOf = ({ origin, family }: GatedSession) => `${origin} ${family}`;
  for (const link of [...before].sort((a, b) => Number(b.isUp) - Number(a.isUp)))
    if (!keys.has(link.key)) left.set(groupOf(link), [...(left.get(groupOf(link)) ?? []), link]);
  return after.flatMap((wanted): Demand[] => {
    const same = former.get(wanted.key);
    const other = same ? undefined : left.get(groupOf(wanted))?.shift();
    const one = same ?? other;
    if (wanted.expectsDown) return [];
    const { key: session, origin, remoteAddress, family } = wanted;
    return [
      {
        ...{ session, origin, remoteAddress, family },
        before: one ? (one.isUp ? 'up' : 'down') : 'none',
        ...(other && { replaces: other.key }),
        isChanged: same === undefined || isReset(same.key),
      },
    ];
  });
}

/**
 * The sessions before a trial, as recorded in its demands: a following unconfirmed trial is compared with the same
 * ones.
 */
export const formerOf = ({ demands }: Trial): Former[] =>
  demands.flatMap(({ session, origin, remoteAddress, family, before, replaces }) =>
    before === 'none' ? [] : [{ key: replaces ?? session, origin, remoteAddress, family, isUp: before === 'up' }],
  );
