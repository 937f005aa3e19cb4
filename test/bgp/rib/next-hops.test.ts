import fc from 'fast-check';
import { Rib, type RibPeer } from '../../../lib/bgp/rib/rib';
import { BGP_HEADER_LENGTH } from '../../../lib/bgp/wire/message';
import { isSameReach, type NextHopReach, reachOf } from '../../../lib/kernel/fib/resolution/reach';
import { resolve } from '../../../lib/kernel/fib/resolution/resolution';
import type { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { type Foreign, World } from '../../kernel/routing-world';
import { takenChanges } from './taken-changes';
import { context, feed, ip, peer, prefixOf, ROUTER_ID, updates } from './world';

/** A table whose next hops are resolved by the routes of others and by its own choice, as on a node. */
class Node {
  readonly rib = new Rib({ routerId: ROUTER_ID, asksNextHops: true });
  readonly world: World;
  readonly ids: number[];
  private readonly tracked = new Map<string, { address: IpAddress; told: NextHopReach | undefined }>();
  /** What became of the best routes, in order. */
  changes: string[] = [];

  constructor(
    readonly peers: readonly RibPeer[],
    octets: 4 | 16 = 4,
    others?: World,
  ) {
    this.world = new World(octets, others);
    this.ids = peers.map((one) => this.rib.addPeer(one));
    for (const [i, id] of this.ids.entries())
      this.rib.peerUp(id, { ...context(peers[i]), peerRouterId: 0x0b000000 + i });
  }

  announce(n: number, prefix: string, nextHop: string, length = 1): void {
    const { peerAs, localAs } = this.peers[n];
    const members = Array.from({ length }, () => (peerAs === localAs ? 65100 : peerAs));
    const attributes = {
      origin: 0 as const,
      asPath: length === 0 ? [] : [{ type: 2 as const, members }],
      nextHop: ip(nextHop).bytes,
      ...(peerAs === localAs && { localPref: 100 }),
    };
    feed(this.rib, this.ids[n], updates(context(this.peers[n]), [prefixOf(prefix)], attributes));
  }

  /** A whole message, octet by octet. */
  hear(n: number, message: string): void {
    const bytes = Buffer.from(message, 'hex');
    expect(bytes.readUInt16BE(16)).toBe(bytes.length);
    expect(this.rib.update(this.ids[n], bytes, BGP_HEADER_LENGTH, bytes.length)).toEqual({ kind: 'accept' });
  }

  withdraw(n: number, prefix: string): void {
    feed(this.rib, this.ids[n], updates(context(this.peers[n]), [prefixOf(prefix)]));
  }

  /**
   * One turn: what was asked is answered, what changed is told, what was chosen stands. False where nothing was to do.
   */
  turn(): boolean {
    let isBusy = false;
    const { ask, forget } = this.rib.questions();
    for (const address of forget) this.tracked.delete(String(address));
    for (const address of ask) this.tracked.set(String(address), { address, told: undefined });
    for (const { prefix, nextHops } of takenChanges(this.rib)) {
      isBusy = true;
      this.changes.push(`${prefix} ${nextHops?.join('+') ?? 'gone'}`);
      if (nextHops === null) this.world.own.delete(String(prefix));
      else this.world.want({ to: String(prefix), via: nextHops.map(String), isDirect: nextHops[0]?.isDirect === true });
    }
    const news: NextHopReach[] = [];
    const { view } = this.world;
    for (const one of this.tracked.values()) {
      const reach = reachOf(one.address, resolve(view, one.address));
      if (one.told && isSameReach(one.told, reach)) continue;
      one.told = reach;
      news.push(reach);
    }
    this.rib.setNextHops(news.map((reach) => ({ address: reach.address, state: reach })));
    return isBusy || news.length > 0 || this.rib.hasChanges;
  }

  /** Until nothing is to do; how many turns that took. Throws where there is no end to it. */
  settle(most = 60): number {
    for (let turns = 0; turns < most; turns++) if (!this.turn()) return turns;
    throw new Error(`comes to no rest: ${this.changes.slice(-12).join(', ')}`);
  }

  best(prefix: string): string | undefined {
    const [entry] = this.rib.view.routes({ prefix: prefixOf(prefix) });
    return entry && entry.best >= 0 ? String(this.world.own.get(prefix)?.prefix && this.hopOf(prefix)) : undefined;
  }

  why(prefix: string): (string | undefined)[] {
    return [...this.rib.view.routes({ prefix: prefixOf(prefix) })].flatMap(({ paths }) =>
      paths.map(({ reason }) => reason),
    );
  }

  private hopOf(prefix: string): string {
    const { leads } = this.world.own.get(prefix)!;
    return typeof leads === 'object' && 'via' in leads ? leads.via.map(({ address }) => address).join('+') : '';
  }
}

const LINK: Foreign = { to: '192.0.2.0/24', link: 1 };
const DEFAULT: Foreign = { to: '0.0.0.0/0', via: '192.0.2.200', link: 1, metric: 100 };
const direct = (n: number) => peer(n, 65000 + n, { singleHop: true });
const multihop = (n: number) => peer(n, 65000 + n);
const internal = (n: number) => peer(n, 64512);

describe('a next hop that nobody has asked for yet', () => {
  test('is not used before the answer, and displaces no good path', () => {
    const node = new Node([direct(2), multihop(3)]);
    node.world.put(LINK);
    node.announce(0, '10.1.0.0/16', '192.0.2.2', 3);
    node.settle();
    node.announce(1, '10.1.0.0/16', '198.51.100.1');
    expect(node.why('10.1.0.0/16')).toEqual([undefined, 'next-hop']);
    node.settle();
    expect([node.why('10.1.0.0/16'), node.changes]).toEqual([[undefined, 'next-hop'], ['10.1.0.0/16 192.0.2.2']]);
    node.world.put({ to: '198.51.100.0/24', via: '192.0.2.9', link: 1 });
    node.settle();
    expect(node.changes).toEqual(['10.1.0.0/16 192.0.2.2', '10.1.0.0/16 198.51.100.1']);
  });

  test('is asked for once for all routes by it, and no more when the last is gone', () => {
    const node = new Node([direct(2)]);
    for (let i = 0; i < 5; i++) node.announce(0, `10.${i}.0.0/16`, '192.0.2.2');
    expect(node.rib.questions()).toEqual({ ask: [ip('192.0.2.2')], forget: [] });
    node.announce(0, '10.9.0.0/16', '192.0.2.2');
    expect(node.rib.hasQuestions).toBe(false);
    node.rib.setNextHops([{ address: ip('192.0.2.2'), state: { reachable: true, metric: 0 } }]);
    node.announce(0, '10.10.0.0/16', '192.0.2.2');
    const all: string[] = [];
    for (const { prefix } of takenChanges(node.rib)) all.push(String(prefix));
    expect(all.length).toBe(7);
    for (const i of [0, 1, 2, 3, 4, 9, 10]) node.withdraw(0, `10.${i}.0.0/16`);
    expect(node.rib.questions()).toEqual({ ask: [], forget: [ip('192.0.2.2')] });
    expect(node.rib.view.nextHops()).toEqual([]);
  });

  test('that policy gives is waited for, too, and heard of when it is reached later', () => {
    const policy = {
      rules: [{ action: 'accept' as const, set: { nextHop: ip('198.51.100.1') } }],
      otherwise: 'reject' as const,
    };
    const node = new Node([peer(2, 65002, { importPolicy: policy })]);
    node.announce(0, '10.1.0.0/16', '192.0.2.2');
    node.settle();
    expect(node.best('10.1.0.0/16')).toBeUndefined();
    node.world.put({ to: '198.51.100.0/24', link: 1 });
    node.settle();
    expect(node.best('10.1.0.0/16')).toBe('198.51.100.1');
  });
});

describe('a route to its own next hop', () => {
  test('is used over the default route where the session is multihop, and stays', () => {
    const node = new Node([multihop(2)]);
    node.world.put({ to: '203.0.113.0/24', link: 1 });
    node.world.put({ ...DEFAULT, via: '203.0.113.1' });
    node.announce(0, '192.0.2.2/32', '192.0.2.2');
    node.announce(0, '192.0.2.0/24', '192.0.2.2');
    node.settle();
    expect(node.changes).toEqual(['192.0.2.2/32 192.0.2.2', '192.0.2.0/24 192.0.2.2']);
  });

  test('goes with the link that was renumbered, and does not vouch for itself', () => {
    const node = new Node([direct(2)]);
    node.world.put(LINK);
    node.announce(0, '192.0.2.2/32', '192.0.2.2');
    node.announce(0, '10.0.0.0/8', '192.0.2.2');
    node.settle();
    node.world.put(LINK, 'remove');
    node.world.put({ to: '203.0.113.0/24', link: 1 });
    node.settle();
    expect([node.best('192.0.2.2/32'), node.best('10.0.0.0/8')]).toEqual([undefined, undefined]);
  });

  test('is no better path than the one that leads to the next hop', () => {
    // The loopback of a node, from a top-of-rack switch and over the mesh, where its path is the shorter one.
    const node = new Node([direct(2), internal(3)]);
    node.world.put(LINK);
    node.announce(0, '10.255.0.9/32', '192.0.2.2', 2);
    node.announce(1, '10.255.0.9/32', '10.255.0.9', 0);
    node.announce(1, '10.64.0.0/26', '10.255.0.9', 0);
    node.settle();
    expect(node.changes).toEqual(['10.255.0.9/32 192.0.2.2', '10.64.0.0/26 10.255.0.9']);
    expect(node.why('10.255.0.9/32').sort()).toEqual(['next-hop-recursive', undefined]);
  });
});

/** UPDATEs of a multihop neighbour of AS 65002 whose prefix covers the next hop; without the marker. */
const COVERING = [
  ['its own address', '192.0.2.2/32', '003002000000144001010040020602010000fdea400304c000020220c0000202'],
  ['the subnet of its own address', '192.0.2.0/24', '002f02000000144001010040020602010000fdea400304c000020218c00002'],
  ['both', '192.0.2.0/24', '003402000000144001010040020602010000fdea400304c000020218c0000220c0000202'],
  ['all there is', '0.0.0.0/0', '002c02000000144001010040020602010000fdea400304c000020200'],
  [
    'its own IPv6 address',
    '2001:db8:2::2/128',
    '004e02000000374001010040020602010000fdea900e0026000201' +
      '1020010db8000200000000000000000002008020010db8000200000000000000000002',
  ],
  [
    'the IPv6 subnet of its own address',
    '2001:db8:2::/48',
    '0044020000002d4001010040020602010000fdea900e001c000201' + '1020010db8000200000000000000000002003020010db80002',
  ],
] as const;

describe('a neighbour behind a default route that announces', () => {
  test.each(COVERING)('%s is heard once, and nothing moves from then on', (_, prefix, message) => {
    const isIpv6 = prefix.includes(':');
    const node = new Node([multihop(2)], isIpv6 ? 16 : 4);
    const router = isIpv6 ? '2001:db8:1::1' : '203.0.113.1';
    node.world.put({ to: isIpv6 ? '2001:db8:1::/64' : '203.0.113.0/24', link: 1 });
    node.world.put({ to: isIpv6 ? '::/0' : '0.0.0.0/0', via: router, link: 1, metric: 1024 });
    node.hear(0, 'ff'.repeat(16) + message);
    node.settle();
    const [{ length }, via] = [node.changes, isIpv6 ? '2001:db8:2::2' : '192.0.2.2'];
    expect([node.best(prefix), node.world.ways(via).length]).toEqual([via, 1]);
    expect(node.changes.filter((line) => line.endsWith('gone'))).toEqual([]);
    for (let again = 0; again < 5; again++) {
      node.hear(0, 'ff'.repeat(16) + message); // it says it again, as after a refresh
      node.settle();
    }
    expect(node.changes.length).toBe(length);
  });

  test.each(COVERING)('%s has nothing to stand on when the default route is gone', (_, prefix, message) => {
    const node = new Node([multihop(2)], prefix.includes(':') ? 16 : 4);
    node.world.put(prefix.includes(':') ? { to: '2001:db8:1::/64', link: 1 } : { to: '203.0.113.0/24', link: 1 });
    node.hear(0, 'ff'.repeat(16) + message);
    node.settle();
    expect([node.best(prefix), node.changes]).toEqual([undefined, []]);
  });
});

describe('two routes that may lead to the next hops of each other', () => {
  test('do not give each other up for ever', () => {
    const node = new Node([multihop(2), direct(3)]);
    node.world.put(LINK);
    for (const prefix of ['10.1.0.0/16', '10.2.0.0/16']) node.announce(1, prefix, '192.0.2.3', 5);
    node.settle();
    node.announce(0, '10.1.0.0/16', '10.2.0.1');
    node.announce(0, '10.2.0.0/16', '10.1.0.1');
    node.settle();
    const hops = ['10.1.0.0/16', '10.2.0.0/16'].map((prefix) => node.best(prefix));
    expect(hops.filter((hop) => hop === '192.0.2.3').length).toBe(1);
  });

  test('are used where the routes on the way have another way, though the first one of each leads through them', () => {
    const node = new Node([multihop(2)]);
    node.world.put(LINK);
    const hops = [
      ['10.1.0.0/16', '10.2.0.1'],
      ['10.2.0.0/16', '10.3.0.1'],
      ['10.0.0.0/15', '192.0.2.2'],
      ['10.0.0.0/8', '10.1.0.1'],
      ['0.0.0.0/0', '10.1.0.2'],
    ] as const;
    for (const [prefix, hop] of hops) node.announce(0, prefix, hop);
    node.settle();
    expect(hops.map(([prefix]) => node.best(prefix))).toEqual(hops.map(([, hop]) => hop));
    expect(node.changes.length).toBe(hops.length); // each came once, and none went
    node.withdraw(0, '10.0.0.0/15');
    node.settle();
    expect([...node.world.own.keys()]).toEqual([]);
  });
});

describe('routes each of which covers the next hops of all', () => {
  // In all their orders they are more than can be looked at.
  const lengths = Array.from({ length: 14 }, (_, i) => 9 + i);

  test('are all used where a less specific one leads on, and none where it is gone', () => {
    const node = new Node([multihop(2)]);
    node.world.put(LINK);
    for (const length of lengths) node.announce(0, `10.0.0.0/${length}`, `10.0.0.${length}`);
    node.settle();
    expect(node.changes).toEqual([]);
    for (let again = 0; again < 2; again++) {
      node.announce(0, '10.0.0.0/8', '192.0.2.2');
      node.settle();
      expect(node.world.own.size).toBe(1 + lengths.length);
      node.withdraw(0, '10.0.0.0/8');
      node.settle();
      expect([...node.world.own.keys()]).toEqual([]);
    }
    expect(node.changes.length).toBe(4 * (1 + lengths.length));
  });
});

describe('the next hop of a neighbour on a link', () => {
  test('is not looked for behind a default route when the link goes', () => {
    const node = new Node([direct(2), multihop(3)]);
    node.world.put(LINK);
    node.world.put({ to: '203.0.113.0/24', link: 2 });
    node.world.put({ to: '0.0.0.0/0', via: '203.0.113.1', link: 2 });
    node.announce(0, '10.1.0.0/16', '192.0.2.2');
    node.announce(1, '10.2.0.0/16', '192.0.2.3');
    node.settle();
    node.world.put(LINK, 'remove');
    node.settle();
    expect(node.changes.slice(2)).toEqual(['10.1.0.0/16 gone']);
    expect(node.why('10.1.0.0/16')).toEqual(['next-hop-default']);
  });
});

describe('a chain of routes, each to the next hop of the one before, behind a default route', () => {
  // Were the work to double with every link, none of these would ever end.
  const LENGTH = 60;
  const orders: readonly [string, (i: number) => number][] = [
    ['from its beginning', (i) => i],
    ['from its end', (i) => LENGTH - 1 - i],
    ['in no order', (i) => (i * 37) % LENGTH],
  ];
  test.each(orders)('that comes %s costs no more than its length has it, and goes without a trace', (_, order) => {
    const node = new Node([multihop(2)]);
    node.world.put(LINK);
    node.world.put(DEFAULT);
    const links = Array.from({ length: LENGTH }, (_, i) => [`100.64.0.${i}/32`, `100.64.0.${i + 1}`] as const);
    for (let i = 0; i < LENGTH; i++) node.announce(0, ...links[order(i)]);
    expect(node.settle(4 * LENGTH)).toBeLessThan(4 * LENGTH);
    expect(node.changes.length).toBeLessThan(4 * LENGTH);
    for (const [prefix] of links) node.withdraw(0, prefix);
    node.settle(4 * LENGTH);
    expect([...node.world.own.keys()]).toEqual([]);
  });
});

/** The invariant of docs/invariants.md for next hops: whatever neighbours say, and whatever becomes of the links. */
describe('whatever neighbours announce, and whatever others do to the kernel', () => {
  const address = fc.record({ third: fc.nat(2), last: fc.nat(2) }).map(({ third, last }) => `10.0.${third}.${last}`);
  const hop = fc.oneof(address, fc.constantFrom('192.0.2.2', '192.0.2.3', '192.0.2.4'));
  const to = fc
    .record({ address, length: fc.constantFrom(0, 8, 23, 24, 31, 32) })
    .map((one) => String(Prefix.of(ip(one.address), one.length)));
  const foreign: fc.Arbitrary<Foreign> = fc.oneof(
    fc.constantFrom(LINK, DEFAULT),
    fc.record({
      to,
      via: fc.constantFrom('192.0.2.200', '192.0.2.201'),
      link: fc.constant(1),
      metric: fc.constantFrom(0, 100, 300),
    }),
  );
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ from: fc.nat(3), prefix: to, hop, length: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ from: fc.nat(3), withdrawn: to }) },
    { weight: 2, arbitrary: fc.record({ foreign, isThere: fc.boolean() }) },
    { weight: 2, arbitrary: fc.constant('settle' as const) },
    { weight: 1, arbitrary: fc.constant('turn' as const) },
  );

  test('routes come to rest; none stands without a way to its next hop that does not need it, none is missing that has one, in any order', () => {
    let used = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const node = new Node([direct(2), multihop(3), internal(4), internal(5)]);
        const paths = new Map<string, { from: number; prefix: string; hop: string; length: number }>();
        node.world.put(LINK);
        for (const one of steps) {
          if (one === 'settle') node.settle();
          else if (one === 'turn') node.turn();
          else if ('foreign' in one) node.world.put(one.foreign, one.isThere ? 'add' : 'remove', true);
          else if ('withdrawn' in one) {
            node.withdraw(one.from, one.withdrawn);
            paths.delete(`${one.from} ${one.withdrawn}`);
          } else {
            const { from, prefix, hop: next } = one;
            const length = one.length + Number(from < 2);
            node.announce(from, prefix, next, length);
            paths.set(`${from} ${prefix}`, { from, prefix, hop: next, length });
          }
        }
        node.settle();
        for (const [prefix, { leads }] of node.world.own) {
          if (typeof leads !== 'object' || !('via' in leads)) continue;
          for (const { address: next, isDirect } of leads.via) {
            const { ways } = resolve(node.world.view, next!);
            const way = ways.find(({ isDefault }) => !isDirect || !isDefault);
            expect([prefix, String(next), way !== undefined]).toEqual([prefix, String(next), true]);
            if (!way!.onLink) expect(way!.through.map(String)).not.toContain(prefix);
            used++;
          }
        }
        for (const { from, prefix, hop: next } of paths.values()) {
          if (node.best(prefix) !== undefined) continue;
          const { ways } = resolve(node.world.view, ip(next));
          const way = ways.find(({ onLink }) => onLink || from !== 0);
          expect([prefix, next, way && String(way.through)]).toEqual([prefix, next, undefined]);
        }
        const other = new Node(node.peers, 4, node.world);
        for (const { from, prefix, hop: next, length } of [...paths.values()].reverse())
          other.announce(from, prefix, next, length);
        other.settle();
        expect([...other.world.own.keys()].sort()).toEqual([...node.world.own.keys()].sort());
      }),
      { numRuns: 1000 },
    );
    expect(used).toBeGreaterThan(1000);
  });
});
