import type { Observation } from '../../control/observed';
import { isMeantBy } from '../../topology/link-end';
import { readSessionKey } from '../../topology/session';
import type { SessionChange } from '../../topology/session-change';
import type { ChangedSessions } from '../impact';
import type { Difference } from './finding';
import { type ObservedEnd, type ObservedLink, observedLinks, pairOf } from './links';
import type { Prediction } from './prediction';
import type { Unseen } from './unseen';

/** Maximum number of predicted sessions compared one by one; above it, only their number is compared. */
const MOST_PAIRS = 20_000;

/** How sessions differed from the prediction, and what happened besides the deploy. */
interface SessionFindings {
  readonly observed: Readonly<Record<SessionChange, number>>;
  readonly differences: readonly Difference[];
  readonly besides: readonly string[];
  /** Whether sessions of a node of which nothing is predicted changed, or may have. */
  readonly isUntoldChanged: boolean;
}

/** A predicted session of a pair, which may have others. */
interface Predicted {
  readonly pair: string;
  readonly between: readonly [string, string];
  readonly change: SessionChange;
  readonly reason: string;
  /** See {@link ChangedSessions}. */
  readonly otherwise?: ChangedSessions['otherwise'];
}

/** Compares predicted changes of sessions with those that nodes recorded. */
export function compareSessions(
  prediction: Prediction,
  observations: readonly Observation[],
  unseen: Unseen,
): SessionFindings {
  const links = observedLinks(observations, prediction.places);
  const drained = new Set(prediction.drained);
  const isOfDrain = ({ change, between }: ObservedLink) =>
    change === 'retuned' && between.some((one) => drained.has(one));
  const told = predictedPairs(prediction);
  const changed = links.filter((link) => link.change && !(isOfDrain(link) && !told?.has(link.pair)));
  const observed = countsOf(changed);
  return {
    observed,
    differences: told
      ? pairDifferences(told, changed, links, prediction, unseen)
      : countDifferences(prediction, changed, unseen),
    besides: links.flatMap((link) => besidesOf(link, prediction, unseen, told)),
    isUntoldChanged: [...unseen.untold].some((node) => unseen.isUnrecorded(node)) || changed.some(isUntoldIn(unseen)),
  };
}

/** Whether nothing is predicted of one of its nodes. */
const isUntoldIn =
  (unseen: Unseen) =>
  ({ between }: Pick<ObservedLink, 'between'>): boolean =>
    between.some((one) => unseen.untold.has(one));

/** Without a prediction: the number of sessions changed by configuration. */
export const sessionCounts = (observations: readonly Observation[]): SessionFindings['observed'] =>
  countsOf(observedLinks(observations, {}));

/** Several sessions of a pair with the same change count as one. */
function countsOf(links: readonly ObservedLink[]): SessionFindings['observed'] {
  const counts = { added: 0, removed: 0, reset: 0, retuned: 0 };
  const seen = new Set<string>();
  for (const { pair, change } of links) {
    if (!change || seen.has(`${change} ${pair}`)) continue;
    seen.add(`${change} ${pair}`);
    counts[change]++;
  }
  return counts;
}

/** By pair; undefined if there are too many. */
function predictedPairs({ sessions }: Prediction): Map<string, Predicted[]> | undefined {
  if (sessions.reduce((sum, { number }) => sum + number, 0) > MOST_PAIRS) return undefined;
  const pairs = new Map<string, Predicted[]>();
  for (const { change, reason, otherwise, family, ...group } of sessions)
    for (const between of eachPair(group)) {
      const pair = pairOf(...between, family);
      pairs.set(pair, [...(pairs.get(pair) ?? []), { pair, between, change, reason, otherwise }]);
    }
  return pairs;
}

function* eachPair({ from, to, except }: Pick<ChangedSessions, 'from' | 'to' | 'except'>): Generator<[string, string]> {
  const left = new Set(except.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]));
  for (const [i, a] of from.entries())
    for (const b of to.length > 0 ? to : from.slice(i + 1)) if (!left.has(`${a} ${b}`)) yield [a, b];
}

function pairDifferences(
  told: ReadonlyMap<string, readonly Predicted[]>,
  changed: readonly ObservedLink[],
  links: readonly ObservedLink[],
  { leaving }: Prediction,
  unseen: Unseen,
): Difference[] {
  const seen = new Map<string, ObservedLink[]>();
  for (const link of changed) seen.set(link.pair, [...(seen.get(link.pair) ?? []), link]);
  const gone = new Set(leaving);
  const patterns = changed.filter(isOfPattern).flatMap(({ ends }) => ends);
  const idle = new Set(links.filter(({ ends }) => ends.some(({ wasUp }) => !wasUp)).map(({ pair }) => pair));
  const cannotTell = ({ pair, between: [a, b], change }: Predicted) =>
    unseen.isUnseen(a) ||
    unseen.isUnseen(b) ||
    gone.has(a) ||
    ((change === 'reset' || change === 'retuned') && (idle.has(pair) || b.includes('/')));
  const isUntold = isUntoldIn(unseen);
  return [...new Set([...told.keys(), ...seen.keys()])].flatMap((pair): Difference[] => {
    const happened = seen.get(pair) ?? [];
    const predicted = (told.get(pair) ?? []).flatMap((one) => asItWent(one, happened));
    const missing = predicted.filter(
      (one) => !happened.some(({ change }) => change === one.change) && !cannotTell(one),
    );
    // Its other end may be a node that was not asked.
    const extra = happened.filter(
      (link) =>
        !predicted.some(({ change }) => change === link.change) &&
        !comesOfLinks(link, patterns) &&
        !isUntold(link) &&
        !(predicted.length > 0 && link.between.some((one) => unseen.isUnseen(one))),
    );
    if (missing.length + extra.length === 0) return [];
    return [
      {
        kind: 'session',
        subject: pair,
        predicted: predicted.map(changeText).join(' and ') || 'nothing',
        observed:
          happened.map((link) => changeText({ change: link.change!, reason: link.reason })).join(' and ') || 'nothing',
      },
    ];
  });
}

/** Whether it is not a session, but the entry for the links that match a pattern. */
const isOfPattern = ({ ends: [{ key, range, isGuest }] }: ObservedLink): boolean =>
  !isGuest && range !== undefined && range === readSessionKey(key).remote;

/**
 * Whether a session is new or gone because of the links of a node, which a plan does not know: it takes it that
 * patterns match at least one, and the links that the other release names.
 */
function comesOfLinks(link: ObservedLink, patterns: readonly ObservedEnd[]): boolean {
  const { change, ends } = link;
  if (change !== 'added' && change !== 'removed') return false;
  const [{ node, key }] = ends;
  const { remote } = readSessionKey(key);
  return (
    isOfPattern(link) || patterns.some((one) => one.node === node && isMeantBy(remote, readSessionKey(one.key).remote))
  );
}

/** What was predicted for a session, given whether it was reset: for lack of a new secret it may not have been. */
function asItWent(predicted: Predicted, happened: readonly ObservedLink[]): Predicted[] {
  const { change, otherwise } = predicted;
  if (otherwise === undefined || happened.some((link) => link.change === change)) return [predicted];
  return otherwise === 'nothing' ? [] : [{ ...predicted, change: otherwise }];
}

const changeText = ({ change, reason }: { readonly change: SessionChange; readonly reason: string }): string =>
  reason === '' ? change : `${change} (${reason})`;

/** Where sessions are too many to be compared one by one: those of unseen nodes may be part of a number or not. */
function countDifferences(
  { counts, sessions }: Prediction,
  changed: readonly ObservedLink[],
  unseen: Unseen,
): Difference[] {
  const observed = countsOf(changed);
  const surely = countsOf(changed.filter((link) => !isUntoldIn(unseen)(link)));
  const sum = (isMeant: (group: ChangedSessions) => boolean, count: (group: ChangedSessions) => number) =>
    sessions.reduce((all, group) => all + (isMeant(group) ? count(group) : 0), 0);
  return (Object.keys(observed) as SessionChange[]).flatMap((change) => {
    const isOther = (group: ChangedSessions) => group.change === change && group.otherwise !== undefined;
    const isCertain = (group: ChangedSessions) => group.change === change && group.otherwise === undefined;
    const least = counts[change] - sum(isOther, ({ number }) => number);
    const most =
      counts[change] +
      sum(
        (group) => group.otherwise === change,
        ({ number }) => number,
      );
    const open = sum(isCertain, (group) => unseenIn(group, unseen));
    return observed[change] >= least - open && surely[change] <= most
      ? []
      : {
          kind: 'session',
          subject: `sessions ${change}`,
          predicted: least === most ? String(most) : `${least} to ${most}`,
          observed: String(observed[change]),
        };
  });
}

/** At least as many of these sessions as an unseen node has part in. */
function unseenIn({ from, to, number }: ChangedSessions, unseen: Unseen): number {
  const seen = (names: readonly string[]) => names.filter((name) => !unseen.isUnseen(name)).length;
  const pairs = (one: number, other: number) => (to.length > 0 ? one * other : (one * (one - 1)) / 2);
  return Math.min(number, pairs(from.length, to.length) - pairs(seen(from), seen(to)));
}

/** What happened to a session besides the deploy: it went down for a reason other than configuration, or is not up. */
function besidesOf(
  link: ObservedLink,
  { mayBeDown }: Prediction,
  unseen: Unseen,
  told: ReadonlyMap<string, readonly Predicted[]> | undefined,
): string[] {
  const { pair, between, change, ends, resets } = link;
  const predicted = told?.get(pair) ?? [];
  const isReset = (one: SessionChange) => change === one || predicted.some((each) => each.change === one);
  if (change === 'removed' || (ends[0].isGuest && (isReset('removed') || isReset('reset')))) return [];
  const isOpen = between.some((one) =>
    isReset('reset') ? unseen.isUnseen(one) : unseen.untold.has(one) && unseen.isUnrecorded(one),
  );
  const expected = isOpen ? Number.POSITIVE_INFINITY : resets;
  const flapped = ends.find(({ downs }) => downs > expected);
  if (flapped) return [`${pair} went down ${timesText(flapped.downs - expected)}${whyOf(flapped, expected)}`];
  const isExempt =
    ends[0].isGuest ||
    mayBeDown.some(([node, address]) =>
      ends.some((end) => end.node === node && readSessionKey(end.key).remote === address),
    );
  const down = ends.find(({ isUp, wasUp, range }) => !isUp && range === undefined && (wasUp || change === 'added'));
  return down && !isExempt
    ? [`${pair} ${change === 'added' ? 'has not come up' : 'has not come back'}${whyOf(down, 0)}`]
    : [];
}

const timesText = (times: number): string => (times === 1 ? 'once' : `${times} times`);

/** Why an end went down, skipping the given number of earlier downs. */
function whyOf({ news }: ObservedEnd, after: number): string {
  const why = news
    .filter(({ isUp }) => !isUp)
    .slice(after)
    .findLast((one) => one.why !== undefined)?.why;
  return why === undefined ? '' : `: ${why}`;
}
