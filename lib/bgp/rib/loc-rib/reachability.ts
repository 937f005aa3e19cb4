import { IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import { PATH, PATH_NEXT, PATH_PEER, PATH_POST_POLICY, type PathTable, PEER_MASK } from '../table/path-table';
import { type PrefixTable, ROW, ROW_HEAD, ROW_IPV6, ROW_KEY, ROW_LENGTH, ROW_META } from '../table/prefix-table';

/** Words of an entry: length and family as in a row, then the address. */
const ENTRY4 = 2;
const ENTRY6 = 5;

/** A prefix that has no usable path any more. */
export interface UnreachablePrefix {
  readonly prefix: Prefix;
  /** Whether a neighbour still offers a path, which is unused or does not count. */
  readonly isOffered: boolean;
}

/**
 * The prefixes with a usable path from a neighbour at one moment, to be compared with a later one. Stored as words,
 * since there may be a million of them: ids of the table may be reused by then.
 */
export class Reachability {
  private constructor(
    private readonly ipv4: Uint32Array,
    private readonly ipv6: Uint32Array,
  ) {}

  static now(prefixes: PrefixTable, paths: PathTable): Reachability {
    const ipv4: number[] = [];
    const ipv6: number[] = [];
    const { rows } = prefixes;
    for (let id = 1; id < prefixes.limit; id++) {
      const head = rows[id * ROW + ROW_HEAD];
      if (head === 0 || paths.paths[head * PATH + PATH_POST_POLICY] === 0) continue;
      if ((paths.paths[head * PATH + PATH_PEER] & PEER_MASK) === 0) continue; // originated here
      const meta = rows[id * ROW + ROW_META];
      if ((meta & ROW_IPV6) === 0) ipv4.push(meta & ROW_LENGTH, rows[id * ROW + ROW_KEY]);
      else ipv6.push(meta & ROW_LENGTH, ...[0, 1, 2, 3].map((word) => prefixes.word6(id, word)));
    }
    return new Reachability(Uint32Array.from(ipv4), Uint32Array.from(ipv6));
  }

  /** Number of prefixes. */
  get size(): number {
    return this.ipv4.length / ENTRY4 + this.ipv6.length / ENTRY6;
  }

  /** The entries in a range without a usable path now, ignoring the neighbours with these numbers. */
  *lost(
    prefixes: PrefixTable,
    paths: PathTable,
    without: ReadonlySet<number>,
    from: number,
    to: number,
  ): Generator<UnreachablePrefix> {
    const count4 = this.ipv4.length / ENTRY4;
    for (let i = from; i < Math.min(to, this.size); i++) {
      const is4 = i < count4;
      const words = is4
        ? this.ipv4.subarray(i * ENTRY4, (i + 1) * ENTRY4)
        : this.ipv6.subarray((i - count4) * ENTRY6, (i - count4 + 1) * ENTRY6);
      const id = is4
        ? prefixes.find4(words[1], words[0])
        : prefixes.find6(words[1], words[2], words[3], words[4], words[0]);
      const head = id === 0 ? 0 : prefixes.rows[id * ROW + ROW_HEAD];
      if (!isReached(paths, head, without)) yield { prefix: prefixOf(words), isOffered: head !== 0 };
    }
  }
}

function isReached({ paths }: PathTable, head: number, without: ReadonlySet<number>): boolean {
  for (let path = head; path !== 0; path = paths[path * PATH + PATH_NEXT]) {
    const isUsable = paths[path * PATH + PATH_POST_POLICY] !== 0;
    if (isUsable && !without.has(paths[path * PATH + PATH_PEER] & PEER_MASK)) return true;
  }
  return false;
}

function prefixOf([length, ...words]: Uint32Array): Prefix {
  const bytes = Uint8Array.from(
    words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]),
  );
  return Prefix.of(IpAddress.fromBytes(bytes), length);
}
