import { ADDRESS_FAMILIES } from '../model/address';
import type { Fabric } from '../model/fabric';
import { atRest } from './deploy-state';
import { FabricSlices } from './fabric-slice';
import { pathClassIn, Ways } from './losses';

/** Nodes without a path to others in any address family, neither within the fabric nor through the outside. */
export interface Partition {
  /** Names of nodes. */
  readonly from: readonly string[];
  /** Names of nodes: each of `from` has no path to each of these. Empty: each of `from` to every other of them. */
  readonly to: readonly string[];
}

/** With more classes of nodes than this the check is skipped. */
const MOST_KINDS = 100;

/**
 * Pairs of nodes without a path between them where at least one is new; pairs that existed before are covered by
 * losses. `before` undefined: all are new. Equivalent nodes represent each other. Undefined if there are too many
 * classes.
 */
export function partitionsIn(before: Fabric | undefined, after: Fabric): Partition[] | undefined {
  const isNew = (name: string) => !before?.nodes[name];
  const all = Object.keys(after.nodes);
  if (!all.some(isNew)) return [];
  const kinds = new Map<string, string[]>();
  const classKey = pathClassIn(after);
  for (const name of all) {
    const kind = `${isNew(name)} ${classKey(name)}`;
    const known = kinds.get(kind);
    if (known) known.push(name);
    else kinds.set(kind, [name]);
  }
  if (kinds.size > MOST_KINDS) return undefined;
  const classes = [...kinds.values()];
  const names = classes.flatMap((members) => members.slice(0, 2));
  const state = atRest(FabricSlices.of(after).of(names, ['outside', 'named', 'selected']));
  const ways = ADDRESS_FAMILIES.map((family) => new Ways(state, names, family));
  const areApart = (one: string, other: string) =>
    (isNew(one) || isNew(other)) && ways.every((way) => way.between(one, other) === 0);
  return classes.flatMap((from, i): Partition[] => [
    ...(from[1] !== undefined && areApart(from[0], from[1]) ? [{ from, to: [] }] : []),
    ...classes.slice(i + 1).flatMap((to) => (areApart(from[0], to[0]) ? [{ from, to }] : [])),
  ]);
}
