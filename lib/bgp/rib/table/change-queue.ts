import type { AddressFamily } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import { prefixOf } from '../../wire/nlri';
import type { RouteHop } from '../route-hop';
import { grown } from './growth';
import { type PrefixTable, ROW, ROW_IPV6, ROW_KEY, ROW_LENGTH, ROW_META, ROW_QUEUED } from './prefix-table';

/** The best route of a prefix is another one than it was, or there is none any more. */
export class RouteChange {
  /** Of the prefix, in bits. */
  readonly length: number;
  readonly family: AddressFamily;
  // The address as signed words, so that making a change costs no object but itself.
  readonly #words: readonly [number, number, number, number] | number;

  constructor(
    /** Small number of the prefix; stays the same as long as the prefix is not gone. */
    readonly id: number,
    prefixes: PrefixTable,
    /** Where to send its packets: one address, or several of equal cost under multipath. Null: there is no route any more. Empty for an own route. */
    readonly nextHops: readonly RouteHop[] | null,
    /** Number of the peer whose path is the best; 0 for an own route and where there is none. */
    readonly peer: number,
  ) {
    const meta = prefixes.rows[id * ROW + ROW_META];
    this.length = meta & ROW_LENGTH;
    this.family = (meta & ROW_IPV6) === 0 ? 'ipv4' : 'ipv6';
    this.#words =
      this.family === 'ipv4'
        ? prefixes.rows[id * ROW + ROW_KEY] | 0
        : [prefixes.word6(id, 0), prefixes.word6(id, 1), prefixes.word6(id, 2), prefixes.word6(id, 3)];
  }

  /** The address as 32-bit words, most significant first: one for IPv4, four for IPv6. For those who handle many. */
  words(into: Int32Array): void {
    if (typeof this.#words === 'number') into[0] = this.#words;
    else into.set(this.#words);
  }

  /** Made when asked for; the change may be kept. */
  get prefix(): Prefix {
    const [a, b, c, d] = typeof this.#words === 'number' ? [this.#words, 0, 0, 0] : this.#words;
    return prefixOf(this.family, a, b, c, d, this.length);
  }

  /** This node originated it. */
  get local(): boolean {
    return this.nextHops !== null && this.peer === 0;
  }
}

/** Prefixes that wait to be told as changes: each once, in the order in which they changed first. */
export class ChangeQueue {
  #entries = new Uint32Array(64);
  #start = 0;
  #end = 0;

  constructor(private readonly prefixes: PrefixTable) {}

  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  push(id: number): void {
    const { rows } = this.prefixes;
    if ((rows[id * ROW + ROW_META] & ROW_QUEUED) !== 0) return;
    rows[id * ROW + ROW_META] |= ROW_QUEUED;
    if (this.#end === this.#entries.length) {
      if (this.#start * 2 < this.#end) this.#entries = grown(this.#entries, this.#end + 1);
      this.#entries.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#entries[this.#end++] = id;
  }

  /** The first one, taken out; 0 where none waits. */
  shift(): number {
    if (this.#start === this.#end) return 0;
    const id = this.#entries[this.#start++];
    this.prefixes.rows[id * ROW + ROW_META] &= ~ROW_QUEUED;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return id;
  }
}
