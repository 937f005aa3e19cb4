import fc from 'fast-check';
import { Rib, type RibPeer } from '../../../lib/bgp/rib/rib';
import type { WireContext } from '../../../lib/bgp/wire/context';
import { type PathAttributes, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import type { IpAddress } from '../../../lib/model/address';
import { AsNumber } from '../../../lib/model/as-number';
import { AsPathPattern } from '../../../lib/model/as-path-pattern';
import { Community } from '../../../lib/model/community';
import type { FilterRule, Policy } from '../../../lib/model/filter';
import { sure } from '../../../lib/model/problem';
import { share } from '../../breadth';
import { attributesText, ReferenceRib } from './reference';
import { BOTH, context, feed, ip, Listener, OWN_AS, peer, prefixOf, ROUTER_ID, updates } from './world';

const CLUSTER = 0x0a00ffff;
const PREFIXES = [
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.1.0/24',
  '0.0.0.0/0',
  '192.0.2.7/32',
  '2001:db8::/32',
  '2001:db8:1::/48',
  '::/0',
  '240.1.0.0/16',
  '127.0.0.1/32',
  '::1/128',
].map(prefixOf);
const HOPS = { ipv4: ['198.51.100.1', '198.51.100.2'], ipv6: ['2001:db8:f::1', '2001:db8:f::2'] };
const PEERS = [
  peer(1, 65001, { role: 'customer' }),
  peer(2, 65002, { nextHop: 'keep', role: 'peer' }),
  peer(3, 70000, { localAddress: ip('203.0.113.1') }), // as a host whose own address is a loopback
  peer(4, OWN_AS, { routeReflectorClient: true, role: 'provider' }), // a role that means nothing within an AS
  peer(5, OWN_AS, { routeReflectorClient: true, nextHop: 'self' }),
  peer(6, OWN_AS, { localAddress: ip('203.0.113.3') }),
  peer(7, 65007, { role: 'routeServer', inside: false, importPolicy: undefined, exportPolicy: undefined }),
  peer(8, 65008, { localAddress: ip('2001:db8:2::1') }),
];
// Peer 8 takes IPv6 next hops for IPv4 routes. Peer 3 has two-octet AS numbers; peer 2 has no IPv6. Peer 5 gets all
// paths of both families, peer 1 those of IPv6.
const contextOf = (config: RibPeer): WireContext =>
  context(config, {
    as4: config.name !== 'peer3',
    ...(config.name === 'peer5' && { addPathSend: new Set(BOTH) }),
    ...(config.name === 'peer1' && { addPathSend: new Set(['ipv6 unicast'] as const) }),
    ...(config.name === 'peer8' && { extendedNextHop: new Set(['ipv4 unicast'] as const) }),
    ...(config.name === 'peer2' && { families: new Set(['ipv4 unicast'] as const) }),
  });

const community = (text: string) => sure(Community.parse(text));
const number = (value: number) => sure(AsNumber.parse(value));
const communities = fc.subarray(['64512:1', 'no-export', '64512:1:2', 'rt:64512:1', 'soo:64512:2'].map(community));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 1, arbitrary }, { weight: 1, arbitrary: fc.constant(undefined) });
/** A condition; a rule with many of them would match nothing. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 1, arbitrary }, { weight: 6, arbitrary: fc.constant(undefined) });
const numbers = fc.array(fc.constantFrom(65001, 65002, 65010).map(number), { minLength: 1, maxLength: 2 });

/** Without the members that are undefined, as the model gives them. */
const clean = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

const settings = fc
  .record({
    communities: seldom(communities),
    addCommunities: maybe(communities),
    removeCommunities: maybe(communities),
    prepend: maybe(fc.integer({ min: 1, max: 3 })),
    prependAsNumbers: maybe(numbers),
    localPreference: maybe(fc.constantFrom(0, 100, 150, 4294967295)),
    med: maybe(fc.constantFrom(0, 15, 4294967295)),
    nextHop: maybe(fc.constantFrom<'self' | IpAddress>('self', ip('198.51.100.2'), ip('2001:db8:f::2'))),
  })
  .map(({ communities: all, addCommunities, removeCommunities, ...rest }) =>
    clean({ ...rest, ...(all ? { communities: all } : { addCommunities, removeCommunities }) }),
  );

/** A rule that names a few things; none that only exports know where `isImport`. */
const ruleFor = (isImport: boolean): fc.Arbitrary<FilterRule> =>
  fc
    .record({
      prefix: seldom(
        fc
          .constantFrom('10.0.0.0/8', '10.1.0.0/16', '2001:db8::/32', '0.0.0.0/0', '240.0.0.0/4', '127.0.0.0/8')
          .map(prefixOf),
      ),
      communities: seldom(communities.filter((some) => some.length > 0)),
      asPathBeginsWith: seldom(numbers),
      asPathContains: seldom(numbers),
      asPathMatches: seldom(
        fc
          .constantFrom('_65010_', '^65001( |$)', '^$', '65020,65021\\}$')
          .map((text) => sure(AsPathPattern.parse(text))),
      ),
      localPreference: seldom(fc.constantFrom(0, 100, 150, 4294967295)),
      peerType: seldom(fc.constantFrom('ebgp' as const, 'ibgp' as const)),
      nextHop: seldom(fc.constantFrom('198.51.100.0/31', '2001:db8:f::1/128').map(prefixOf)),
      interface: isImport ? fc.constant(undefined) : seldom(fc.constantFrom('cali*', '*0', 'eth0')),
      source: isImport ? fc.constant(undefined) : seldom(fc.constantFrom('workload' as const, 'bgp' as const)),
      action: fc.constantFrom('accept' as const, 'accept' as const, 'reject' as const),
      set: maybe(settings),
    })
    .map(({ set, action, ...rest }) => {
      const then = isImport && set?.nextHop === 'self' ? { ...set, nextHop: undefined } : set;
      return clean({ ...rest, action, set: action === 'accept' ? then && clean(then) : undefined });
    });

const drawnPolicy = (isImport: boolean): fc.Arbitrary<Policy | undefined> =>
  fc.record({
    rules: fc.array(ruleFor(isImport), { minLength: 1, maxLength: 3 }),
    otherwise: fc.constantFrom('accept' as const, 'reject' as const),
  });

const policy = fc.constantFrom<Policy | undefined>(
  { rules: [], otherwise: 'accept' },
  { rules: [], otherwise: 'reject' },
  { rules: [{ prefix: prefixOf('10.0.0.0/8'), ge: 16, action: 'reject' }], otherwise: 'accept' },
  { rules: [{ prefix: prefixOf('10.1.0.0/16'), le: 16, action: 'accept' }, { action: 'reject' }], otherwise: 'accept' },
  { rules: [{ prefix: prefixOf('2001:db8::/32'), action: 'accept' }], otherwise: 'reject' },
  undefined,
);

const which = fc.nat(PEERS.length - 1);
const someOf = fc.uniqueArray(fc.nat(PREFIXES.length - 1), { minLength: 1 });
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const as = fc.constantFrom(65001, 65002, 65010, 65011, 4200000000);
const attributes = fc.record({
  origin: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
  path: fc.array(as, { maxLength: 3 }),
  set: fc.boolean(),
  ownAs: fc.boolean(),
  hop: fc.nat(1),
  med: some(fc.constantFrom(0, 10, 20)),
  localPref: fc.constantFrom(50, 100, 200),
  communities: some(fc.constantFrom([0xfde80001], [0xffffff01], [0xffffff02, 0xfde80001], [0xffffff03], [0xffff0000])),
  originatorId: some(fc.constantFrom(0x0a000009, 0x01000000, ROUTER_ID)),
  clusterList: some(fc.constantFrom([1], [1, 2], [CLUSTER])),
  unknown: fc.boolean(),
  others: fc.boolean(),
  onlyToCustomer: some(fc.constantFrom(65001, 65002, 65099)),
});
type Drawn = typeof attributes extends fc.Arbitrary<infer T> ? T : never;

/** What may come from this neighbour. */
function attributesFrom(config: RibPeer, drawn: Drawn, family: 'ipv4' | 'ipv6'): PathAttributes {
  const external = config.localAs !== config.peerAs;
  const members = [...(external ? [config.peerAs] : []), ...drawn.path, ...(drawn.ownAs ? [OWN_AS] : [])];
  const defined = Object.entries({
    origin: drawn.origin,
    asPath: [
      ...(members.length > 0 ? [{ type: SEGMENT.sequence, members }] : []),
      ...(drawn.set ? [{ type: SEGMENT.set, members: [65020, 65021] }] : []),
    ],
    nextHop: ip(HOPS[family][drawn.hop]).bytes,
    med: drawn.med,
    communities: drawn.communities,
    localPref: external ? undefined : drawn.localPref,
    originatorId: external ? undefined : drawn.originatorId,
    clusterList: external ? undefined : drawn.clusterList,
    largeCommunities: drawn.others ? [[64512, 1, 2]] : undefined,
    extendedCommunities: drawn.others ? [community('rt:64512:1').octets] : undefined,
    onlyToCustomer: drawn.onlyToCustomer,
    unknown: drawn.unknown ? [{ type: 99, flags: 0xe0, value: Uint8Array.of(1, 2, 3) }] : undefined,
  }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined);
}

const configure = fc.record({
  do: fc.constant('configure' as const),
  peer: which,
  importPolicy: fc.oneof(policy, drawnPolicy(true)),
  exportPolicy: fc.oneof(policy, drawnPolicy(false)),
  client: fc.boolean(),
  allowOwnAs: fc.nat(1),
  nextHop: fc.constantFrom('auto' as const, 'self' as const, 'keep' as const),
  gracefulShutdown: fc.boolean(),
  nodeAs: some(fc.constantFrom(OWN_AS, 65010)),
  localAsPrepend: some(fc.constantFrom('import' as const, 'export' as const, 'both' as const)),
  refuseAsSets: fc.boolean(),
});

/** What the link of a session has for an external neighbour. */
const readdress = fc.record({
  do: fc.constant('readdress' as const),
  peer: which,
  other: some(fc.nat(1)),
  linkLocal: fc.boolean(),
});
const LINK = { ipv4: ['203.0.113.4', '203.0.113.5'], ipv6: ['2001:db8:3::1', '2001:db8:3::2'] };

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('announce' as const), peer: which, prefixes: someOf, attributes }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('withdraw' as const), peer: which, prefixes: someOf }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('up' as const), peer: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('down' as const), peer: which, retain: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const), peer: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh' as const), peer: which }) },
  { weight: 1, arbitrary: configure },
  { weight: 1, arbitrary: readdress },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('originate' as const),
      prefix: fc.nat(PREFIXES.length - 1),
      med: some(fc.nat(9)),
      interface: some(fc.constantFrom('cali0', 'eth0')),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('withdrawOrigin' as const), prefix: fc.nat(PREFIXES.length - 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('nextHop' as const),
      hop: fc.nat(3),
      reachable: fc.boolean(),
      metric: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('listen' as const), peer: which, maxBytes: fc.constantFrom(100, 5000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('takeChanges' as const), limit: fc.nat(4) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The RIB under test and the plain one side by side, with everybody who listens. */
class Pair {
  readonly rib = new Rib({ routerId: ROUTER_ID, clusterId: CLUSTER });
  readonly reference = new ReferenceRib(ROUTER_ID, CLUSTER);
  readonly ids = PEERS.map((config) => {
    const id = this.rib.addPeer(config);
    this.reference.peers.set(id, { config, routerId: 0x0b000000 + id, paths: new Map() });
    return id;
  });
  readonly listeners = new Map<number, Listener>();
  readonly installed = new Map<string, string>();

  run(step: Step): void {
    const id = 'peer' in step ? this.ids[step.peer] : 0;
    const plain = this.reference.peers.get(id);
    switch (step.do) {
      case 'up': {
        if (plain!.context) break;
        plain!.context = contextOf(plain!.config);
        this.rib.peerUp(id, { ...plain!.context, peerRouterId: plain!.routerId });
        this.listeners.set(id, new Listener(plain!.context));
        break;
      }
      case 'down':
        this.listeners.delete(id);
        this.rib.peerDown(id, { retain: step.retain });
        this.reference.peerDown(id, step.retain);
        break;
      case 'sweep':
        this.rib.sweepStale(id);
        this.reference.sweepStale(id);
        break;
      case 'announce':
      case 'withdraw':
        if (plain!.context) for (const index of step.prefixes) this.hear(id, step, index);
        break;
      case 'refresh':
        this.rib.refreshRequested(id, 'ipv4 unicast');
        break;
      case 'configure': {
        const { do: _, peer: __, client, nodeAs, localAsPrepend, ...retuned } = step;
        const routeReflectorClient = client && plain!.config.localAs === plain!.config.peerAs;
        const { nodeAs: ___, localAsPrepend: ____, ...kept } = plain!.config;
        plain!.config = {
          ...kept,
          ...retuned,
          routeReflectorClient,
          ...(nodeAs !== undefined && { nodeAs }),
          ...(localAsPrepend && { localAsPrepend }),
        };
        this.rib.changePeer(id, plain!.config);
        break;
      }
      case 'readdress': {
        const { localAddress } = plain!.config;
        const other = localAddress.family === 'ipv4' ? 'ipv6' : 'ipv4';
        const nextHops = {
          [localAddress.family]: localAddress,
          ...(step.other !== undefined && { [other]: ip(LINK[other][step.other]) }),
          ...(step.other !== undefined && other === 'ipv6' && step.linkLocal && { linkLocal: ip('fe80::7') }),
        };
        plain!.config = { ...plain!.config, nextHops };
        this.rib.changePeer(id, plain!.config);
        break;
      }
      case 'originate': {
        const { med } = step;
        this.rib.originate(PREFIXES[step.prefix], clean({ med, interface: step.interface }));
        const attributes = { origin: 0 as const, asPath: [], ...(med !== undefined && { med }) };
        this.reference.originate(PREFIXES[step.prefix], attributes, step.interface);
        break;
      }
      case 'withdrawOrigin':
        this.rib.withdrawOrigin(PREFIXES[step.prefix]);
        this.reference.withdrawOrigin(PREFIXES[step.prefix]);
        break;
      case 'nextHop': {
        const address = ip([...HOPS.ipv4, ...HOPS.ipv6][step.hop]);
        this.rib.setNextHops([{ address, state: { reachable: step.reachable, metric: step.metric } }]);
        this.reference.setNextHop(address, step.reachable, step.metric);
        break;
      }
      case 'listen':
        this.listeners.get(id)?.listen(this.rib, id, step.maxBytes, 1);
        break;
      case 'takeChanges':
        this.takeChanges(step.limit);
        break;
    }
  }

  private hear(id: number, step: Extract<Step, { prefixes: number[] }>, index: number): void {
    const plain = this.reference.peers.get(id)!;
    const prefix = PREFIXES[index];
    if (!plain.context!.families.has(prefix.family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast')) return;
    if (step.do === 'announce') {
      const attributes = attributesFrom(plain.config, step.attributes, prefix.family);
      this.reference.announce(id, prefix, attributes);
      expect(feed(this.rib, id, updates(plain.context!, [prefix], attributes)).kind).toBe('accept');
    } else {
      this.reference.withdraw(id, prefix);
      feed(this.rib, id, updates(plain.context!, [prefix]));
    }
  }

  takeChanges(limit = Number.POSITIVE_INFINITY): void {
    for (let left = limit; left > 0; left--) {
      const change = this.rib.takeChange();
      if (!change) return;
      const { prefix, nextHops, peer, local } = change;
      if (nextHops === null) expect(this.installed.delete(String(prefix))).toBe(true);
      else this.installed.set(String(prefix), `${peer} ${nextHops} ${local}`);
    }
  }

  /** Everybody reads to the end; then all must agree. */
  compare(): void {
    this.takeChanges();
    const best = [...this.reference.best()].map(([prefix, { peer, attributes }]) => {
      const hops = peer === 0 ? '' : String(IpText(attributes));
      return [prefix, `${peer} ${hops} ${peer === 0}`];
    });
    expect(new Map([...this.installed].sort())).toEqual(new Map(best.sort() as [string, string][]));
    for (const [id, listener] of this.listeners) {
      listener.listen(this.rib, id);
      const wanted = this.reference.advertised(id).map(([prefix, sent]) => `${prefix} ${attributesText(sent)}`);
      const known = [...listener.routes].map(([key, attributes]) => `${key.split(' ')[0]} ${attributes}`);
      expect({ id, routes: known.sort() }).toEqual({ id, routes: wanted.sort() });
      expect([...listener.ended].sort()).toEqual([...this.reference.peers.get(id)!.context!.families].sort());
      expect(this.rib.hasOutput(id)).toBe(false);
      const { advertised } = total(this.rib.view.counts(id));
      expect(advertised).toBe(listener.routes.size);
    }
    for (const [id, { paths, context: up }] of this.reference.peers) {
      expect(total(this.rib.view.counts(id)).received).toBe(paths.size);
      if (!up) expect(total(this.rib.view.counts(id)).advertised).toBe(0);
    }
  }

  /** All sessions end and all routes go: nothing may be left in the tables. */
  end(): void {
    for (const id of this.ids) this.rib.removePeer(id);
    for (const prefix of PREFIXES) this.rib.withdrawOrigin(prefix);
    this.takeChanges();
    expect(this.installed.size).toBe(0);
    expect(this.rib.view.size).toEqual({ prefixes: 0, paths: 0, attributeSets: 0, nextHops: 0 });
  }
}

const IpText = ({ nextHop }: PathAttributes) =>
  [...HOPS.ipv4, ...HOPS.ipv6].find((text) => ip(text).bytes.join() === nextHop!.join());

function total(counts: ReturnType<Rib['view']['counts']>) {
  const [a, b] = [counts['ipv4 unicast'], counts['ipv6 unicast']];
  return { received: a.received + b.received, advertised: a.advertised + b.advertised };
}

/** A route that is about to go (RFC 8326) is told by its preference of 0, whatever LOCAL_PREF came with it. */
const leaving: [Step[][], Extract<Step, { do: 'configure' }>[]] = [
  [
    [
      {
        do: 'announce',
        peer: 0,
        prefixes: [0],
        attributes: {
          ...{ origin: 0, path: [], set: false, ownAs: false, hop: 0, med: undefined, localPref: 50 },
          ...{ communities: [0xffff0000], originatorId: undefined, clusterList: undefined },
          ...{ unknown: false, others: false, onlyToCustomer: undefined },
        } as Drawn,
      },
    ],
  ],
  [
    {
      ...{ do: 'configure', peer: 3, client: false, allowOwnAs: 0, nextHop: 'auto', gracefulShutdown: false },
      ...{ nodeAs: undefined, localAsPrepend: undefined, refuseAsSets: false },
      importPolicy: undefined,
      exportPolicy: { rules: [{ localPreference: 0, action: 'accept' }], otherwise: 'reject' },
    } as Extract<Step, { do: 'configure' }>,
  ],
];

describe('the RIB and the plain one written down from the RFCs', () => {
  test('choose the same best routes and tell every peer the same, whatever happens and however slowly peers read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(step, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 3 }),
        fc.array(configure, { maxLength: 8 }),
        (rounds, before) => {
          const pair = new Pair();
          for (const each of before) pair.run(each);
          for (const index of PEERS.keys()) if (index !== 2) pair.run({ do: 'up', peer: index });
          for (const steps of rounds) {
            for (const each of steps) pair.run(each);
            pair.compare();
          }
          pair.end();
        },
      ),
      { numRuns: share(300), examples: [leaving] },
    );
  });
});
