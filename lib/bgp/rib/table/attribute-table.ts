/*
 * Hot path: each distinct attribute set is stored once, as the received octets and a row of numbers (one cache line)
 * that decision and export read; most routes of a table share their set with others, and finding a known set takes a
 * hash and a comparison of octets.
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
/** Arena address of the octets: the key and, if no part of the key is canonical, the canonical form after it. */
const SET_OCTETS = 3;
const SET_KEY_LENGTH = 4;
/** Offset (upper 16 bits) and length (lower) of the canonical form. */
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
/** The peer it was received from, 0 for this node itself. */
export const SET_PEER = 14;
/** Sets decoded in different contexts are different, even if their octets are the same. */
export const SET_CONTEXT = 15;

/** Octets of a set besides its own: its row, and its share of the buckets. */
const SET_OVERHEAD = SET * 4 + 8;

/** The attribute sets, by number from 1; numbers of unreferenced sets are reused. */
export class AttributeTable {
  /** {@link SET} words each; replaced when it grows. */
  sets: Uint32Array = new Uint32Array(64 * SET);
  /** All numbers are below this. */
  limit = 1;
  count = 0;
  /** Octets of memory used by all sets, including their rows. */
  memory = 0;
  /** Octets used by the sets of each peer, by its number. */
  private octetsHeld = new Float64Array(64);
  private readonly arena: OctetArena;
  private readonly hashes: OctetHash;
  /** A linear hash table: it grows by one bucket at a time, so that no insertion waits for a full rehash. */
  private buckets = new Uint32Array(64);
  /** Number of buckets before the current doubling. */
  private half = 64;
  /** Buckets below this have moved half of their sets to the bucket that is `half` further on. */
  private split = 0;
  private free = 0;
  /** Called with a set's number when it has no references any more. */
  onRelease: ((set: number) => void) | undefined;

  /** `key`: if secret, outsiders cannot choose sets that collide. `mostChunks`: see {@link OctetArena}. */
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

  /** Octets used by the sets of a peer. */
  held(peer: number): number {
    return peer < this.octetsHeld.length ? this.octetsHeld[peer] : 0;
  }

  /** Octets of memory used by the octets of all sets, including free space among them. */
  get footprint(): number {
    return this.arena.footprint;
  }

  /** Hash of the octets from `start` to `end`, with the number of their context. */
  hash(bytes: Uint8Array, start: number, end: number, context: number): number {
    return this.hashes.hash(bytes, start, end, context);
  }

  /** The set with these octets in this context, 0 if unknown. */
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
   * A new set with one reference. The key is the octets by which it is found; `canonical` is the checked form (see
   * `octets`), or its offset in the key. Takes over the caller's reference to the next hop. 0 if there is no room.
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

  /** The most sets that share a bucket: for tests, as it scans the table. */
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

  /** Releases one reference; the last one removes the set. */
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
   * The octets that contain the canonical form of a set: checked, types ascending, four-octet AS numbers, possibly with
   * an unused NEXT_HOP.
   */
  octets(set: number): Uint8Array {
    return this.arena.chunk(this.sets[set * SET + SET_OCTETS]);
  }

  /** Offset of the canonical form within {@link octets}. */
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
