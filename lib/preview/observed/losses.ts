import type { Observation, ObservedLoss } from '../../control/observed';
import { familyOfText } from '../../model/address';
import { linkOfEnd } from '../../topology/link-end';
import { OUTSIDE } from '../../topology/reach';
import type { Outage } from '../simulate';
import type { Difference } from './finding';
import { isAddress } from './links';
import { outageKey, type PredictedOutage, type Prediction } from './prediction';
import type { Unseen } from './unseen';

/**
 * Allowance in milliseconds for real machines and networks over the simulation, which has neither load nor distance.
 */
const REAL_MS = 1_000;
/** Timers are jittered: a real one may run longer than the simulated one by this factor (RFC 4271 section 10). */
const JITTER = 1 / 0.75;

/** A loss on a node, and its outcome. */
export interface LossRow {
  readonly node: string;
  readonly prefix: string;
  /** The node that originates it. Unset: none of the fabric. */
  readonly origin?: string;
  readonly ms: number;
  readonly isLost: boolean;
  readonly isPredicted: boolean;
}

interface LossFindings {
  readonly rows: readonly LossRow[];
  readonly differences: readonly Difference[];
  readonly besides: readonly string[];
}

/**
 * Compares predicted losses with observed ones. `isUntoldChanged`: sessions of nodes of which nothing is predicted
 * changed, or may have, which may cost any node a prefix.
 */
export function compareLosses(
  prediction: Prediction,
  observations: readonly Observation[],
  unseen: Unseen,
  isUntoldChanged: boolean,
): LossFindings {
  const origins = originsIn(observations);
  const gone = new Set(prediction.withdrawn);
  const gave = new Map<string, string>(
    observations.flatMap(({ node, withdrawn }) => withdrawn.map(({ prefix }) => [prefix, node])),
  );
  const expected = expectationOf(prediction);
  const rows: LossRow[] = [];
  const differences: Difference[] = [];
  const besides: string[] = [];
  const met = new Set<Outage>();
  for (const { node, losses, steps } of observations)
    for (const loss of losses) {
      const { prefix } = loss;
      const origin = origins.get(prefix);
      const found = expected(node, prefix, origin);
      for (const gap of found.gaps) met.add(gap);
      const isGiven = gone.has(prefix) || (origin === undefined && prediction.untold.length > 0 && !found.isKnown);
      const isExpected = found.isKnown || isGiven;
      // If nothing was computed, nothing counts as predicted or as a difference.
      const isPredicted = isExpected && prediction.losses.by !== 'nothing';
      rows.push(rowOf(node, loss, origin, isPredicted));
      if (isUntoldChanged) continue;
      const tooLong = found.gaps.length > 0 ? longerThan(found.gaps, loss, steps) : undefined;
      if (tooLong !== undefined) differences.push({ ...about(node, prefix, origin), ...tooLong });
      if (isExpected) continue;
      const giver = gave.get(prefix);
      if (giver !== undefined) besides.push(`${prefix} was missing at ${node}, as ${giver} no longer advertises it`);
      else differences.push({ ...about(node, prefix, origin), predicted: 'not missing', observed: missingText(loss) });
    }
  return { rows, differences: [...differences, ...unmet(prediction, observations, origins, met, unseen)], besides };
}

/** Observed losses without a prediction. */
export function lossRows(observations: readonly Observation[]): LossRow[] {
  const origins = originsIn(observations);
  return observations.flatMap(({ node, losses }) =>
    losses.map((loss) => rowOf(node, loss, origins.get(loss.prefix), false)),
  );
}

/** The node that originates a prefix. */
const originsIn = (observations: readonly Observation[]): ReadonlyMap<string, string> =>
  new Map(observations.flatMap(({ node, origins }) => origins.map((prefix) => [prefix, node] as const)));

const rowOf = (
  node: string,
  { prefix, ms, isLost }: ObservedLoss,
  origin: string | undefined,
  isPredicted: boolean,
): LossRow => ({ node, prefix, ...(origin !== undefined && { origin }), ms, isLost, isPredicted });

const about = (node: string, prefix: string, origin: string | undefined) => ({
  kind: 'prefix' as const,
  subject: `${prefix}${origin === undefined ? '' : ` of ${origin}`} at ${node}`,
});

const missingText = ({ ms, isLost, times }: Pick<ObservedLoss, 'ms' | 'isLost' | 'times'>): string =>
  `missing ${isLost ? `since ${ms} ms` : `for ${ms} ms`}${times > 1 ? `, ${times} times` : ''}`;

interface Expected {
  readonly isKnown: boolean;
  /** If it was simulated. */
  readonly gaps: readonly Outage[];
}

/** The prediction for a prefix on a node. */
function expectationOf({ losses }: Prediction): (node: string, prefix: string, origin: string | undefined) => Expected {
  if (losses.by === 'nothing') return () => ({ isKnown: true, gaps: [] });
  if (losses.by === 'paths')
    return (node, prefix, origin = OUTSIDE) => ({
      isKnown: losses.paths.some(({ from, to, family }) => {
        const ends = [from, to === OUTSIDE ? [OUTSIDE] : to.length === 0 ? from : to];
        return (
          family === familyOfText(prefix) &&
          ((ends[0].includes(node) && ends[1].includes(origin)) || (ends[1].includes(node) && ends[0].includes(origin)))
        );
      }),
      gaps: [],
    });
  const byNode = new Map<string, Outage[]>();
  for (const gap of losses.gaps) byNode.set(gap.node, [...(byNode.get(gap.node) ?? []), gap]);
  return (node, prefix, origin) => {
    const gaps = (byNode.get(node) ?? []).filter((gap) => isOf(gap, prefix, origin));
    return { isKnown: gaps.length > 0, gaps };
  };
}

/** Whether a simulated outage applies to a real prefix: the same one, or one that the synthetic prefix stands for. */
const isOf = (gap: Outage, prefix: string, origin: string | undefined): boolean =>
  gap.prefix === prefix ||
  (gap.standsFor !== undefined &&
    familyOfText(gap.prefix) === familyOfText(prefix) &&
    (origin === undefined ? isAddress(gap.origin) : gap.origin === origin));

/** By how much a loss exceeded every predicted one; undefined if it did not. */
function longerThan(
  gaps: readonly Outage[],
  loss: ObservedLoss,
  steps: Observation['steps'],
): Pick<Difference, 'predicted' | 'observed'> | undefined {
  if (gaps.some(({ to }) => to === undefined)) return undefined;
  if (gaps.some(({ until }) => until !== undefined)) {
    const end = steps.closed ?? steps.confirmed;
    if (!loss.isLost && (end === undefined || loss.at + loss.ms <= end + REAL_MS)) return undefined;
    return { predicted: 'missing until a later step', observed: missingText(loss) };
  }
  const longest = Math.max(...gaps.map(({ from, to }) => to! - from));
  if (!loss.isLost && loss.ms <= longest * JITTER + REAL_MS) return undefined;
  return { predicted: `missing for up to ${Math.ceil(longest)} ms`, observed: missingText(loss) };
}

/** Predicted outages of existing prefixes that did not occur. */
function unmet(
  { losses, sessions }: Prediction,
  observations: readonly Observation[],
  origins: ReadonlyMap<string, string>,
  met: ReadonlySet<Outage>,
  unseen: Unseen,
): Difference[] {
  if (losses.by !== 'simulation') return [];
  // They were simulated from what not every node ran.
  if (unseen.untold.size > 0) return [];
  // They were simulated with resets that need not occur.
  if (sessions.some(({ otherwise }) => otherwise !== undefined)) return [];
  const there = new Set([...origins].map(([prefix, node]) => `${node} ${familyOfText(prefix)}`));
  const watching = new Set(observations.map(({ node }) => node));
  const groups = new Map<string, PredictedOutage[]>();
  for (const gap of losses.gaps) {
    const key = outageKey(gap);
    groups.set(key, [...(groups.get(key) ?? []), gap]);
  }
  return [...groups.values()].flatMap((gaps): Difference[] => {
    const [gap] = gaps;
    const isReal =
      gap.standsFor === undefined
        ? isAddress(gap.origin) || linkOfEnd(gap.origin) !== undefined || origins.get(gap.prefix) === gap.origin
        : there.has(`${gap.origin} ${familyOfText(gap.prefix)}`);
    if (
      gaps.some((one) => met.has(one) || one.isPossible) ||
      !isReal ||
      !watching.has(gap.node) ||
      unseen.isUnseen(gap.node)
    )
      return [];
    const { standsFor, prefix, node, to, from } = gap;
    return [
      {
        kind: 'prefix',
        subject: `${standsFor ?? prefix} at ${node}`,
        predicted: to === undefined ? 'missing permanently' : `missing for ${Math.ceil(to - from)} ms`,
        observed: 'not missing',
      },
    ];
  });
}
