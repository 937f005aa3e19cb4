/*
 * Hot path: attribute octets of all sets side by side in a few large pieces, with no object for each. A chunk holds
 * blocks of one size alone, and sparse chunks are emptied before new ones are taken: whatever comes and goes, in
 * whatever sizes, the arena is little larger than what it holds.
 */

/** An address is 16 bits of chunk and 16 bits of place in it, in words of four octets. */
const CHUNK_BITS = 18;
const CHUNK = 1 << CHUNK_BITS;
/** What addresses can tell apart: 16 GB. */
const MOST_CHUNKS = 1 << 16;
/** Chunks that only the node's own sets may take, when neighbours' have filled the rest. */
const RESERVED = 16;
/**
 * Before its octets a block says whose it is; one that is free says 0, and behind it where the next free one of its
 * chunk is.
 */
const HEADER = 4;
/** Chunks that are kept when they are empty, so that they need not be asked for again at once. */
const MOST_SPARE = 4;

/**
 * Sizes of blocks: large ones divide a chunk with little rest, and none is much more than an eighth larger than the one
 * before.
 */
const SIZES: readonly number[] = (() => {
  const sizes: number[] = [];
  for (let size = 16; size < 512; size += size < 128 ? 8 : size < 256 ? 16 : 32) sizes.push(size);
  for (let count = CHUNK / 512; count > 1; count = Math.min(count - 1, Math.ceil(count / 1.125)))
    sizes.push(Math.floor(CHUNK / count / 8) * 8);
  return [...sizes, CHUNK];
})();
const PER_CHUNK: readonly number[] = SIZES.map((size) => Math.floor(CHUNK / size));

/** The index of the smallest size that has room, by grains of eight octets. */
const SIZE_OF = new Uint8Array(CHUNK / 8 + 1);
for (let grains = 0, size = 0; grains < SIZE_OF.length; grains++) {
  if (SIZES[size] < grains * 8) size++;
  SIZE_OF[grains] = size;
}

/** A piece of memory that is cut into blocks of one size. */
interface Chunk {
  readonly octets: Uint8Array;
  /** Index into SIZES. */
  size: number;
  live: number;
  /** Where the first free block begins, + 1; 0: none but those behind `fresh`, which never were in use. */
  free: number;
  fresh: number;
}

/** Chunks of one size. */
interface Row {
  /** Numbers of those that have a free block, in no order. */
  readonly open: number[];
  chunks: number;
  live: number;
}

/** Blocks of octets, found again by a 32-bit address, which changes only where its owner is notified. */
export class OctetArena {
  private readonly chunks: (Chunk | undefined)[] = [];
  /** Numbers of chunks that are not there. */
  private readonly vacant: number[] = [];
  private readonly spare: Uint8Array[] = [];
  private readonly rows: readonly Row[] = SIZES.map(() => ({ open: [], chunks: 0, live: 0 }));
  private count = 0;

  /** `moved`: a block of this owner has another address now. `most`: chunks of 2^18 octets that it may have. */
  constructor(
    private readonly moved: (owner: number, address: number) => void,
    private readonly most = MOST_CHUNKS,
  ) {}

  /** Octets of memory that it takes. */
  get footprint(): number {
    return this.count * CHUNK;
  }

  /**
   * A block of up to 2^18 - 4 octets for an owner (any number but 0); what it holds is unknown. Others may move. 0:
   * there is no room; `isOwn`: what is reserved may be taken.
   */
  allocate(length: number, owner: number, isOwn = false): number {
    const size = SIZE_OF[(length + HEADER + 7) >>> 3];
    const { open } = this.rows[size];
    if (open.length === 0 && !this.open(size, isOwn)) return 0;
    return this.take(size, owner);
  }

  /** Gives a block back. */
  release(address: number): void {
    const number = address >>> 16;
    const chunk = this.chunks[number]!;
    const row = this.rows[chunk.size];
    const { octets } = chunk;
    const at = ((address & 0xffff) << 2) - HEADER;
    write(octets, at, 0);
    write(octets, at + HEADER, chunk.free);
    if (chunk.live === PER_CHUNK[chunk.size]) row.open.push(number);
    chunk.free = at + 1;
    row.live--;
    if (--chunk.live === 0) this.drop(number);
  }

  /** Octets that the block at an address takes. */
  sizeAt(address: number): number {
    return SIZES[this.chunks[address >>> 16]!.size];
  }

  /** The octets that a block lies in. */
  chunk(address: number): Uint8Array {
    return this.chunks[address >>> 16]!.octets;
  }

  /** Where in its chunk a block's octets begin. */
  offset(address: number): number {
    return (address & 0xffff) << 2;
  }

  /** A block of a size of which some chunk has one. */
  private take(size: number, owner: number): number {
    const row = this.rows[size];
    const number = row.open[row.open.length - 1];
    const chunk = this.chunks[number]!;
    let at = chunk.free - 1;
    if (at >= 0) chunk.free = read(chunk.octets, at + HEADER);
    else {
      at = chunk.fresh;
      chunk.fresh += SIZES[size];
    }
    row.live++;
    if (++chunk.live === PER_CHUNK[size]) row.open.pop();
    write(chunk.octets, at, owner);
    return ((number << 16) | ((at + HEADER) >>> 2)) >>> 0;
  }

  /** One chunk more for a size; false where there is none. */
  private open(size: number, isOwn: boolean): boolean {
    const most = isOwn ? this.most : this.most - RESERVED;
    this.compact(this.count >= most ? 0 : 0.25);
    if (this.count >= most) return false;
    const number = this.vacant.pop() ?? this.chunks.length;
    this.chunks[number] = { octets: this.spare.pop() ?? new Uint8Array(CHUNK), size, live: 0, free: 0, fresh: 0 };
    this.count++;
    this.rows[size].chunks++;
    this.rows[size].open.push(number);
    return true;
  }

  private drop(number: number): void {
    const { size, octets } = this.chunks[number]!;
    const row = this.rows[size];
    row.open.splice(row.open.lastIndexOf(number), 1);
    row.chunks--;
    this.chunks[number] = undefined;
    this.vacant.push(number);
    this.count--;
    if (this.spare.length < MOST_SPARE) this.spare.push(octets);
  }

  /**
   * Empties a chunk of a size of which more than this share is free, and at least as much as a chunk holds: the others
   * have room for what is in it.
   */
  private compact(share: number): void {
    for (const [size, { open, chunks, live }] of this.rows.entries()) {
      const free = chunks * PER_CHUNK[size] - live;
      if (free < PER_CHUNK[size] || free <= share * chunks * PER_CHUNK[size]) continue;
      let sparsest = open[0];
      for (const number of open) if (this.chunks[number]!.live < this.chunks[sparsest]!.live) sparsest = number;
      this.evacuate(sparsest);
      return;
    }
  }

  private evacuate(number: number): void {
    const { size, octets, fresh } = this.chunks[number]!;
    const { open } = this.rows[size];
    open.splice(open.indexOf(number), 1);
    for (let at = 0; at < fresh; at += SIZES[size]) {
      const owner = read(octets, at);
      if (owner === 0) continue;
      const address = this.take(size, owner);
      const to = this.offset(address);
      this.chunk(address).set(octets.subarray(at + HEADER, at + SIZES[size]), to);
      this.moved(owner, address);
    }
    this.rows[size].live -= this.chunks[number]!.live;
    open.push(number);
    this.drop(number);
  }
}

function write(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value;
  octets[at + 1] = value >>> 8;
  octets[at + 2] = value >>> 16;
  octets[at + 3] = value >>> 24;
}

const read = (octets: Uint8Array, at: number): number =>
  (octets[at] | (octets[at + 1] << 8) | (octets[at + 2] << 16) | (octets[at + 3] << 24)) >>> 0;
