import { type ActivationState, standingOf } from '../../control/activation-state';
import { shortDigest } from '../../control/release';
import type { AgentSummary } from '../../control/status';
import { type Activation, isSame } from '../../control/transaction';
import type { Survey } from '../fleet';
import { holdsUnknown, isValues, UNKNOWN, type Value, type Values, type ValueType } from '../value';
import { unreachableOf } from './attributes';

/**
 * The computed map of nodes that are behind: node → what its agent runs instead of the activation (the short digest of
 * a release, or {@link NONE}), and in brackets what became of the activation there, where it is known. It is empty
 * where every node has what it should, so that a plan shows the nodes that something is wrong with and no others.
 */
export const BEHIND: ValueType = { map: 'string' };

/** Stands for a node whose agent has no release at all. */
export const NONE = 'none';

/** What a node has instead of what it should; undefined: it has that. */
type Instead = (node: string) => string | undefined;

/** The nodes of these that do not have what they should, each with what it has. */
export const behindOf = (nodes: Iterable<string>, instead: Instead): Values =>
  Object.fromEntries(
    [...nodes].flatMap((node): [string, string][] => {
      const other = instead(node);
      return other === undefined ? [] : [[node, other]];
    }),
  );

/** What a resource's state is about. */
export const activationOf = ({ release, activation }: Values): Activation => ({
  release: release as string,
  activation: activation as number,
});

/**
 * What the agents say of an activation, which should be one of `enough` there; of those that did not answer, what the
 * state says.
 */
export const asSurveyed =
  ({ statuses }: Survey, state: Values | null, wanted: Activation, enough: readonly ActivationState[]): Instead =>
  (node) => {
    const status = statuses.get(node);
    return status ? insteadOf(status, wanted, enough) : lastKnown(state, node, wanted);
  };

/** What became of an activation that was undone, before the reason. */
const UNDONE = 'undone: ';

/** What a node runs and, in brackets, what became of the activation there: read by {@link readNoted}. */
const noted = (runs: string, what: string): string => `${runs} (${what})`;

function readNoted(text: string): { readonly runs: string; readonly isUndone: boolean } {
  const [, runs = text, what = ''] = /^(\S+) \((.*)\)$/s.exec(text) ?? [];
  return { runs, isUndone: what.startsWith(UNDONE) };
}

function insteadOf(
  { transaction }: AgentSummary,
  wanted: Activation,
  enough: readonly ActivationState[],
): string | undefined {
  const standing = standingOf(transaction, wanted);
  const { active, returned } = transaction;
  const runs = active ? shortDigest(active.release) : NONE;
  // of a deploy that this state knows nothing of
  const isOnTrialBeside = standing === 'confirmed' && !isSame(active, wanted);
  if (enough.includes(standing) && !isOnTrialBeside) return undefined;
  switch (standing) {
    case 'confirmed':
      return noted(runs, `activation ${active?.activation} on trial`);
    case 'undone':
      return noted(runs, `${UNDONE}${returned?.reason}`);
    case 'staged':
      return noted(runs, 'staged');
    case 'unconfirmed':
      return noted(runs, 'not confirmed');
    default:
      return active?.release === wanted.release ? noted(runs, `activation ${active.activation}`) : runs;
  }
}

/** What a node has instead by its resource's state. */
function lastKnown(state: Values | null, node: string, wanted: Activation): string | undefined {
  if (!isValues(state?.behind) || !isValues(state.nodes) || !Object.hasOwn(state.nodes, node)) return NONE;
  const known = Object.hasOwn(state.behind, node) ? String(state.behind[node]) : undefined;
  if (state.release === wanted.release && state.activation === wanted.activation) return known;
  // Of what became of another activation there nothing is known.
  if (known !== undefined) return readNoted(known).runs;
  const runs = shortDigest(String(state.release));
  return state.release === wanted.release ? noted(runs, `activation ${String(state.activation)}`) : runs;
}

/** What is planned for the map where a deploy is due: no node is behind then, unless some may be absent. */
export const plannedBehind = (config: Values): Value =>
  holdsUnknown(config.unreachable) || unreachableOf(config).size > 0 ? UNKNOWN : {};

/**
 * Whether a node is behind that may not be, by its resource's state: one that must not be absent, or any where the
 * activation was undone.
 */
export function isBehind({ behind }: Values, config: Values): boolean {
  const mayBeAbsent = unreachableOf(config);
  return (
    !isValues(behind) ||
    Object.entries(behind).some(([node, instead]) => !mayBeAbsent.has(node) || readNoted(String(instead)).isUndone)
  );
}
