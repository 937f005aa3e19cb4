import { REJECT_ALL } from '../../../../lib/bgp/policy/policy';
import type { ReceivedRoutes } from '../../../../lib/bgp/rib/adj-rib-in/received-routes';
import { Rib } from '../../../../lib/bgp/rib/rib';
import { fromCanonical } from '../../../../lib/bgp/rib/table/canonical';
import { type PathAttributes, SEGMENT } from '../../../../lib/bgp/wire/path-attributes';
import { context, feed, ip, peer, prefixOf, ROUTER_ID, updates } from '../world';

const route = (more: Partial<PathAttributes> = {}): PathAttributes => ({
  origin: 0,
  asPath: [{ type: SEGMENT.sequence, members: [65001] }],
  nextHop: ip('198.51.100.1').bytes,
  ...more,
});
const AMPLE = { prefixes: 1000, octets: 100_000 };

/** A RIB with two neighbours that are up, the second of which is believed nothing. */
function world() {
  const rib = new Rib({ routerId: ROUTER_ID });
  const configs = [peer(1, 65001), peer(2, 65002, { importPolicy: REJECT_ALL })];
  const ids = configs.map((config) => rib.addPeer(config));
  const contexts = configs.map((config) => context(config));
  for (const [n, id] of ids.entries()) rib.peerUp(id, { ...contexts[n], peerRouterId: 0x0b000000 + n });
  return {
    rib,
    ids,
    announce: (n: number, attributes: PathAttributes, ...prefixes: string[]) =>
      feed(rib, ids[n], updates(contexts[n], prefixes.map(prefixOf), attributes)),
  };
}

function read(reading: ReturnType<Rib['view']['receivedBy']>): { pauses: number; routes: Map<number, ReceivedRoutes> } {
  for (let pauses = 0; ; pauses++) {
    const { done, value } = reading.next();
    if (done) return { pauses, routes: value };
  }
}
const shown = ({ received, sets }: ReceivedRoutes) => [
  received,
  ...sets.map(({ attributes, nextHop, prefixes }) => ({
    med: fromCanonical(attributes, 0, attributes.length).med,
    nextHop: nextHop.toString(),
    prefixes: prefixes.map(String),
  })),
];

describe('what a neighbour has sent', () => {
  test('is told by attribute sets, as it was before policy', () => {
    const { rib, ids, announce } = world();
    announce(0, route({ med: 5 }), '10.1.0.0/16', '10.2.0.0/16');
    announce(0, route(), '0.0.0.0/0');
    announce(1, route({ med: 7 }), '10.1.0.0/16');
    const { routes } = read(rib.view.receivedBy(ids, AMPLE));
    expect(shown(routes.get(ids[0])!)).toEqual([
      3,
      { med: 5, nextHop: '198.51.100.1', prefixes: ['10.1.0.0/16', '10.2.0.0/16'] },
      { med: undefined, nextHop: '198.51.100.1', prefixes: ['0.0.0.0/0'] },
    ]);
    expect(shown(routes.get(ids[1])!)).toEqual([1, { med: 7, nextHop: '198.51.100.1', prefixes: ['10.1.0.0/16'] }]);
  });

  test('of more than is wanted is the less specific part, and the same sample of the rest in whichever order it came', () => {
    const more = Array.from({ length: 600 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    const taken = [more, [...more].reverse()].map((order) => {
      const { rib, ids, announce } = world();
      announce(0, route(), ...order);
      announce(0, route(), '0.0.0.0/0', '10.0.0.0/8');
      const { routes } = read(rib.view.receivedBy([ids[0]], { ...AMPLE, prefixes: 100 }));
      const { received, sets } = routes.get(ids[0])!;
      expect(received).toBe(602);
      return sets.flatMap(({ prefixes }) => prefixes.map(String)).sort();
    });
    expect(taken[0]).toEqual(taken[1]);
    expect(taken[0]).toEqual(expect.arrayContaining(['0.0.0.0/0', '10.0.0.0/8']));
    expect(taken[0].length).toBeGreaterThan(50);
    expect(taken[0].length).toBeLessThanOrEqual(100);
  });

  test('ends where attributes take too many octets', () => {
    const { rib, ids, announce } = world();
    for (let med = 0; med < 100; med++) announce(0, route({ med }), `10.0.${med}.0/24`);
    const { routes } = read(rib.view.receivedBy([ids[0]], { ...AMPLE, octets: 250 }));
    const { sets } = routes.get(ids[0])!;
    expect(sets.length).toBeGreaterThan(2);
    expect(sets.reduce((sum, { attributes }) => sum + attributes.length, 0)).toBeLessThanOrEqual(250);
  });

  test('is read of a large table in turns', () => {
    const { rib, ids, announce } = world();
    for (let i = 0; i < 80; i++) announce(0, route(), ...Array.from({ length: 256 }, (_, j) => `10.${i}.${j}.0/24`));
    expect(read(rib.view.receivedBy([ids[0]], AMPLE)).pauses).toBeGreaterThan(1);
  });

  test('leaves out what leads nowhere, whatever policy says', () => {
    const { rib, ids, announce } = world();
    announce(0, route(), '10.1.0.0/16');
    announce(0, route({ nextHop: ip('198.51.100.2').bytes }), '10.2.0.0/16');
    rib.setNextHops([{ address: ip('198.51.100.2'), state: { reachable: false, metric: 0 } }]);
    expect(shown(read(rib.view.receivedBy([ids[0]], AMPLE)).routes.get(ids[0])!).slice(1)).toMatchObject([
      { prefixes: ['10.1.0.0/16'] },
    ]);
  });
});
