import type { Value, Values } from '../provider/value';
import { isValues } from '../provider/value';

/** Gate timeout in seconds for a wave of these nodes; undefined if not set. */
export type GateTimes = (nodes: readonly string[]) => number | undefined;

const WAVE = 'peerform_wave';

/** Gate timeouts of the waves of a stack or plan. */
export function gateTimesIn(content: unknown): GateTimes {
  const all = wavesIn(content).flatMap(({ nodes, gate }) => {
    const within = isValues(gate) ? gate.within : undefined;
    return typeof within === 'number' ? [{ names: namesOf(nodes), within }] : [];
  });
  return (nodes) => {
    const own = all.find(({ names }) => names?.size === nodes.length && nodes.every((node) => names.has(node)));
    return (own ?? (all.length === 1 && !all[0].names ? all[0] : undefined))?.within;
  };
}

function wavesIn(content: unknown): Values[] {
  if (!isValues(content as Value)) return [];
  const { resource_changes: changes, resource } = content as Values;
  if (Array.isArray(changes))
    return changes.flatMap((one) => {
      const after = isValues(one) && one.type === WAVE && isValues(one.change) ? one.change.after : undefined;
      return isValues(after) ? [after] : [];
    });
  const all = isValues(resource) ? resource[WAVE] : undefined;
  return isValues(all) ? Object.values(all).filter(isValues) : [];
}

/** Node names in a map of endpoints; unknown if it is an expression. */
const namesOf = (nodes: Value | undefined): ReadonlySet<string> | undefined =>
  isValues(nodes) ? new Set(Object.keys(nodes)) : undefined;
