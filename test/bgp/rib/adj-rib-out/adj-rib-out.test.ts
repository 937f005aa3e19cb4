import fc from 'fast-check';
import { AdjRibOut } from '../../../../lib/bgp/rib/adj-rib-out/adj-rib-out';
import { AttributeFacts } from '../../../../lib/bgp/rib/table/attribute-facts';
import { toCanonical } from '../../../../lib/bgp/rib/table/canonical';
import { IPV4 } from '../../../../lib/bgp/rib/table/prefix-table';
import { MESSAGE } from '../../../../lib/bgp/wire/message';
import { SEGMENT } from '../../../../lib/bgp/wire/path-attributes';
import { Phases } from '../phases';
import { BOTH, context, Listener } from '../world';

/** Most octets of a message (RFC 4271 section 4.1). */
const MOST_OCTETS = 4096;

/** Three neighbours with routes, the last of which is told, of the best routes or of `all`. */
class World {
  readonly phases = new Phases(3);
  readonly to = this.phases.peers[2];
  readonly out = new AdjRibOut(this.phases.tables, this.phases.bestLog, this.phases.pathLog);
  /** By prefix, the value of each neighbour's route. */
  readonly routes = new Map<number, Map<number, number>>();
  listener: Listener;

  constructor(private readonly all = false) {
    this.listener = this.comes();
  }

  /** The session of the one that is told comes up, if need be after it went down. */
  comes(): Listener {
    const { to } = this;
    const of = context(to.config, this.all ? { addPathSend: new Set(BOTH) } : {});
    to.setContext(of);
    this.out.open(to);
    this.listener = new Listener(of);
    return this.listener;
  }

  /** A neighbour announces a prefix with this value in the path, the better the higher. */
  announce(by: number, prefix: number, value: number): void {
    const { tables, adjRibIn, peers } = this.phases;
    const { attributes, nextHops, prefixes } = tables;
    const of = peers[by];
    const octets = toCanonical({
      origin: 0,
      asPath: [{ type: SEGMENT.sequence, members: [of.config.peerAs, value] }],
    });
    const hash = attributes.hash(octets, 0, octets.length, 4);
    const facts = new AttributeFacts();
    facts.localPref = 3 * value + by; // no two are alike
    const hop = () => nextHops.intern4(0x0a000000 + of.number, of.number);
    const known = attributes.find(hash, 4, octets, 0, octets.length);
    if (known !== 0) attributes.hold(known);
    const set = known || attributes.add(hash, 4, octets, 0, octets.length, 0, facts, hop(), of.number);
    const id = prefixes.add4((0x0a000000 | (prefix << 8)) >>> 0, 24);
    adjRibIn.put(of.number, of, id, 0, set, set);
    attributes.release(set);
    this.routes.set(prefix, (this.routes.get(prefix) ?? new Map()).set(by, value));
  }

  withdraw(by: number, prefix: number): void {
    const { tables, adjRibIn, peers } = this.phases;
    const id = tables.prefixes.find4((0x0a000000 | (prefix << 8)) >>> 0, 24);
    if (id !== 0) adjRibIn.drop(peers[by].number, peers[by], id, 0);
    this.routes.get(prefix)?.delete(by);
  }

  listen(maxBytes: number, times?: number): void {
    const takeOutput = (_: number, most: number) => {
      const bytes = this.out.take(this.to, most);
      expect(bytes?.length ?? 1).toBeGreaterThan(0);
      expect(bytes?.length ?? 0).toBeLessThanOrEqual(Math.max(maxBytes, MOST_OCTETS));
      return bytes;
    };
    this.listener.listen({ takeOutput }, 0, maxBytes, times);
  }

  /** Prefix and value of all that it has heard and not been told to forget. */
  heard(): string[] {
    return [...this.listener.attributes]
      .filter(([key]) => this.listener.routes.has(key))
      .map(([key, { asPath }]) => `${key.split(' ')[0]} ${asPath?.[0].members.slice(1).join(' ')}`)
      .sort();
  }

  /** The same by what neighbours have announced: nothing goes back to where it came from. */
  due(): string[] {
    const told: string[] = [];
    for (const [prefix, routes] of this.routes) {
      const ranked = [...routes].sort(([a, x], [b, y]) => 3 * y + b - (3 * x + a));
      for (const [by, value] of this.all ? ranked : ranked.slice(0, 1))
        if (by !== 2) told.push(`10.0.${prefix}.0/24 ${this.phases.peers[by].config.peerAs} ${value}`);
    }
    return told.sort();
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('announce' as const),
      by: fc.nat(2),
      prefix: fc.nat(5),
      value: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('withdraw' as const), by: fc.nat(2), prefix: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('listen' as const), most: fc.constantFrom(1, 60, 5000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('comes', 'refresh', 'readvertise' as const) }) },
);

describe.each([
  ['the best routes', false],
  ['all paths (RFC 7911)', true],
])('a neighbour that is told %s', (_, all) => {
  test('has in the end what the table has for it, whatever comes and goes, and however it reads', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const world = new World(all);
        for (const one of steps) {
          if (one.do === 'announce') world.announce(one.by, one.prefix, one.value);
          else if (one.do === 'withdraw') world.withdraw(one.by, one.prefix);
          else if (one.do === 'listen') world.listen(one.most, 1);
          else if (one.do === 'comes') world.comes();
          else if (one.do === 'refresh') world.out.refresh(world.to, IPV4, false);
          else world.out.readvertise(world.to);
          world.phases.check();
        }
        world.listen(100);
        expect(world.heard()).toEqual(world.due());
        expect([world.to.advertised[IPV4], world.out.isDue(world.to)]).toEqual([world.due().length, false]);
        expect([...world.listener.ended].sort()).toEqual(BOTH);
        for (const prefix of world.routes.keys()) for (const by of [0, 1, 2]) world.withdraw(by, prefix);
        world.phases.changes();
        world.listen(1);
        expect([world.heard(), world.to.advertised[IPV4]]).toEqual([[], 0]);
        const { prefixes, attributes, paths } = world.phases.tables;
        expect([prefixes, attributes, paths].map(({ count }) => count)).toEqual([0, 0, 0]);
      }),
    );
  });

  test('gets prefixes of one attribute set in one message', () => {
    const world = new World(all);
    world.listen(65536);
    const before = world.listener.messages;
    for (let prefix = 0; prefix < 200; prefix++) world.announce(0, prefix, 1 + (prefix % 2));
    world.listen(65536);
    expect([world.heard(), world.listener.messages - before]).toEqual([world.due(), 2]);
    for (let prefix = 0; prefix < 200; prefix++) world.withdraw(0, prefix);
    world.listen(65536);
    expect([world.heard(), world.listener.messages - before]).toEqual([[], 3]);
  });

  test('that reads little loses nothing of what does not fit, announced or withdrawn', () => {
    const world = new World(all);
    const many = Array.from({ length: 250 }, (_, prefix) => prefix);
    for (const prefix of many) world.announce(0, prefix, 1 + prefix);
    world.listen(100, 1);
    expect(world.heard().length).toBeLessThan(250);
    world.listen(100);
    expect(world.heard()).toEqual(world.due());
    for (const prefix of many) world.announce(0, prefix, 251);
    world.listen(100);
    expect(world.heard()).toEqual(world.due());
  });

  test('gets only the latest state where it reads late, and never hears of what came and went meanwhile', () => {
    const world = new World(all);
    world.listen(65536);
    const before = world.listener.messages;
    for (const value of [1, 2, 3]) {
      world.announce(0, 1, value);
      world.announce(0, 2, value);
    }
    world.withdraw(0, 2);
    world.listen(65536);
    expect([world.heard(), world.listener.messages - before]).toEqual([['10.0.1.0/24 64513 3'], 1]);
  });

  test('that comes late gets the table before End-of-RIB, and what changes behind that just once', () => {
    const world = new World(all);
    world.out.close(world.to);
    for (const prefix of [1, 2, 3]) world.announce(0, prefix, 1);
    expect([world.out.isDue(world.to), world.out.take(world.to, 5000)]).toEqual([false, undefined]);
    const listener = world.comes();
    world.announce(1, 2, 2);
    world.listen(1, 1);
    expect(listener.ended.size).toBe(0);
    expect(world.heard().length).toBeGreaterThan(0);
    world.listen(5000);
    expect([world.heard(), listener.ended.size]).toEqual([world.due(), 2]);
  });

  test('that goes has nothing from us any more, so that numbers of prefixes are free again', () => {
    const world = new World(all);
    world.announce(0, 1, 1);
    world.listen(5000);
    world.withdraw(0, 1);
    world.phases.changes();
    expect(world.phases.tables.prefixes.count).toBe(1); // the withdrawal has not been sent
    world.out.close(world.to);
    expect([world.to.advertised[IPV4], world.phases.tables.prefixes.count]).toEqual([0, 0]);
    expect(world.out.take(world.to, 5000)).toBeUndefined();
  });
});

describe('a neighbour that asks for all again', () => {
  /** The kinds of the messages that are due now. */
  const kinds = (world: World): number[] => {
    const bytes = world.out.take(world.to, 65536) ?? new Uint8Array();
    const all: number[] = [];
    for (let at = 0; at < bytes.length; at += (bytes[at + 16] << 8) | bytes[at + 17]) all.push(bytes[at + 18]);
    return all;
  };
  const { update, routeRefresh } = MESSAGE;

  test('gets it between marks where both know them (RFC 7313), else as it is (RFC 2918)', () => {
    const world = new World();
    world.announce(0, 1, 1);
    expect(kinds(world)).toEqual([update, update, update]); // the route, and two End-of-RIBs
    world.out.refresh(world.to, IPV4, true);
    expect(kinds(world)).toEqual([routeRefresh, update, routeRefresh]);
    world.out.refresh(world.to, IPV4, false);
    expect([kinds(world), kinds(world)]).toEqual([[update], []]);
  });

  test('gets no mark before the first End-of-RIB (RFC 7313 section 4)', () => {
    const world = new World();
    world.announce(0, 1, 1);
    world.out.refresh(world.to, IPV4, true);
    expect(kinds(world)).toEqual([update, update, update]);
  });

  test('loses nothing where more is withdrawn than fits a message', () => {
    const world = new World();
    const { tables } = world.phases;
    const many = Array.from({ length: 1100 }, (_, prefix) => prefix);
    for (const prefix of many) world.announce(0, prefix, 1);
    world.listen(65536);
    for (const prefix of many) world.withdraw(0, prefix);
    world.phases.changes();
    world.listen(100, 1);
    expect(world.to.advertised[IPV4]).toBeGreaterThan(0);
    world.listen(100);
    expect([world.to.advertised[IPV4], world.heard(), tables.prefixes.count]).toEqual([0, [], 0]);
  });

  test('gets nothing of a family that was not negotiated', () => {
    const world = new World();
    world.to.setContext(context(world.to.config, { families: new Set(['ipv6 unicast']) }));
    world.out.open(world.to);
    world.announce(0, 1, 1);
    expect(kinds(world)).toEqual([update]);
    world.out.refresh(world.to, IPV4, true);
    world.out.readvertise(world.to);
    expect(kinds(world)).toEqual([]);
  });
});
