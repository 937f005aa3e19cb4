import type { IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import { SET, SET_NEXT_HOP } from '../table/attribute-table';
import { PATH, PATH_NEXT, PATH_PEER, PATH_POST_POLICY, PATH_PRE_POLICY, PEER_MASK } from '../table/path-table';
import {
  IPV4,
  IPV6,
  type PrefixTable,
  ROW,
  ROW_HEAD,
  ROW_IPV6,
  ROW_KEY,
  ROW_LENGTH,
  ROW_META,
  ROW_USED,
  rowFamily,
} from '../table/prefix-table';
import type { RibTables } from '../tables';

/** Prefixes with the same attributes and next hop, as received from a neighbour, before the import policy. */
export interface ReceivedSet {
  /** Canonical octets, see `toCanonical`; any NEXT_HOP among them must be ignored. */
  readonly attributes: Uint8Array;
  readonly nextHop: IpAddress;
  readonly prefixes: Prefix[];
}

/** Some or all of the routes received from a neighbour (RFC 4271 section 3.2: Adj-RIB-In). */
export interface ReceivedRoutes {
  readonly sets: readonly ReceivedSet[];
  /** Number of prefixes received, of which `sets` may contain fewer. */
  readonly received: number;
}

/** The routes requested of a neighbour. */
interface Wanted {
  /** Its number. */
  readonly peer: number;
  /** Number of received prefixes by family. */
  readonly received: readonly number[];
}

/** Limits for each neighbour. */
export interface Bounds {
  readonly prefixes: number;
  /** Of all attributes together. */
  readonly octets: number;
}

/** Whether an unused path is excluded because of its next hop, and so would be with any policy. */
type IsUnreached = (peer: number, set: number, id: number) => boolean;

/** Prefixes examined before yielding. */
const STRIDE = 16_384;

/**
 * Reads the routes received from neighbours, in two passes over the table, and yields after each stride. If there are
 * more prefixes than requested, the less specific ones are taken, so that a default route is always included; of the
 * first length that does not fit completely, those with the lowest hash, so that nodes that receive the same routes
 * take the same sample.
 */
export function* receivedBy(
  tables: RibTables,
  isUnreached: IsUnreached,
  wanted: readonly Wanted[],
  bounds: Bounds,
): Generator<undefined, Map<number, ReceivedRoutes>> {
  const readers = new Map(wanted.map((one) => [one.peer, new Reader(one, bounds)]));
  if (wanted.some((one) => sum(one.received) > bounds.prefixes))
    yield* walk(tables, readers, (reader, id) => {
      reader.count(tables.prefixes, id);
    });
  for (const reader of readers.values()) reader.choose();
  const known = new Map<number, ReceivedSet>();
  yield* walk(
    tables,
    readers,
    (reader, id, path) => reader.take(tables, isUnreached, known, id, path),
    () => known.clear(), // numbers of sets are reused
  );
  return new Map([...readers].map(([peer, reader]) => [peer, reader.result()]));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

function* walk(
  { prefixes, paths }: RibTables,
  readers: ReadonlyMap<number, Reader>,
  visit: (reader: Reader, id: number, path: number) => void,
  pause: () => void = () => {},
): Generator<undefined, void> {
  for (let id = 1; id < prefixes.limit; id++) {
    if (id % STRIDE === 0) {
      pause();
      yield undefined;
    }
    if ((prefixes.rows[id * ROW + ROW_META] & ROW_USED) === 0) continue;
    for (
      let path = prefixes.rows[id * ROW + ROW_HEAD], last = 0;
      path !== 0;
      path = paths.paths[path * PATH + PATH_NEXT]
    ) {
      const peer = paths.paths[path * PATH + PATH_PEER] & PEER_MASK;
      // of several paths (RFC 7911) the first stands for all
      const reader = peer === last ? undefined : readers.get(peer);
      last = peer;
      if (reader) visit(reader, id, path);
    }
  }
}

const LENGTHS = 129;

/** The selection for one neighbour. */
class Reader {
  /** Number of prefixes by length and family. */
  private readonly lengths = [new Uint32Array(LENGTHS), new Uint32Array(LENGTHS)];
  /** By family: the longest prefix length taken, and the hash below which prefixes of that length are taken. */
  private readonly longest = [LENGTHS, LENGTHS];
  private readonly below = [2 ** 32, 2 ** 32];
  private readonly sets = new Map<string, ReceivedSet>();
  private octets = 0;
  private taken = 0;

  constructor(
    private readonly wanted: Wanted,
    private readonly bounds: Bounds,
  ) {}

  count({ rows }: PrefixTable, id: number): void {
    const meta = rows[id * ROW + ROW_META];
    this.lengths[rowFamily(meta)][meta & ROW_LENGTH]++;
  }

  choose(): void {
    const all = sum(this.wanted.received);
    if (all <= this.bounds.prefixes) return;
    for (const family of [IPV4, IPV6]) {
      let left = Math.floor((this.bounds.prefixes * this.wanted.received[family]) / all);
      for (let length = 0; length < LENGTHS; length++) {
        const count = this.lengths[family][length];
        if (count <= left) left -= count;
        else {
          this.longest[family] = length;
          // Slightly fewer, as a sample is never exactly the size: otherwise the order of the table would decide what
          // is omitted.
          this.below[family] = (Math.max(0, left - 3 * Math.sqrt(left)) / count) * 2 ** 32;
          break;
        }
      }
    }
  }

  take(tables: RibTables, isUnreached: IsUnreached, known: Map<number, ReceivedSet>, id: number, path: number): void {
    const { prefixes, paths, attributes: store, nextHops } = tables;
    const meta = prefixes.rows[id * ROW + ROW_META];
    const family = rowFamily(meta);
    const length = meta & ROW_LENGTH;
    if (length > this.longest[family] || this.taken >= this.bounds.prefixes) return;
    if (length === this.longest[family] && hashOf(prefixes, id) >= this.below[family]) return;
    const set = paths.paths[path * PATH + PATH_PRE_POLICY];
    if (paths.paths[path * PATH + PATH_POST_POLICY] === 0 && isUnreached(this.wanted.peer, set, id)) return;
    let found = known.get(set);
    if (!found) {
      const hop = nextHops.get(store.sets[set * SET + SET_NEXT_HOP]);
      if (!hop) return;
      const start = store.start(set);
      const attributes = store.octets(set).slice(start, start + store.length(set));
      const key = `${hop.address} ${attributes.join()}`;
      found = this.sets.get(key);
      if (!found) {
        if (this.octets + attributes.length > this.bounds.octets) return;
        this.octets += attributes.length;
        found = { attributes, nextHop: hop.address, prefixes: [] };
        this.sets.set(key, found);
      }
      known.set(set, found);
    }
    this.taken++;
    found.prefixes.push(prefixes.prefix(id));
  }

  result(): ReceivedRoutes {
    return { sets: [...this.sets.values()], received: sum(this.wanted.received) };
  }
}

/** Equal on every node: it needs no secret, as it is not used for look-ups. */
function hashOf(prefixes: PrefixTable, id: number): number {
  const meta = prefixes.rows[id * ROW + ROW_META];
  const words =
    (meta & ROW_IPV6) === 0
      ? [prefixes.rows[id * ROW + ROW_KEY]]
      : [0, 1, 2, 3].map((word) => prefixes.word6(id, word));
  let hash = 0x811c9dc5;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca6b) >>> 0;
}
