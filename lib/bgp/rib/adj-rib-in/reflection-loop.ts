import { ATTRIBUTE } from '../../wire/attribute';
import { AttributeCursor } from '../../wire/attribute-cursor';
import { read32 } from '../../wire/octets';
import { isOwnId, MARK } from '../table/attribute-facts';
import {
  type AttributeTable,
  SET,
  SET_MARKS,
  SET_ORIGINATOR,
  SET_PATH_LENGTHS,
  SET_REFERENCES,
} from '../table/attribute-table';

/** This node's identifiers as a reflector, 32 bits each. */
interface Reflector {
  readonly routerId: number;
  /** Others by which neighbours know it. */
  readonly otherRouterIds: readonly number[];
  readonly clusterId: number;
}

const cursor = new AttributeCursor();

/** Marks reflection loops (RFC 4456 section 8) in sets that were received when this node had other identifiers. */
export function markReflectionLoops(store: AttributeTable, self: Reflector): void {
  const { sets } = store;
  for (let set = 1; set < store.limit; set++) {
    const line = set * SET;
    if (sets[line + SET_REFERENCES] === 0 || !wasReflected(store, set)) continue;
    if (isOwnId(sets[line + SET_ORIGINATOR], self) || hasPassed(store, set, self.clusterId))
      sets[line + SET_MARKS] |= MARK.reflectionLoop;
    else sets[line + SET_MARKS] &= ~MARK.reflectionLoop;
  }
}

/** Whether a route with this set passed a reflector. */
export const wasReflected = (store: AttributeTable, set: number): boolean =>
  store.sets[set * SET + SET_ORIGINATOR] !== 0 || clusterListLength(store, set) > 0;

/** Number of clusters that a route with this set passed. */
const clusterListLength = ({ sets }: AttributeTable, set: number): number => sets[set * SET + SET_PATH_LENGTHS] >>> 16;

/** Whether the CLUSTER_LIST of a set contains this cluster. */
function hasPassed(store: AttributeTable, set: number, clusterId: number): boolean {
  const octets = store.octets(set);
  const start = store.start(set);
  cursor.start(octets, start, start + store.length(set));
  if (!cursor.find(ATTRIBUTE.clusterList)) return false;
  for (let i = cursor.value; i < cursor.end; i += 4) if (read32(octets, i) === clusterId) return true;
  return false;
}
