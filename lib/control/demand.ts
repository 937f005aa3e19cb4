/**
 * What a change asks of the sessions with outside neighbours: the one place that says it, for the plan, which tells it
 * beforehand, and for the agent, which notes it when it activates a release. Whether it was met is `verdict.ts`'s to
 * say.
 */

/** A session with an outside neighbour, as far as the gate of a wave looks at it. */
export interface GatedSession {
  /** `local remote port`. */
  readonly key: string;
  /** The entry of the fabric that wants it: `peers.tor`, `racks.a`. */
  readonly origin: string;
  readonly remoteAddress: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** One that was there before. */
export interface Former extends GatedSession {
  readonly isUp: boolean;
}

/** One that the release wants. */
export interface Wanted extends GatedSession {
  /** Its entry says that it need not come up: `expect: 'down'`, or `adminDown`. */
  readonly expectsDown: boolean;
}

/** What a release asks of one session. */
export interface Demand {
  /** Key of the session. */
  readonly session: string;
  readonly origin: string;
  readonly remoteAddress: string;
  readonly family: GatedSession['family'];
  /** What there was before it, or before the session in whose place it comes; `none`: its entry wants one more. */
  readonly before: 'up' | 'down' | 'none';
  /** Key of the session in whose place it comes, where that has other addresses or another port. */
  readonly replaces?: string;
  /** The release resets or replaces it: the neighbour has a say in whether it comes up again. */
  readonly isChanged: boolean;
}

/** What a node's release on trial is held to. */
export interface Trial {
  /** When it was activated (ISO 8601, UTC). */
  readonly at: string;
  /** The node had no release of the fabric before: no session that it asks for is known to work. */
  readonly isFirst: boolean;
  readonly demands: readonly Demand[];
}

/**
 * Matches the sessions of before and after by their keys, and what is left by the entry that wants them and the family,
 * in their order, those that were up first. So a neighbour that is inserted into a list moves nothing, and a renamed
 * entry is the same session. What is left of those before was removed on purpose, and asks for nothing. `isReset`:
 * whether the release resets the session with this key.
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
 * The sessions that were there before a trial, as its demands remember them: one that follows it unconfirmed is
 * measured by the same.
 */
export const formerOf = ({ demands }: Trial): Former[] =>
  demands.flatMap(({ session, origin, remoteAddress, family, before, replaces }) =>
    before === 'none' ? [] : [{ key: replaces ?? session, origin, remoteAddress, family, isUp: before === 'up' }],
  );
