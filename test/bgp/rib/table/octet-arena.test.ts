import fc from 'fast-check';
import { OctetArena } from '../../../../lib/bgp/rib/table/octet-arena';

const CHUNK = 2 ** 18;

/** An arena with owners that know where their blocks are, and what is in them. */
function world(most?: number) {
  const blocks = new Map<number, { address: number; length: number }>();
  const arena = new OctetArena((owner, address) => {
    blocks.get(owner)!.address = address;
  }, most);
  let owners = 0;
  const octets = ({ address, length }: { address: number; length: number }) =>
    arena.chunk(address).subarray(arena.offset(address), arena.offset(address) + length);
  return {
    arena,
    blocks,
    /** The owner of a new block; 0: there was no room. */
    allocate(length: number, isOwn = false): number {
      const owner = ++owners;
      const address = arena.allocate(length, owner, isOwn);
      if (address === 0) return 0;
      blocks.set(owner, { address, length });
      octets(blocks.get(owner)!).fill(owner & 0xff);
      return owner;
    },
    release(owner: number): void {
      arena.release(blocks.get(owner)!.address);
      blocks.delete(owner);
    },
    /** Owners whose octets are not what they put there. */
    damaged: () =>
      [...blocks].filter(([owner, block]) => {
        const there = octets(block);
        return there.length !== block.length || there.some((octet) => octet !== (owner & 0xff));
      }),
    /** Octets of all blocks, each with what its size wastes. */
    held: () => [...blocks.values()].reduce((sum, { address }) => sum + arena.sizeAt(address), 0),
  };
}

describe('the arena of octets', () => {
  test('keeps each block as it was written, whatever comes, goes and moves', () => {
    const length = fc.oneof(
      { weight: 5, arbitrary: fc.nat(100) },
      { weight: 1, arbitrary: fc.constantFrom(508, 509, 40_000, 65_535, 87_372, 131_068, 131_070, CHUNK - 4) },
    );
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ allocate: length }) },
      { weight: 2, arbitrary: fc.record({ release: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { arena, blocks, allocate, release, damaged, held } = world();
        for (const each of steps)
          if ('allocate' in each) expect(allocate(each.allocate)).not.toBe(0);
          else if (blocks.size > 0) release([...blocks.keys()][each.release % blocks.size]);
        expect(damaged()).toEqual([]);
        expect(arena.footprint).toBeGreaterThanOrEqual(held());
        for (const owner of [...blocks.keys()]) release(owner);
        expect(arena.footprint).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    [0, 16],
    [12, 16],
    [13, 24],
    [100, 104],
    [508, 512],
    [65_535, 87_376],
  ])('takes for %i octets a block of %i', (length, size) => {
    const { arena, allocate, blocks } = world();
    expect(arena.sizeAt(blocks.get(allocate(length))!.address)).toBe(size);
  });

  test('wastes little at every length', () => {
    for (let length = 60; length < 30_000; length += 7) {
      const { arena, allocate, blocks } = world(17);
      expect(arena.sizeAt(blocks.get(allocate(length))!.address)).toBeLessThan(length * 1.2 + 12);
    }
  });

  test('does not grow by what is taken and given back in ever other sizes, with a block left in each piece', () => {
    const { arena, blocks, allocate, release, damaged, held } = world();
    for (let length = 100; length < 500; length += 8) {
      const before = [...blocks.keys()];
      const taken = Array.from({ length: 20_000 }, () => allocate(length));
      // What stays of a round is spread over all of its pieces; of former rounds nothing does.
      for (const owner of before) release(owner);
      for (const [i, owner] of taken.entries()) if (i % 400 !== 0) release(owner);
      expect(arena.footprint).toBeLessThan(1.4 * (held() + 20_000 * 550) + 25 * CHUNK);
    }
    expect(damaged()).toEqual([]);
  });

  test('keeps what is taken within a third more than it holds, though former rounds leave a block in each piece for ever', () => {
    const { arena, allocate, release, damaged, held } = world();
    let highest = 0;
    for (let length = 100; length < 500; length += 8) {
      const taken = Array.from({ length: 20_000 }, () => allocate(length));
      highest = Math.max(highest, arena.footprint / (held() + 20 * CHUNK));
      for (const [i, owner] of taken.entries()) if (i % 400 !== 0) release(owner);
    }
    expect(highest).toBeLessThan(1.34);
    expect(damaged()).toEqual([]);
  });

  test('refuses where all addresses are taken, keeps some for the node itself, and gives again what comes back', () => {
    const { arena, allocate, release, damaged } = world(20);
    const owners: number[] = [];
    for (let owner = allocate(65_000); owner !== 0; owner = allocate(65_000)) owners.push(owner);
    expect(owners.length).toBe(4 * 4); // 16 of 20 pieces are reserved
    expect(arena.footprint).toBe(4 * CHUNK);
    expect(allocate(10)).toBe(0);
    expect(allocate(65_000, true)).not.toBe(0);
    for (const owner of owners.slice(0, 4)) release(owner);
    expect(allocate(65_000)).not.toBe(0);
    expect(damaged()).toEqual([]);
  });

  test('empties a sparse piece rather than refuse', () => {
    const { allocate, release, damaged } = world(18);
    const owners = Array.from({ length: 8 }, () => allocate(65_000));
    expect(owners.every((owner) => owner !== 0)).toBe(true);
    expect(allocate(10)).toBe(0);
    for (const owner of [owners[0], owners[1], owners[4], owners[5]]) release(owner);
    expect(allocate(10)).not.toBe(0);
    expect(damaged()).toEqual([]);
  });
});
