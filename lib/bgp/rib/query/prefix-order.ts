/*
 * The prefixes of a table in order, for listing: IPv4 first, by address, shorter ones first. A million of them are
 * sorted in runs, yielding in between, and merged on demand. Copies of the prefixes are sorted, as their numbers may be
 * reused meanwhile.
 */
import { IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import { grown } from '../table/growth';
import {
  type PrefixTable,
  ROW,
  ROW_HEAD,
  ROW_IPV6,
  ROW_KEY,
  ROW_LENGTH,
  ROW_META,
  ROW_USED,
} from '../table/prefix-table';

/** Rows examined, and prefixes sorted, before yielding. */
const STRIDE = 16_384;
const RUN = 4096;

/** Words of an entry: the address, then the length. */
const WIDTH = { ipv4: 2, ipv6: 5 } as const;
type AddressFamily = keyof typeof WIDTH;

/** Each matching prefix with a path; undefined: the caller may yield. */
export function* prefixesInOrder(
  table: PrefixTable,
  families: readonly AddressFamily[],
  isWanted: (id: number) => boolean = () => true,
): Generator<Prefix | undefined> {
  for (const family of families) {
    const keys = yield* collect(table, family, isWanted);
    yield* merged(keys, yield* sorted(keys));
  }
}

/** Entries of one family. */
class Keys {
  words = new Uint32Array(1024);
  count = 0;
  private readonly width: number;

  constructor(family: AddressFamily) {
    this.width = WIDTH[family];
  }

  add(table: PrefixTable, id: number): void {
    const { width } = this;
    const at = this.count++ * width;
    const row = id * ROW;
    this.words = grown(this.words, at + width);
    if (width === WIDTH.ipv4) this.words[at] = table.rows[row + ROW_KEY];
    else for (let word = 0; word < 4; word++) this.words[at + word] = table.word6(id, word);
    this.words[at + width - 1] = table.rows[row + ROW_META] & ROW_LENGTH;
  }

  compare(a: number, b: number): number {
    const { words, width } = this;
    for (let word = 0; word < width; word++) {
      const difference = words[a * width + word] - words[b * width + word];
      if (difference !== 0) return difference;
    }
    return 0;
  }

  prefix(entry: number): Prefix {
    const { words, width } = this;
    const at = entry * width;
    const bytes = new Uint8Array(4 * (width - 1));
    for (let i = 0; i < bytes.length; i++) bytes[i] = words[at + (i >>> 2)] >>> (24 - 8 * (i & 3));
    return Prefix.of(IpAddress.fromBytes(bytes), words[at + width - 1]);
  }
}

function* collect(
  table: PrefixTable,
  family: AddressFamily,
  isWanted: (id: number) => boolean,
): Generator<undefined, Keys> {
  const keys = new Keys(family);
  const wanted = ROW_USED | (family === 'ipv4' ? 0 : ROW_IPV6);
  for (let id = 1; id < table.limit; id++) {
    if (id % STRIDE === 0) yield undefined;
    const { rows } = table;
    if ((rows[id * ROW + ROW_META] & (ROW_USED | ROW_IPV6)) !== wanted) continue;
    if (rows[id * ROW + ROW_HEAD] !== 0 && isWanted(id)) keys.add(table, id);
  }
  return keys;
}

/** Sorts the entries within each run. */
function* sorted(keys: Keys): Generator<undefined, Uint32Array> {
  const order = new Uint32Array(keys.count);
  const compare = (a: number, b: number) => keys.compare(a, b);
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let from = 0; from < keys.count; from += RUN) {
    order.subarray(from, from + RUN).sort(compare);
    if (from > 0) yield undefined;
  }
  return order;
}

/** Merges all runs, using a heap of their first entries. */
function* merged(keys: Keys, order: Uint32Array): Generator<Prefix> {
  const heap: number[] = [];
  const precedes = (a: number, b: number) => keys.compare(order[heap[a]], order[heap[b]]) < 0;
  const sink = (start: number): void => {
    for (let at = start, least = at; ; at = least) {
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && precedes(child, least)) least = child;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least], heap[at]];
    }
  };
  for (let from = 0; from < order.length; from += RUN) heap.push(from);
  for (let at = heap.length >> 1; at >= 0; at--) sink(at);
  let last = -1;
  while (heap.length > 0) {
    const entry = order[heap[0]];
    // A prefix removed and added again during the scan occurs twice.
    if (last < 0 || keys.compare(last, entry) !== 0) yield keys.prefix(entry);
    last = entry;
    heap[0]++;
    if (heap[0] % RUN === 0 || heap[0] === order.length) {
      const other = heap.pop()!;
      if (heap.length > 0) heap[0] = other;
    }
    sink(0);
  }
}
