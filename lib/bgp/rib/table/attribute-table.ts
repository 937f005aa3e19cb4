/*
 * Hot path: each distinct attribute set is kept once, as the octets it came in and a line of numbers (one cache line)
 * that decision and export read; most routes of a table share their set with others, and finding a known set is a hash
 * and a comparison of octets.
 */
import { type HashKey, OctetHash } from '../../../model/keyed-hash';
import type { AttributeFacts } from './attribute-facts';
import { grown, grownAmply } from './growth';
import type { NextHopTable } from './next-hop-table';
import { OctetArena } from './octet-arena';

/** Words of a set. */
export const SET = 16;
/** Words of a set, by meaning. */
export const SET_REFERENCES = 0;
const SET_HASH = 1;
/** The next set of the same bucket, or the next free one. */
const SET_CHAIN = 2;
/** Arena address of the octets: the key and, where no part of the key is canonical, the canonical form behind it. */
const SET_OCTETS = 3;
const SET_KEY_LENGTH = 4;
/** Where the canonical form begins (upper 16 bits) and how long it is (lower). */
const SET_CANONICAL = 5;
export const SET_LOCAL_PREF = 6;
/** AS path length, low 16 bits; cluster list length above. */
export const SET_PATH_LENGTHS = 7;
export const SET_ORIGIN = 8;
export const SET_MED = 9;
export const SET_NEIGHBOUR_AS = 10;
export const SET_ORIGINATOR = 11;
export const SET_NEXT_HOP = 12;
/** See MARK of attribute-facts. */
export const SET_MARKS = 13;
/** The peer it came from, 0 for this node itself. */
export const SET_PEER = 14;
/** Sets that were read in different contexts are different, though their octets are the same. */
export const SET_CONTEXT = 15;

/** Octets that a set takes beside its own: its line, and its share of the buckets. */
const SET_OVERHEAD = SET * 4 + 8;

/** The attribute sets, by number from 1 on; numbers of sets that nobody refers to are given out again. */
export class AttributeTable {
  /** {@link SET} words each; replaced when it grows. */
  sets = new Uint32Array(64 * SET);
  /** All numbers are below. */
  limit = 1;
  count = 0;
  /** Octets of memory that all sets take, the lines of numbers with them. */
  memory = 0;
  /** Octets that the sets of each peer take, by its number. */
  private octetsHeld = new Float64Array(64);
  private readonly arena: OctetArena;
  private readonly hashes: OctetHash;
  /** A linear hash: it grows by a bucket at a time, so that no set waits until all have moved. */
  private buckets = new Uint32Array(64);
  /** How many buckets there were before it began to double. */
  private half = 64;
  /** Buckets below have given half of their sets to one behind `#half`. */
  private split = 0;
  private free = 0;
  /** Called with a set's number when nobody refers to it any more. */
  onRelease: ((set: number) => void) | undefined;

  /** `key`: with a secret one nobody outside can choose sets that collide. `mostChunks`: see {@link OctetArena}. */
  constructor(
    private readonly nextHops: NextHopTable,
    key?: HashKey,
    mostChunks?: number,
  ) {
    this.hashes = new OctetHash(key);
    const moved = (set: number, address: number) => {
      this.sets[set * SET + SET_OCTETS] = address;
    };
    this.arena = new OctetArena(moved, mostChunks);
  }

  /** Octets that the sets of a peer take. */
  held(peer: number): number {
    return peer < this.octetsHeld.length ? this.octetsHeld[peer] : 0;
  }

  /** Octets of memory that the octets of all sets take, with what is free among them. */
  get footprint(): number {
    return this.arena.footprint;
  }

  /** Hash of the octets from `start` to `end`, with a number for the context they are read in. */
  hash(bytes: Uint8Array, start: number, end: number, context: number): number {
    return this.hashes.hash(bytes, start, end, context);
  }

  /** The set with these octets in this context, 0 where it is not known. */
  find(hash: number, context: number, bytes: Uint8Array, start: number, end: number): number {
    const sets = this.sets;
    const length = end - start;
    let set = this.buckets[this.bucketOf(hash)];
    for (; set !== 0; set = sets[set * SET + SET_CHAIN]) {
      const line = set * SET;
      if (sets[line + SET_HASH] !== hash || sets[line + SET_KEY_LENGTH] !== length) continue;
      if (sets[line + SET_CONTEXT] !== context) continue;
      const chunk = this.arena.chunk(sets[line + SET_OCTETS]);
      let at = this.arena.offset(sets[line + SET_OCTETS]);
      let i = start;
      while (i < end && chunk[at] === bytes[i]) {
        i++;
        at++;
      }
      if (i === end) return set;
    }
    return 0;
  }

  /**
   * A new set with one reference. The key are the octets it will be found by; `canonical` is the checked form (see
   * `octets`), or where in the key it begins. Takes over the caller's reference to the next hop. 0: there is no room
   * for it.
   */
  add(
    hash: number,
    context: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    canonical: Uint8Array | number,
    facts: AttributeFacts,
    nextHop: number,
    peer: number,
  ): number {
    const length = end - start;
    const extra = typeof canonical === 'number' ? 0 : canonical.length;
    const set = this.newSet();
    const address = this.arena.allocate(length + extra, set, peer === 0);
    if (address === 0) {
      this.giveBack(set);
      this.nextHops.release(nextHop);
      return 0;
    }
    const chunk = this.arena.chunk(address);
    const at = this.arena.offset(address);
    for (let i = 0; i < length; i++) chunk[at + i] = bytes[start + i];
    if (typeof canonical !== 'number') chunk.set(canonical, at + length);
    while (this.count * 2 > this.half + this.split) this.splitBucket();
    const sets = this.sets;
    const line = set * SET;
    const bucket = this.bucketOf(hash);
    this.charge(peer, SET_OVERHEAD + this.arena.sizeAt(address));
    sets[line + SET_REFERENCES] = 1;
    sets[line + SET_HASH] = hash;
    sets[line + SET_CHAIN] = this.buckets[bucket];
    this.buckets[bucket] = set;
    sets[line + SET_OCTETS] = address;
    sets[line + SET_KEY_LENGTH] = length;
    sets[line + SET_CANONICAL] =
      typeof canonical === 'number' ? (canonical << 16) | (length - canonical) : (length << 16) | extra;
    sets[line + SET_LOCAL_PREF] = facts.localPref;
    sets[line + SET_PATH_LENGTHS] = facts.asPathLength | (facts.clusterListLength << 16);
    sets[line + SET_ORIGIN] = facts.origin;
    sets[line + SET_MED] = facts.med;
    sets[line + SET_NEIGHBOUR_AS] = facts.neighbourAs;
    sets[line + SET_ORIGINATOR] = facts.originator;
    sets[line + SET_NEXT_HOP] = nextHop;
    sets[line + SET_MARKS] = facts.marks;
    sets[line + SET_PEER] = peer;
    sets[line + SET_CONTEXT] = context;
    return set;
  }

  /** The most sets that share a bucket: for tests, it looks at all of them. */
  longestChain(): number {
    let longest = 0;
    for (let bucket = 0; bucket < this.half + this.split; bucket++) {
      let length = 0;
      for (let set = this.buckets[bucket]; set !== 0; set = this.sets[set * SET + SET_CHAIN]) length++;
      longest = Math.max(longest, length);
    }
    return longest;
  }

  hold(set: number): void {
    this.sets[set * SET + SET_REFERENCES]++;
  }

  /** Gives up one reference; without any the set is forgotten. */
  release(set: number): void {
    const sets = this.sets;
    const line = set * SET;
    if (--sets[line + SET_REFERENCES] > 0) return;
    const bucket = this.bucketOf(sets[line + SET_HASH]);
    if (this.buckets[bucket] === set) this.buckets[bucket] = sets[line + SET_CHAIN];
    else {
      let before = this.buckets[bucket];
      while (sets[before * SET + SET_CHAIN] !== set) before = sets[before * SET + SET_CHAIN];
      sets[before * SET + SET_CHAIN] = sets[line + SET_CHAIN];
    }
    const address = sets[line + SET_OCTETS];
    this.charge(sets[line + SET_PEER], -SET_OVERHEAD - this.arena.sizeAt(address));
    this.arena.release(address);
    this.nextHops.release(sets[line + SET_NEXT_HOP]);
    this.giveBack(set);
    this.onRelease?.(set);
  }

  /**
   * The octets that hold the canonical form of a set: checked, types ascending, AS numbers of four octets, perhaps a
   * NEXT_HOP that means nothing.
   */
  octets(set: number): Uint8Array {
    return this.arena.chunk(this.sets[set * SET + SET_OCTETS]);
  }

  /** Where the canonical form begins within {@link octets}. */
  start(set: number): number {
    const line = set * SET;
    return this.arena.offset(this.sets[line + SET_OCTETS]) + (this.sets[line + SET_CANONICAL] >>> 16);
  }

  /** Octets of the canonical form. */
  length(set: number): number {
    return this.sets[set * SET + SET_CANONICAL] & 0xffff;
  }

  private newSet(): number {
    this.count++;
    const set = this.free;
    if (set !== 0) {
      this.free = this.sets[set * SET + SET_CHAIN];
      return set;
    }
    this.sets = grownAmply(this.sets, (this.limit + 1) * SET);
    return this.limit++;
  }

  private giveBack(set: number): void {
    this.sets[set * SET + SET_CHAIN] = this.free;
    this.free = set;
    this.count--;
  }

  private charge(peer: number, octets: number): void {
    if (peer >= this.octetsHeld.length) {
      const wider = new Float64Array(2 * peer);
      wider.set(this.octetsHeld);
      this.octetsHeld = wider;
    }
    this.octetsHeld[peer] += octets;
    this.memory += octets;
  }

  private bucketOf(hash: number): number {
    const bucket = hash & (this.half - 1);
    return bucket < this.split ? hash & (2 * this.half - 1) : bucket;
  }

  private splitBucket(): void {
    const { sets } = this;
    const low = this.split++;
    const high = low + this.half;
    const buckets = grown(this.buckets, high + 1);
    let set = buckets[low];
    buckets[low] = buckets[high] = 0;
    while (set !== 0) {
      const next = sets[set * SET + SET_CHAIN];
      const bucket = this.bucketOf(sets[set * SET + SET_HASH]);
      sets[set * SET + SET_CHAIN] = buckets[bucket];
      buckets[bucket] = set;
      set = next;
    }
    this.buckets = buckets;
    if (this.split < this.half) return;
    this.half *= 2;
    this.split = 0;
  }
}
