import fc from 'fast-check';
import { feed as full } from '../../../bench/table/feed';
import { prefixes } from '../../../bench/table/prefixes';
import { Rib } from '../../../lib/bgp/rib/rib';
import { MB, MOST_NEXT_HOPS, RouteMemory } from '../../../lib/bgp/rib/route-memory';
import { NextHopTable } from '../../../lib/bgp/rib/table/next-hop-table';
import type { RibTables } from '../../../lib/bgp/rib/tables';
import type { PathAttributes } from '../../../lib/bgp/wire/path-attributes';
import type { Prefix } from '../../../lib/model/prefix';
import { readFabric } from '../../../lib/model/read';
import { routingOf } from '../../../lib/node/routing';
import { runningSessions } from '../../../lib/node/sessions';
import { share } from '../../breadth';
import { context, feed, ip, messages, mirrored, peer, prefixOf, ROUTER_ID, updates } from './world';

const FABRIC = readFabric({
  name: 'f',
  nodes: { n1: { endpoint: 'unix:///s', ipv4Address: '10.0.0.1' } },
  peers: { transit: { address: '192.0.2.1', asNumber: 65001 } },
}).fabric!;

const MED = { rules: [{ action: 'accept', set: { localPreference: 200 } }], otherwise: 'reject' } as const;
const CONFIGS = [peer(1, 65001), peer(2, 65002, { importPolicy: MED }), peer(3, 65003)];
const CONTEXTS = CONFIGS.map((config) => context(config));

const attributes = (n: number, hop: number): PathAttributes => ({
  origin: 0,
  asPath: [{ type: 2, members: [65001 + (n % 3), 1000 + n] }],
  nextHop: ip(`198.51.100.${1 + hop}`).bytes,
  communities: Array.from({ length: 7 * (n % 5) }, (_, i) => i),
});

function world() {
  const rib = new Rib({ routerId: ROUTER_ID });
  const ids = CONFIGS.map((config) => rib.addPeer(config));
  const up = (n: number) => rib.peerUp(ids[n], { ...CONTEXTS[n], peerRouterId: n + 1 });
  for (const n of ids.keys()) up(n);
  const give = (n: number, prefix: Prefix, route?: PathAttributes) =>
    feed(rib, ids[n], updates(CONTEXTS[n], [prefix], route));
  return { rib, ids, up, give, held: () => ids.map((id) => rib.memory.held(id)) };
}

describe('the memory that routes take', () => {
  test('is what those that are there take, whatever came and went before: each neighbour’s own, and all together', () => {
    const peers = fc.nat(2);
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ peer: peers, prefix: fc.nat(9), route: fc.nat(20), hop: fc.nat(3) }),
      },
      { weight: 2, arbitrary: fc.record({ peer: peers, withdraw: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ peer: peers, down: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ peer: peers, policy: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { rib, ids, up, give, held } = world();
        const there = new Map<string, [number, Prefix, PathAttributes]>();
        const policies = CONFIGS.map((config) => config.importPolicy);
        for (const each of steps) {
          const key = (number: number) => `${each.peer} ${number}`;
          if ('route' in each) {
            const [prefix, route] = [prefixOf(`10.${each.prefix}.0.0/16`), attributes(each.route, each.hop)];
            give(each.peer, prefix, route);
            there.set(key(each.prefix), [each.peer, prefix, route]);
          } else if ('withdraw' in each) {
            give(each.peer, prefixOf(`10.${each.withdraw}.0.0/16`));
            there.delete(key(each.withdraw));
          } else if ('policy' in each) {
            policies[each.peer] = each.policy ? MED : CONFIGS[0].importPolicy;
            rib.changePeer(ids[each.peer], { ...CONFIGS[each.peer], importPolicy: policies[each.peer] });
          } else {
            // `down`: its routes are kept for it to come back, and stay, or they are gone.
            rib.peerDown(ids[each.peer], { retain: each.down, keepsStale: true });
            up(each.peer);
            if (!each.down) for (const [name, [from]] of there) if (from === each.peer) there.delete(name);
          }
        }
        while (rib.takeChange());
        const other = world();
        for (const [n, id] of other.ids.entries())
          other.rib.changePeer(id, { ...CONFIGS[n], importPolicy: policies[n] });
        for (const route of there.values()) other.give(...route);
        expect(held()).toEqual(other.held());
        expect(rib.memory.total).toBe(other.rib.memory.total);
        expect(held().every((octets, n) => octets > 0 === [...there.values()].some(([from]) => from === n))).toBe(true);
        for (const id of ids) rib.peerDown(id, { retain: false });
        while (rib.takeChange());
        expect([...held(), rib.memory.total]).toEqual([0, 0, 0, 0]);
      }),
      { numRuns: share(200) },
    );
  });

  test('is counted for a neighbour that is down and whose routes are kept, and not for one whose routes are about to go', () => {
    const { rib, ids, give } = world();
    for (let i = 0; i < 5000; i++) give(i % 2, prefixOf(`10.${i >> 8}.${i & 255}.0/24`), attributes(i, 1));
    rib.memory.most = rib.memory.total - 1;
    expect(rib.memory.isExceeded).toBe(true);
    rib.peerDown(ids[0], { retain: true });
    expect(rib.memory.isExceeded).toBe(true);
    rib.sweepStale(ids[0], undefined, { later: true });
    expect(rib.hasWork).toBe(true);
    expect(rib.memory.isExceeded).toBe(false);
  });

  test('has each next hop in it, however few attributes there are', () => {
    const { rib, ids, give } = world();
    give(0, prefixOf('10.0.0.0/16'), attributes(1, 0));
    const before = rib.memory.held(ids[0]);
    give(0, prefixOf('10.1.0.0/16'), attributes(1, 1));
    expect(rib.memory.held(ids[0]) - before).toBeGreaterThan(1000);
  });
});

describe('the limits of an agent that was told none', () => {
  test('have room for full tables of five neighbours, a million routes each, with and without import filters', () => {
    // A fiftieth of the table that the bench loads; what it takes grows with it.
    const count = 20_000;
    const table = prefixes(count);
    const { maxRouteMemory: all } = routingOf(FABRIC, 'n1');
    const [{ config }] = runningSessions({ active: { fabric: FABRIC } }, 'n1');
    for (const importPolicy of [undefined, MED]) {
      const rib = new Rib({ routerId: ROUTER_ID });
      for (let n = 1; n <= 5; n++) {
        const neighbour = peer(n, 65000 + n, importPolicy && { importPolicy });
        const of = context(neighbour);
        const id = rib.addPeer(neighbour);
        rib.peerUp(id, { ...of, peerRouterId: n });
        feed(rib, id, [...messages(full(table, mirrored(of), { nextHop: ip('192.0.2.1').bytes, seed: n }).bytes)]);
        expect(rib.view.received(id)).toBe(count);
        expect(rib.memory.held(id) * 50).toBeLessThan(0.5 * config.maxRouteMemory! * MB);
      }
      expect(rib.memory.total * 50).toBeLessThan(0.6 * all! * MB);
    }
  });
});

describe('who pays where all routes take too much', () => {
  /** The name of the payer where neighbours hold so many routes. */
  const payer = (
    neighbours: Readonly<Record<string, { routes: number; limit?: number; group?: string }>>,
  ): string | undefined => {
    const rib = new Rib({ routerId: ROUTER_ID, maxRouteMemory: 100_000 });
    for (const [n, [name, { routes, limit, group }]] of Object.entries(neighbours).entries()) {
      const config = peer(n + 1, 65001, {
        name,
        ...(limit !== undefined && { maxRouteMemory: limit }),
        ...(group !== undefined && { group }),
      });
      const id = rib.addPeer(config);
      const of = context(config);
      rib.peerUp(id, { ...of, peerRouterId: n + 1 });
      for (let i = 0; i < routes; i++)
        feed(rib, id, updates(of, [prefixOf(`10.${n}.${i}.0/24`)], attributes(n, n % 200)));
    }
    return rib.view.peer(rib.memory.payer())?.name;
  };

  test.each([
    ['the one that holds most', { a: { routes: 5 }, b: { routes: 9 }, c: { routes: 2 } }, 'b'],
    ['nobody, where nobody holds anything', { a: { routes: 0 }, b: { routes: 0 } }, undefined],
    [
      'the one that holds most beyond its share, which is as its limit says',
      { transit: { routes: 200, limit: 90_000 }, customer: { routes: 60, limit: 2000 } },
      'customer',
    ],
    [
      'the largest of those that came from one prefix, however small each of many is',
      {
        transit: { routes: 30 },
        ...Object.fromEntries(
          Array.from({ length: 12 }, (_, i) => [`stranger${i}`, { routes: i === 7 ? 6 : 5, group: 'strangers' }]),
        ),
      },
      'stranger7',
    ],
  ])('is %s', (_, neighbours, expected) => expect(payer(neighbours)).toBe(expected));
});

describe('a neighbour with many paths to one prefix (RFC 7911)', () => {
  test('is stopped at the 257th', () => {
    const config = peer(1, 65001);
    const of = context(config, { addPathReceive: new Set(['ipv4 unicast']) });
    const rib = new Rib({ routerId: ROUTER_ID });
    const id = rib.addPeer(config);
    rib.peerUp(id, { ...of, peerRouterId: 1 });
    const give = (pathId: number) => {
      const [body] = updates(of, [prefixOf('10.0.0.0/16')], attributes(1, 1));
      new DataView(body.buffer, body.byteOffset, body.length).setUint32(body.length - 7, pathId);
      return rib.update(id, body, 0, body.length);
    };
    for (let pathId = 1; pathId <= 256; pathId++) expect(give(pathId)).toEqual({ kind: 'accept' });
    expect(give(256)).toEqual({ kind: 'accept' });
    expect(give(257)).toMatchObject({
      kind: 'session-reset',
      reason: 'more than 256 paths to one prefix',
      notification: { code: 6, subcode: 8 },
    });
    expect(rib.view.received(id)).toBe(256);
  });
});

test('a neighbour may have so many distinct next hops and not one more, whatever others have', () => {
  const table = new NextHopTable();
  const [one, other] = [1, 2];
  const memory = new RouteMemory({ nextHops: table } as RibTables, () => new Set());
  const ids = Array.from({ length: MOST_NEXT_HOPS }, (_, n) => table.intern4(0x0a4d0000 + n, one));
  for (let n = 0; n < 100; n++) table.intern4(0x0a4d0000 + n, other);
  table.intern4(0x0a4d0000, one); // the same once more
  expect([one, other].map((peer) => memory.hasTooManyNextHops(peer))).toEqual([false, false]);
  table.intern4(0x0a4e0000, one);
  expect([one, other].map((peer) => memory.hasTooManyNextHops(peer))).toEqual([true, false]);
  table.release(ids[7]);
  expect(memory.hasTooManyNextHops(one)).toBe(false);
});
