import type { NextHopWay } from '../../../../lib/bgp/rib/table/next-hop-table';
import { Phases } from '../phases';
import { ip, prefixOf } from '../world';

const [A, B] = [0x0a0101, 0x0a0102];
const [TO_A, TO_B] = ['10.1.1.0/24', '10.1.2.0/24'];
const way = (metric: number, through: string[] = [], more: Partial<NextHopWay> = {}): NextHopWay => ({
  ...{ metric, onLink: false, isDefault: false, through: through.map(prefixOf) },
  ...more,
});

/** Routes to A by 10.0.0.1 and to B by 10.0.0.2, which are reached in these ways; the cost of the first for A. */
function metric(first: NextHopWay[], second: NextHopWay[] = [], isOnLink = false): number {
  const world = new Phases(2);
  const { prefixes, nextHops } = world.tables;
  world.put(world.peers[0], A, 100);
  world.put(world.peers[1], B, 100);
  for (const [n, ways] of [first, second].entries())
    if (ways.length > 0) nextHops.setState(ip(`10.0.0.${n + 1}`), { reachable: true, metric: 0, ways });
  nextHops.rely((prefix) => prefixes.id(prefix, false));
  const hop = nextHops.get(nextHops.intern4(0x0a000001, 1))!;
  return world.recursion.metric(prefixes.find4(A << 8, 24), hop, isOnLink);
}

describe('a next hop that routes of this table lead to', () => {
  test('costs what its first way costs that does not lead through the route itself (RFC 4271 section 9.1.2.1)', () => {
    expect(metric([way(3)])).toBe(3);
    expect(metric([way(3, [TO_A])])).toBe(-1);
    expect(metric([way(3, [TO_A]), way(9)])).toBe(9);
  });

  test('is not reached where each of two routes leads through the other, and is where one has another way', () => {
    expect(metric([way(3, [TO_B])], [way(4, [TO_A])])).toBe(-1);
    expect(metric([way(3, [TO_B])], [way(4, [TO_A]), way(5)])).toBe(3);
    expect(metric([way(3, [TO_B])])).toBe(3); // only foreign routes lead there
  });

  test('on a link is reached over that, and by no default route', () => {
    const byDefault = way(7, [], { isDefault: true });
    expect([metric([byDefault]), metric([byDefault], [], true)]).toEqual([7, -1]);
    expect(metric([way(3, [TO_A]), way(8, [TO_A], { onLink: true })], [], true)).toBe(8);
  });
});
