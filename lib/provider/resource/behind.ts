import type { AgentSummary } from '../../control/status';
import type { Survey } from '../fleet';
import { holdsUnknown, isValues, UNKNOWN, type Value, type Values, type ValueType } from '../value';
import { unreachableOf } from './attributes';

/**
 * The computed map of nodes that are behind: node → digest of what its agent has instead of the release, or {@link NONE}. It is
 * empty where every node has the release, so that a plan shows the nodes that something is wrong with and no others.
 */
export const BEHIND: ValueType = { map: 'string' };

/** Stands for a node whose agent has no release at all. */
export const NONE = 'none';

/** What a node has: the digest of a release; null: none. */
export type Has = (node: string) => string | null;

/** The nodes of these that do not have the release, each with what it has. */
export function behindOf(nodes: Iterable<string>, release: Value, has: Has): Values {
  const all = [...nodes].map((node) => [node, has(node)] as const);
  return Object.fromEntries(all.filter(([, held]) => held !== release).map(([node, held]) => [node, held ?? NONE]));
}

/** What the agents say; of those that did not answer, what the state says. */
export function asSurveyed(
  { statuses }: Survey,
  state: Values | null,
  held: (status: AgentSummary) => string | null,
): Has {
  return (node) => {
    const status = statuses.get(node);
    return status ? held(status) : lastKnown(state, node);
  };
}

/** What a node had by its resource's state; null where the state does not tell. */
function lastKnown(state: Values | null, node: string): string | null {
  if (!isValues(state?.behind) || !isValues(state.nodes) || !Object.hasOwn(state.nodes, node)) return null;
  const held = Object.hasOwn(state.behind, node) ? state.behind[node] : state.release;
  return typeof held === 'string' && held !== NONE ? held : null;
}

/** What is planned for the map where a deploy is due: no node is behind then, unless some may be absent. */
export const plannedBehind = (config: Values): Value =>
  holdsUnknown(config.unreachable) || unreachableOf(config).size > 0 ? UNKNOWN : {};

/** Whether a node is behind that may not be: by its resource's state, for what the configuration lets be absent. */
export function isBehind({ behind }: Values, config: Values): boolean {
  const mayBeAbsent = unreachableOf(config);
  return !isValues(behind) || Object.keys(behind).some((node) => !mayBeAbsent.has(node));
}
