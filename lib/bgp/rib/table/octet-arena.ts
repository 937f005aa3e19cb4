/*
 * Hot path: stores the attribute octets of all sets in a few large chunks, without an object for each. A chunk contains
 * blocks of one size only, and sparse chunks are compacted before new ones are allocated: whatever the sequence of
 * sizes, the arena is little larger than its contents.
 */

/** An address is the number of a chunk (16 bits) and a position in it (16 bits, in words of four octets). */
const CHUNK_BITS = 18;
const CHUNK = 1 << CHUNK_BITS;
/** The address space: 16 GB. */
const MOST_CHUNKS = 1 << 16;
/** Chunks reserved for the node's own sets when neighbours' have filled the rest. */
const RESERVED = 16;
/** A block's header contains its owner; 0 if it is free, followed by the position of the next free one of its chunk. */
const HEADER = 4;
/** Number of empty chunks kept for reuse. */
const MOST_SPARE = 4;

/**
 * Block sizes: large ones divide a chunk with little waste, and none is much more than an eighth larger than the
 * previous.
 */
const SIZES: readonly number[] = (() => {
  const sizes: number[] = [];
  for (let size = 16; size < 512; size += size < 128 ? 8 : size < 256 ? 16 : 32) sizes.push(size);
  for (let count = CHUNK / 512; count > 1; count = Math.min(count - 1, Math.ceil(count / 1.125)))
    sizes.push(Math.floor(CHUNK / count / 8) * 8);
  return [...sizes, CHUNK];
})();
const PER_CHUNK: readonly number[] = SIZES.map((size) => Math.floor(CHUNK / size));

/** The index of the smallest sufficient size, in units of eight octets. */
const SIZE_OF = new Uint8Array(CHUNK / 8 + 1);
for (let grains = 0, size = 0; grains < SIZE_OF.length; grains++) {
  if (SIZES[size] < grains * 8) size++;
  SIZE_OF[grains] = size;
}

/** A block of memory divided into blocks of one size. */
interface Chunk {
  readonly octets: Uint8Array;
  /** Index into SIZES. */
  size: number;
  live: number;
  /** Position of the first free block + 1; 0: only those after `fresh`, which were never used. */
  free: number;
  fresh: number;
}

/** Chunks of one size. */
interface Row {
  /** Numbers of those with a free block, in no particular order. */
  readonly open: number[];
  chunks: number;
  live: number;
}

/** Blocks of octets identified by a 32-bit address, which only changes with a notification of its owner. */
export class OctetArena {
  private readonly chunks: (Chunk | undefined)[] = [];
  /** Numbers of unallocated chunks. */
  private readonly vacant: number[] = [];
  private readonly spare: Uint8Array[] = [];
  private readonly rows: readonly Row[] = SIZES.map(() => ({ open: [], chunks: 0, live: 0 }));
  private count = 0;

  /** `moved`: a block of this owner has a new address. `most`: maximum number of chunks of 2^18 octets. */
  constructor(
    private readonly moved: (owner: number, address: number) => void,
    private readonly most = MOST_CHUNKS,
  ) {}

  /** Octets of memory in use. */
  get footprint(): number {
    return this.count * CHUNK;
  }

  /**
   * Allocates a block of up to 2^18 - 4 octets for an owner (any number but 0), with undefined contents. Others may
   * move. 0 if there is no room; `isOwn`: may use the reserve.
   */
  allocate(length: number, owner: number, isOwn = false): number {
    const size = SIZE_OF[(length + HEADER + 7) >>> 3];
    const { open } = this.rows[size];
    if (open.length === 0 && !this.open(size, isOwn)) return 0;
    return this.take(size, owner);
  }

  /** Frees a block. */
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

  /** Size of the block at an address in octets. */
  sizeAt(address: number): number {
    return SIZES[this.chunks[address >>> 16]!.size];
  }

  /** The chunk that contains a block. */
  chunk(address: number): Uint8Array {
    return this.chunks[address >>> 16]!.octets;
  }

  /** Offset of a block's octets in its chunk. */
  offset(address: number): number {
    return (address & 0xffff) << 2;
  }

  /** Takes a block of a size of which some chunk has a free one. */
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

  /** Allocates another chunk for a size; false if there is none. */
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
   * Finds a size of which more than this share is free, and at least a whole chunk, and empties its sparsest chunk: the
   * others have room for the contents.
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
