import { routingChanges } from '../bgp/routing-change';
import { type Cost, changeOf, downReason, wordList } from '../bgp/session/change';
import { isNamed, type SessionConfig } from '../bgp/session/config';
import { buildOpen, type Negotiated, negotiate, sameAgreement } from '../bgp/session/negotiation';
import { isNotification } from '../bgp/wire/notification';
import { isRedelivered } from '../model/secret-reference';
import { GRAVEST_FIRST, type SessionChange } from '../topology/session-change';
import type { SessionEnd } from './ends';

/** What happens to a session, and why: `reset`, `hold time`. */
interface Change {
  readonly change: SessionChange;
  readonly reason: string;
  /** What happens instead if what the reason says is not so at the node. Unset: the change is certain. */
  readonly otherwise?: 'retuned' | 'nothing';
}

type Ends = ReadonlyMap<string, SessionEnd>;

/** Of two ends with the same change, the one with more to say first; one that is added or removed has one reason. */
const byGravity = (a: Change, b: Change): number =>
  GRAVEST_FIRST.indexOf(a.change) - GRAVEST_FIRST.indexOf(b.change) ||
  (a.change === 'added' || a.change === 'removed' ? 0 : b.reason.length - a.reason.length) ||
  (a.reason < b.reason ? -1 : 1);

/**
 * What the change from one release to the next does to an established session, given its ends by key: two between
 * nodes, one with an outside neighbour. Undefined if nothing.
 */
export function changeOfSession(before: Ends, after: Ends): Change | undefined {
  const found = gravestOf(before, after);
  if (found?.change !== 'reset') return found;
  const [numbers, secrets] = [namedAs, redelivered].map((of) => unknownIn(before, after, of));
  const reasons = [
    ...(numbers.length > 0 ? [`AS number unless the neighbour is in AS ${numbers.join(' or ')}`] : []),
    ...(secrets.length > 0 ? [`password if ${secrets.join(' or ')} has a new value`] : []),
  ];
  if (reasons.length === 0) return found;
  const otherwise = gravestOf(atBest(before, after), after);
  if (otherwise?.change === 'reset') return otherwise;
  return otherwise
    ? { change: 'reset', reason: wordList([otherwise.reason, ...reasons]), otherwise: 'retuned' }
    : { change: 'reset', reason: wordList(reasons), otherwise: 'nothing' };
}

/** What only a node knows of an end, if the effect of a change depends on it. */
type Unknown = (was: SessionConfig, is: SessionConfig) => string | undefined;

/** The AS number that is now demanded of a neighbour that could be in any other than ours. */
const namedAs: Unknown = ({ acceptable: [was] }, { acceptable: [is] }) =>
  isNamed(was, is) ? String(is.remoteAs) : undefined;

/** The reference to a secret that is delivered again, perhaps with a new value. */
const redelivered: Unknown = ({ authentication: was }, { authentication: is }) =>
  isRedelivered(was, is) ? is : undefined;

const unknownIn = (before: Ends, after: Ends, of: Unknown): string[] => [
  ...new Set(
    [...after].flatMap(([key, { config }]) => {
      const was = before.get(key)?.config;
      return (was && of(was, config)) ?? [];
    }),
  ),
];

/** The ends before a change for which it does least: secrets have no new values, and neighbours the AS numbers. */
const atBest = (before: Ends, after: Ends): Ends =>
  new Map(
    [...before].map(([key, end]) => {
      const [was, is] = [end.config, after.get(key)?.config];
      if (!is) return [key, end];
      const config = {
        ...was,
        ...(redelivered(was, is) !== undefined && { authentication: is.authentication }),
        ...(namedAs(was, is) !== undefined && { acceptable: is.acceptable }),
      };
      return [key, { ...end, config }];
    }),
  );

function gravestOf(before: Ends, after: Ends): Change | undefined {
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((key): Change[] => {
    const [was, is] = [before.get(key), after.get(key)];
    if (!was || !is) return [{ change: was ? 'removed' : 'added', reason: (was ?? is)!.config.reason }];
    const change = changeOfEnd(was, is, partnerOf(was, before));
    return change ? [change] : [];
  });
  return changes.sort(byGravity)[0];
}

const CHANGES: Readonly<Record<Cost, SessionChange | undefined>> = {
  none: undefined,
  retune: 'retuned',
  're-evaluate': 'retuned',
  reset: 'reset',
};

/** What a change of one end does to a session. `other`: the other end before the change. */
function changeOfEnd(before: SessionEnd, after: SessionEnd, other: SessionEnd | undefined): Change | undefined {
  // The agent of another node takes over its addresses.
  if (before.node !== after.node && !(downReason(before.config) && downReason(after.config)))
    return { change: 'reset', reason: 'another node' };
  const [pair] = before.config.acceptable;
  const whole = changeOf(before.config, after.config, pair);
  const own = yieldsOver(before.config, after.config)
    ? changeOf({ ...before.config, yields: true }, { ...after.config, yields: true }, pair)
    : whole;
  const found = [own, ...routingChanges(before.routing, after.routing, after.config)].sort(
    (a, b) => Number(b.cost === 'reset') - Number(a.cost === 'reset'),
  );
  if (found[0].cost !== 'reset' && own !== whole && other && fallsOutOfStep(before.config, after.config, other.config))
    return { change: 'reset', reason: whole.words };
  const change = found.map(({ cost }) => CHANGES[cost]).find((one) => one !== undefined);
  const alike = found.filter(({ cost }) => CHANGES[cost] === change);
  return change && { change, reason: wordList(alike.map(({ words }) => words)) };
}

/**
 * Of two nodes, the one that does not dial first yields during a deploy (see sessions.ts): it checks what was
 * negotiated once the deploy is over.
 */
const yieldsOver = (before: SessionConfig, after: SessionConfig): boolean =>
  before.inside && after.inside && (before.dial !== 'first' || after.dial !== 'first');

/** Whether this end's new configuration and the other end's previous OPEN negotiate something else than before. */
function fallsOutOfStep(before: SessionConfig, after: SessionConfig, other: SessionConfig): boolean {
  const [was, is] = [before, after].map((config) => agreementOf(config, other));
  if (!was) return false; // it cannot have been up
  return !is || !sameAgreement(was, is);
}

function agreementOf(config: SessionConfig, other: SessionConfig): Negotiated | undefined {
  const agreed = negotiate(config, config.acceptable[0], buildOpen(other, other.acceptable[0]));
  return isNotification(agreed) ? undefined : agreed;
}

/** The matching end among all ends of a session, regardless of ports. */
function partnerOf({ config: { localAddress, remoteAddress } }: SessionEnd, ends: Ends): SessionEnd | undefined {
  return [...ends.values()].find(
    ({ config }) => config.localAddress.equals(remoteAddress) && config.remoteAddress.equals(localAddress),
  );
}
