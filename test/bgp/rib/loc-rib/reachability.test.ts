import fc from 'fast-check';
import { Reachability } from '../../../../lib/bgp/rib/loc-rib/reachability';
import { Rib } from '../../../../lib/bgp/rib/rib';
import type { Prefix } from '../../../../lib/model/prefix';
import { context, feed, ip, peer, prefixOf, ROUTER_ID, updates } from '../world';

const PEERS = [2, 3].map((n) => peer(n, 65000 + n));
const PREFIXES = ['10.1.0.0/16', '10.2.0.0/15', '0.0.0.0/0', '2001:db8:1::/48', '2001:db8::/32', '::/0'].map(prefixOf);

class World {
  readonly rib = new Rib({ routerId: ROUTER_ID });
  readonly ids = PEERS.map((one) => this.rib.addPeer(one));

  constructor() {
    for (const [i, id] of this.ids.entries())
      this.rib.peerUp(id, { ...context(PEERS[i]), peerRouterId: 0x0b000000 + i });
  }

  announce(by: number, prefix: Prefix, isAccepted = true): void {
    const attributes = {
      origin: 0 as const,
      // a path with this AS in it is offered, and not used
      asPath: [{ type: 2 as const, members: isAccepted ? [65002 + by] : [65002 + by, 64512] }],
      nextHop: ip(prefix.family === 'ipv4' ? `192.0.2.${2 + by}` : `2001:db8::${2 + by}`).bytes,
    };
    feed(this.rib, this.ids[by], updates(context(PEERS[by]), [prefix], attributes));
  }

  withdraw(by: number, prefix: Prefix): void {
    feed(this.rib, this.ids[by], updates(context(PEERS[by]), [prefix]));
  }

  now(): Reachability {
    return Reachability.now(this.rib.tables.prefixes, this.rib.tables.paths);
  }

  lost(before: Reachability, without: readonly number[] = [], from = 0, to = before.size): string[] {
    const { prefixes, paths } = this.rib.tables;
    const gone = before.lost(prefixes, paths, new Set(without.map((by) => this.ids[by])), from, to);
    return [...gone].map(({ prefix, isOffered }) => `${prefix}${isOffered ? ' offered' : ''}`).sort();
  }
}

describe('what was reachable', () => {
  test('is compared with what is, of both families', () => {
    const world = new World();
    for (const prefix of PREFIXES) world.announce(0, prefix);
    const before = world.now();
    expect([before.size, world.lost(before)]).toEqual([6, []]);
    world.withdraw(0, prefixOf('10.1.0.0/16'));
    world.withdraw(0, prefixOf('2001:db8::/32'));
    world.announce(0, prefixOf('::/0'), false);
    expect(world.lost(before)).toEqual(['10.1.0.0/16', '2001:db8::/32', '::/0 offered']);
    world.announce(1, prefixOf('10.1.0.0/16'));
    expect(world.lost(before)).toEqual(['2001:db8::/32', '::/0 offered']);
  });

  test('leaves out what this node originates', () => {
    const world = new World();
    world.rib.originate(prefixOf('10.9.0.0/16'));
    expect(world.now().size).toBe(0);
  });

  test('does not count the paths of neighbours that are left out, and looks at a range alone', () => {
    const world = new World();
    const [one, other] = PREFIXES;
    world.announce(0, one);
    world.announce(0, other);
    world.announce(1, other);
    const before = world.now();
    expect(world.lost(before, [0])).toEqual([`${one} offered`]);
    expect(world.lost(before, [0, 1])).toEqual([`${one} offered`, `${other} offered`].sort());
    expect([world.lost(before, [0, 1], 0, 1), world.lost(before, [0, 1], 1, 9)].flat().sort()).toEqual(
      world.lost(before, [0, 1]),
    );
  });

  test('is lost where no neighbour offers an accepted path any more, whatever came and went', () => {
    const step = fc.record({
      by: fc.nat(1),
      prefix: fc.constantFrom(...PREFIXES),
      what: fc.constantFrom('accepted', 'unused', 'withdrawn'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.array(step, { maxLength: 20 }), (first, second) => {
        const world = new World();
        const state = new Map<string, string>();
        const take = (steps: typeof first) => {
          for (const { by, prefix, what } of steps) {
            if (what === 'withdrawn') world.withdraw(by, prefix);
            else world.announce(by, prefix, what === 'accepted');
            state.set(`${by} ${prefix}`, what);
          }
        };
        const has = (what: string) =>
          PREFIXES.filter((prefix) => [0, 1].some((by) => state.get(`${by} ${prefix}`) === what)).map(String);
        take(first);
        const before = world.now();
        const were = has('accepted');
        expect(before.size).toBe(were.length);
        take(second);
        const [are, offered] = [has('accepted'), has('unused')];
        expect(world.lost(before)).toEqual(
          were
            .filter((prefix) => !are.includes(prefix))
            .map((prefix) => (offered.includes(prefix) ? `${prefix} offered` : prefix))
            .sort(),
        );
      }),
      { numRuns: 60 },
    );
  });
});
