import { MOST_NEXT_HOPS, RouteMemory } from '../../../lib/bgp/rib/route-memory';
import { NextHopTable } from '../../../lib/bgp/rib/table/next-hop-table';

test('a neighbour may have so many distinct next hops and not one more, whatever others have', () => {
  const table = new NextHopTable(),
    [one, other] = [1, 2],
    memory = new RouteMemory({} as never, table, {} as never, {} as never, [], () => new Set());
  const ids = Array.from({ length: MOST_NEXT_HOPS }, (_, n) => table.intern4(0x0a4d0000 + n, one));
  for (let n = 0; n < 100; n++) table.intern4(0x0a4d0000 + n, other);
  table.intern4(0x0a4d0000, one); // the same once more
  expect([one, other].map((peer) => memory.hasTooManyNextHops(peer))).toEqual([false, false]);
  table.intern4(0x0a4e0000, one);
  expect([one, other].map((peer) => memory.hasTooManyNextHops(peer))).toEqual([true, false]);
  table.release(ids[7]);
  expect(memory.hasTooManyNextHops(one)).toBe(false);
});
