import { type ActivationState, standingOf } from '../../control/activation-state';
import { shortDigest } from '../../control/release';
import type { AgentSummary } from '../../control/status';
import { type Activation, isSame } from '../../control/transaction';
import type { Survey } from '../survey';
import { holdsUnknown, isValues, UNKNOWN, type Value, type Values, type ValueType } from '../value';
import { unreachableOf } from './attributes';

/**
 * The computed map of nodes that are behind: node → what its agent runs instead of the activation (the short digest of
 * a release, or {@link NONE}) and, in brackets, what happened to the activation there, if known. Nodes without a
 * problem are not in it, so that a plan only shows those with one.
 */
export const BEHIND: ValueType = { map: 'string' };

/** Value for a node whose agent has no release. */
export const NONE = 'none';

/** What a node has instead of what it should have; undefined if it is up to date. */
type Instead = (node: string) => string | undefined;

/** Those nodes that are behind, with what they have. */
export const behindOf = (nodes: Iterable<string>, instead: Instead): Values =>
  Object.fromEntries(
    [...nodes].flatMap((node): [string, string][] => {
      const other = instead(node);
      return other === undefined ? [] : [[node, other]];
    }),
  );

/** The activation in a resource's state. */
export const activationOf = ({ release, activation }: Values): Activation => ({
  release: release as string,
  activation: activation as number,
});

/**
 * Compares with what the agents report for an activation, which should have one of the standings `enough`. For agents
 * that did not respond, the state is used.
 */
export const asSurveyed =
  ({ statuses }: Survey, state: Values | null, wanted: Activation, enough: readonly ActivationState[]): Instead =>
  (node) => {
    const status = statuses.get(node);
    return status ? insteadOf(status, wanted, enough) : lastKnown(state, node, wanted);
  };

/** Prefix of the reason for an activation that was undone. */
const UNDONE = 'undone: ';

/** What a node runs and, in brackets, what happened to the activation there. Parsed by {@link readNoted}. */
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
  // from a deploy that this state does not know
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

/** What a node has according to the resource's state. */
function lastKnown(state: Values | null, node: string, wanted: Activation): string | undefined {
  if (!isValues(state?.behind) || !isValues(state.nodes) || !Object.hasOwn(state.nodes, node)) return NONE;
  const known = Object.hasOwn(state.behind, node) ? String(state.behind[node]) : undefined;
  if (state.release === wanted.release && state.activation === wanted.activation) return known;
  // Nothing is known about another activation there.
  if (known !== undefined) return readNoted(known).runs;
  const runs = shortDigest(String(state.release));
  return state.release === wanted.release ? noted(runs, `activation ${String(state.activation)}`) : runs;
}

/** Nodes that do not run a release (undefined: none), according to a resource's state. */
export function notRunning({ release, behind, nodes }: Values, digest: unknown): string[] {
  const instead = isValues(behind) ? behind : {};
  const wanted = typeof digest === 'string' ? shortDigest(digest) : NONE;
  const runs = (node: string) =>
    Object.hasOwn(instead, node) ? readNoted(String(instead[node])).runs : shortDigest(String(release));
  const all = new Set([...Object.keys(isValues(nodes) ? nodes : {}), ...Object.keys(instead)]);
  return [...all].filter((node) => runs(node) !== wanted);
}

/** Planned value of the map if a deploy is due: no node is behind afterwards, unless some may be unreachable. */
export const plannedBehind = (config: Values): Value =>
  holdsUnknown(config.unreachable) || unreachableOf(config).size > 0 ? UNKNOWN : {};

/**
 * Whether a node is behind that must not be, according to the resource's state: one that is not listed as unreachable,
 * or any on which the activation was undone.
 */
export function isBehind({ behind }: Values, config: Values): boolean {
  const mayBeAbsent = unreachableOf(config);
  return (
    !isValues(behind) ||
    Object.entries(behind).some(([node, instead]) => !mayBeAbsent.has(node) || readNoted(String(instead)).isUndone)
  );
}
