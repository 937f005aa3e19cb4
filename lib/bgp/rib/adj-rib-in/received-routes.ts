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

/** Prefixes with the same attributes and next hop, as a neighbour sent them, before the import policy. */
export interface ReceivedSet {
  /** Canonical octets, see `toCanonical`; a NEXT_HOP among them is to be passed over. */
  readonly attributes: Uint8Array;
  readonly nextHop: IpAddress;
  readonly prefixes: Prefix[];
}

/** Some or all of what a neighbour has sent (RFC 4271 section 3.2: Adj-RIB-In). */
export interface ReceivedRoutes {
  readonly sets: readonly ReceivedSet[];
  /** Prefixes that it has sent, of which `sets` may hold fewer. */
  readonly received: number;
}

/** What of a neighbour is wanted. */
interface Wanted {
  /** Its number. */
  readonly peer: number;
  /** How many prefixes of each family it has sent. */
  readonly received: readonly number[];
}

/** How much of each neighbour is taken. */
export interface Bounds {
  readonly prefixes: number;
  /** Of all attributes together. */
  readonly octets: number;
}

/**
 * Whether a path that is not used may not be for the sake of its next hop: it would not be with another policy either.
 */
type IsUnreached = (peer: number, set: number, id: number) => boolean;

/** Prefixes that are looked at before others have their turn. */
const STRIDE = 16_384;

/**
 * Reads what neighbours have sent, in two looks over the table, with a pause (yield) after each stride. Of more
 * prefixes than are wanted the less specific ones are taken, so that a default route is always among them, and of the
 * first length that is too many a sample: those whose hash is low. So nodes that hear the same take the same.
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
    () => known.clear(), // numbers of sets are given out again
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

/** What is taken of one neighbour. */
class Reader {
  /** Prefixes by length, of each family. */
  private readonly lengths = [new Uint32Array(LENGTHS), new Uint32Array(LENGTHS)];
  /** Longest length that is taken, of each family, and the hash below which one of that length is. */
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
          // Somewhat fewer, as a sample is never of just the size: else the order of the table would decide who is left
          // out.
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

/** The same number on every node: no secret is in it, as nothing is found by it. */
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
