import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { REJECT_ALL } from '../../../../lib/bgp/policy/policy';
import {
  BY_ATTRIBUTES,
  BY_NEXT_HOP,
  BY_POLICY,
  BY_RECURSION,
  type Described,
  describeIneligibility,
} from '../../../../lib/bgp/rib/adj-rib-in/ineligibility';
import type { LocalInterface } from '../../../../lib/bgp/rib/adj-rib-out/own-next-hop';
import { Rib, type RibPeer } from '../../../../lib/bgp/rib/rib';
import { IpAddress } from '../../../../lib/model/address';
import { Prefix } from '../../../../lib/model/prefix';
import { takenChanges } from '../taken-changes';
import { BOTH, context, ip, Listener, OWN_AS, peer, prefixOf, ROUTER_ID } from '../world';

const octets = (address: string) => Buffer.from(ip(address).bytes).toString('hex');
const UNSPECIFIED = '0'.repeat(32);

/** ORIGIN IGP and the AS_PATH 65002. */
const PATH = '40010100400206020100' + '00fdea';
const LOCAL_PREF = '40050400000064';

/** The octets of an UPDATE body that announces an IPv6 prefix with a next hop of 16 or 32 octets, as FRR sends it. */
function ipv6(nextHop: string, { internal = false, prefix = '40fd00000000000009' } = {}): Uint8Array {
  const reach = `000201${(nextHop.length / 2).toString(16).padStart(2, '0')}${nextHop}00${prefix}`;
  const attributes = `900e${(reach.length / 2).toString(16).padStart(4, '0')}${reach}${PATH}${internal ? LOCAL_PREF : ''}`;
  return Buffer.from(`0000${(attributes.length / 2).toString(16).padStart(4, '0')}${attributes}`, 'hex');
}

/** The same for 10.1.0.0/16, in the NLRI field with NEXT_HOP, or (16 octets and more) by RFC 8950. */
function ipv4(nextHop: string): Uint8Array {
  if (nextHop.length > 8) {
    const reach = `000101${(nextHop.length / 2).toString(16).padStart(2, '0')}${nextHop}00100a01`;
    const attributes = `900e${(reach.length / 2).toString(16).padStart(4, '0')}${reach}${PATH}`;
    return Buffer.from(`0000${(attributes.length / 2).toString(16).padStart(4, '0')}${attributes}`, 'hex');
  }
  const attributes = `${PATH}400304${nextHop}`;
  return Buffer.from(`0000${(attributes.length / 2).toString(16).padStart(4, '0')}${attributes}100a01`, 'hex');
}

const V6 = 'fd00:0:0:9::/64';
const V4 = '10.1.0.0/16';
const LL = 'fe80::1';
const ALONE = octets(LL);
const external = (n: number, more: Partial<RibPeer> = {}) => peer(n, 65000 + n, { singleHop: true, ...more });

const interfacesOf = (interfaces: Readonly<Record<string, readonly string[]>>): LocalInterface[] =>
  Object.entries(interfaces).map(([name, addresses]) => ({
    name,
    addresses: addresses.map((text) => {
      const [address, length] = text.split('/');
      return { address: ip(address), length: Number(length) };
    }),
  }));

/** A RIB with neighbours that are up; IPv4 routes may have an IPv6 next hop. */
const world = (...configs: RibPeer[]) => worldOf(new Rib({ routerId: ROUTER_ID }), ...configs);

function worldOf(rib: Rib, ...configs: RibPeer[]) {
  const ids = configs.map((config) => rib.addPeer(config));
  const contexts = configs.map((config) => context(config, { extendedNextHop: new Set(BOTH) }));
  for (const [n, id] of ids.entries()) rib.peerUp(id, { ...contexts[n], peerRouterId: 0x0b000000 + n });
  const listeners = contexts.map((each) => new Listener(each));
  return {
    rib,
    ids,
    give: (n: number, body: Uint8Array) => rib.update(ids[n], body, 0, body.length),
    on: (link?: string, n = 0) =>
      rib.setLinks(link === undefined ? [] : [{ prefix: Prefix.of(configs[n].address, 24), interface: link }]),
    /** The interfaces of the node, by name with their addresses. */
    own: (interfaces: Readonly<Record<string, readonly string[]>>) => rib.setInterfaces(interfacesOf(interfaces)),
    state: (address: string, onLink: boolean, reachable = true) =>
      rib.setNextHops([{ address: ip(address), state: { reachable, metric: 0, onLink } }]),
    why: (prefix: string) =>
      [...rib.view.routes({ prefix: prefixOf(prefix) })].flatMap(({ paths }) => paths.map(({ reason }) => reason)),
    changes: () => {
      const all: string[] = [];
      for (const { prefix, nextHops } of takenChanges(rib)) all.push(`${prefix} ${nextHops?.join('+') ?? 'gone'}`);
      return all;
    },
    heard: (n: number) => {
      listeners[n].listen(rib, ids[n]);
      return [...listeners[n].attributes].map(([prefix, { nextHop }]) => `${prefix} ${IpAddress.fromBytes(nextHop!)}`);
    },
    knows: (n: number) => {
      listeners[n].listen(rib, ids[n]);
      return [...listeners[n].routes.keys()];
    },
  };
}

describe('a next hop that is a link-local address alone (RFC 2545)', () => {
  describe.each([
    ['of 16 octets', ALONE],
    ['twice, as FRR sends it from an interface without a global address', ALONE + ALONE],
    ['behind ::, as others send it', UNSPECIFIED + ALONE],
  ])('%s', (_, nextHop) => {
    test('is used on the link that the session runs over', () => {
      const { give, on, changes, why } = world(external(2));
      on('eth0');
      give(0, ipv6(nextHop));
      expect(changes()).toEqual([`${V6} fe80::1%eth0`]);
      expect(why(V6)).toEqual([undefined]);
    });

    test('makes the route ineligible where the session runs over none, and is used as soon as it does', () => {
      const { give, on, changes, why } = world(external(2));
      give(0, ipv6(nextHop));
      expect([changes(), why(V6)]).toEqual([[], ['next-hop-link-local']]);
      on('eth0');
      expect([changes(), why(V6)]).toEqual([[`${V6} fe80::1%eth0`], [undefined]]);
      on();
      expect([changes(), why(V6)]).toEqual([[`${V6} gone`], ['next-hop-link-local']]);
    });

    test('does not displace a good path, and is not told on as a way by this node', () => {
      const { give, changes, knows } = world(external(2), external(3, { peerAs: 65002 }), external(4));
      give(1, ipv6(octets('2001:db8::3')));
      give(0, ipv6(nextHop));
      expect(changes()).toEqual([`${V6} 2001:db8::3`]);
      give(1, Buffer.from('0000000f800f0c00020140fd00000000000009', 'hex'));
      expect(changes()).toEqual([`${V6} gone`]);
      expect(knows(2)).toEqual([]);
    });

    test('goes to no neighbour as it is: iBGP and `keep` too are told this node', () => {
      const { give, on, heard } = world(
        external(2),
        peer(5, OWN_AS),
        external(6, { nextHop: 'keep' }),
        peer(7, OWN_AS, { localAddresses: { ipv4: ip('192.0.2.254') } }),
      );
      on('eth0');
      give(0, ipv6(nextHop));
      expect([heard(1), heard(2), heard(3)]).toEqual([[`${V6} 2001:db8::254`], [`${V6} 2001:db8::254`], []]);
    });

    test('is used for IPv4 routes, too (RFC 8950)', () => {
      const { give, on, changes, heard } = world(external(2), peer(5, OWN_AS));
      on('eth0');
      give(0, ipv4(nextHop));
      expect(changes()).toEqual([`${V4} fe80::1%eth0`]);
      expect(heard(1)).toEqual([`${V4} 192.0.2.254`]);
    });

    test('of an internal neighbour is judged in the same way', () => {
      const { give, on, changes, why } = world(peer(5, OWN_AS));
      give(0, ipv6(nextHop, { internal: true }));
      expect(why(V6)).toEqual(['next-hop-link-local']);
      on('eth1');
      expect(changes()).toEqual([`${V6} fe80::1%eth1`]);
    });
  });

  test('is another next hop on another link', () => {
    const { rib, give, changes } = world(external(2), external(3));
    rib.setLinks([
      { prefix: prefixOf('192.0.2.0/24'), interface: 'eth0' },
      { prefix: prefixOf('192.0.2.3/32'), interface: 'eth1' },
    ]);
    give(0, ipv6(ALONE));
    give(1, ipv6(ALONE, { prefix: '40fd0000000000000a' }));
    expect(changes()).toEqual([`${V6} fe80::1%eth0`, 'fd00:0:0:a::/64 fe80::1%eth1']);
  });

  test('moves with the neighbour to another link, as one change', () => {
    const { give, on, changes } = world(external(2));
    on('eth0');
    give(0, ipv6(ALONE));
    changes();
    on('eth1');
    expect(changes()).toEqual([`${V6} fe80::1%eth1`]);
    on('eth1');
    expect(changes()).toEqual([]);
  });

  test('means the link that the session is bound to', () => {
    const { give, on, changes } = world(external(2, { interface: 'swp1' }));
    give(0, ipv6(ALONE));
    on();
    expect(changes()).toEqual([`${V6} fe80::1%swp1`]);
  });

  test('beside a global one leaves that the next hop', () => {
    const { give, changes } = world(external(2));
    give(0, ipv6(octets('2001:db8::3') + ALONE));
    expect(changes()).toEqual([`${V6} 2001:db8::3`]);
  });
});

describe('a next hop that is an address of this node (RFC 4271 section 6.3 a)', () => {
  const ETH0 = { eth0: ['192.0.2.254/24', '2001:db8::254/64', 'fe80::254/64'] };
  const multihop = (n: number) => external(n, { singleHop: false });

  // fe80::254 alone, and twice; the anycast address of the link's routers; by RFC 2545 and for IPv4 routes by RFC 8950.
  const UPDATES: readonly (readonly [name: string, hex: string, prefix: string])[] = [
    [
      'link-local, alone',
      '0000002d900e001c00020110fe8000000000000000000000000002540030200100630001400101004002060201' + '0000fdea',
      '2001:63:1::/48',
    ],
    [
      'link-local, twice',
      '0000003d900e002c00020120fe800000000000000000000000000254fe80000000000000000000000000025400' +
        '302001006300014001010040020602010000fdea',
      '2001:63:1::/48',
    ],
    [
      'link-local, of an IPv4 route',
      '00000029900e001800010110fe80000000000000000000000000025400100a014001010040020602010000fdea',
      V4,
    ],
    [
      'the link-local anycast one',
      '0000002d900e001c00020110fe8000000000000000000000000000000030200100630001400101004002060201' + '0000fdea',
      '2001:63:1::/48',
    ],
    [
      'a global anycast one',
      '0000002d900e001c0002011020010db80000000000000000000000000030200100630001400101004002060201' + '0000fdea',
      '2001:63:1::/48',
    ],
  ];

  describe.each(UPDATES)('%s', (_, hex, prefix) => {
    test.each([
      ['direct', external(2)],
      ['multihop', multihop(2)],
      ['direct, over IPv6', external(2, { address: ip('2001:db8::2'), localAddress: ip('2001:db8::254') })],
    ])('makes the route ineligible, displaces no good path, and is told to nobody: %s', (_kind, config) => {
      const { rib, own, give, changes, why, knows } = world(config, external(3, { peerAs: 65002 }), external(4));
      rib.setLinks(['192.0.2.0/24', '2001:db8::/64'].map((to) => ({ prefix: prefixOf(to), interface: 'eth0' })));
      own(ETH0);
      give(0, Buffer.from(hex, 'hex'));
      expect([changes(), why(prefix), knows(2)]).toEqual([[], ['next-hop-own'], []]);
      const good =
        prefix === V4 ? ipv4(octets('192.0.2.3')) : ipv6(octets('2001:db8::3'), { prefix: '30200100630001' });
      give(1, good);
      expect(changes()).toEqual([`${prefix} ${prefix === V4 ? '192.0.2.3' : '2001:db8::3'}`]);
      give(0, Buffer.from(hex, 'hex'));
      expect([changes(), knows(2)]).toEqual([[], [prefix]]);
    });

    test('is judged anew when the address comes and goes', () => {
      const { own, on, give, changes, why } = world(external(2));
      on('eth0');
      give(0, Buffer.from(hex, 'hex'));
      const [used] = changes();
      expect(used).toMatch(/ (fe80::|2001:db8::)/);
      own(ETH0);
      expect([changes(), why(prefix)]).toEqual([[`${prefix} gone`], ['next-hop-own']]);
      own({ eth0: ['192.0.2.254/24'] });
      expect([changes(), why(prefix)]).toEqual([[used], [undefined]]);
    });
  });

  test('is one on its own link alone, also when the neighbour moves there', () => {
    const { own, on, give, changes, why } = world(external(2));
    own({ eth0: ['192.0.2.254/24', 'fe80::9/64'], eth1: ['192.0.2.254/24', 'fe80::1/64'] });
    on('eth0');
    give(0, ipv6(ALONE));
    expect(changes()).toEqual([`${V6} fe80::1%eth0`]);
    on('eth1');
    expect([changes(), why(V6)]).toEqual([[`${V6} gone`], ['next-hop-own']]);
    on('eth0');
    expect([changes(), why(V6)]).toEqual([[`${V6} fe80::1%eth0`], [undefined]]);
  });

  test('counts while nobody may use it, too', () => {
    const { rib, give, why } = world(external(2));
    rib.setInterfaces([{ name: 'eth0', addresses: [], unusable: [{ address: ip('2001:db8::77'), length: 64 }] }]);
    give(0, ipv6(octets('2001:db8::77')));
    expect(why(V6)).toEqual(['next-hop-own']);
  });

  test('that the policy sets is none better, and comes back with the address gone', () => {
    const importPolicy = {
      rules: [{ action: 'accept' as const, set: { nextHop: ip('192.0.2.77') } }],
      otherwise: 'reject' as const,
    };
    const rib = new Rib({ routerId: ROUTER_ID, asksNextHops: true });
    const { own, give, state, changes } = worldOf(rib, external(2, { importPolicy }));
    give(0, ipv4(octets('192.0.2.2')));
    state('192.0.2.77', true);
    expect(changes()).toEqual([`${V4} 192.0.2.77`]);
    own({ eth1: ['192.0.2.77/24'] });
    expect(changes()).toEqual([`${V4} gone`]);
    own({});
    expect(changes()).toEqual([`${V4} 192.0.2.77`]);
  });

  test('of a session that comes, or goes, counts at once for routes that are there', () => {
    const { rib, give, changes } = world(external(2));
    give(0, ipv4(octets('192.0.2.77')));
    expect(changes()).toEqual([`${V4} 192.0.2.77`]);
    const id = rib.addPeer(external(3, { localAddress: ip('192.0.2.77') }));
    give(0, ipv6(octets('2001:db8::3')));
    expect(changes()).toEqual([`${V4} gone`, `${V6} 2001:db8::3`]);
    rib.removePeer(id);
    give(0, ipv6(octets('2001:db8::4')));
    expect(changes()).toEqual([`${V4} 192.0.2.77`, `${V6} 2001:db8::4`]);
  });

  test.each([
    ['on a link of two routers (RFC 6164)', '2001:db8:0:5::1/127', '2001:db8:0:5::', external(2)],
    ['of another link', 'fe80::1/64', 'fe80::', external(2)],
    ['that the neighbour has itself', '2001:db8::254/64', '2001:db8::', external(2, { address: ip('2001:db8::') })],
  ])('is not the one with a zero interface identifier %s', (_, own, nextHop, config) => {
    const all = world(config);
    all.rib.setLinks([
      { prefix: prefixOf(config.address.family === 'ipv4' ? '192.0.2.0/24' : '2001:db8::/64'), interface: 'eth0' },
    ]);
    all.own({ eth1: [own] });
    all.give(0, ipv6(octets(nextHop)));
    expect(all.why(V6)).toEqual([undefined]);
  });

  /** Addresses, some of which are those of a subnet’s routers; links; who has which when. */
  const ADDRESSES = ['fe80::', 'fe80::1', 'fe80::2', '2001:db8::', '2001:db8::3', '2001:db8::9'];
  const some = fc.subarray(['fe80::1/64', 'fe80::2/64', '2001:db8::3/64', '2001:db8::3/127', '192.0.2.77/24']);
  const interfaces = fc.record({ eth0: some, eth1: some });
  const acts = fc.array(
    fc.oneof(
      fc.record({ own: interfaces }),
      fc.record({ on: fc.constantFrom('eth0', 'eth1', undefined) }),
      fc.record({ give: fc.constantFrom(...ADDRESSES) }),
    ),
    { minLength: 1, maxLength: 12 },
  );

  test('whatever comes in whatever order, what is chosen is as if all of it had been there before the route', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const told = ADDRESSES.map(
          (address, i) => [address, `40fd000000000001${i.toString(16).padStart(2, '0')}`] as const,
        );
        const live = world(external(2));
        const given = new Set<string>();
        const chosen = new Map<string, string>();
        let own = {};
        let link: string | undefined;
        const send = (to: ReturnType<typeof world>, address: string) =>
          to.give(0, ipv6(octets(address), { prefix: told.find(([one]) => one === address)![1] }));
        for (const act of all) {
          if ('own' in act) {
            own = act.own;
            live.own(own);
          } else if ('on' in act) {
            link = act.on;
            live.on(link);
          } else {
            send(live, act.give);
            given.add(act.give);
          }
          for (const line of live.changes()) chosen.set(line.split(' ')[0], line);
        }
        const fresh = world(external(2));
        fresh.own(own);
        fresh.on(link);
        for (const address of given) send(fresh, address);
        expect([...chosen.values()].filter((line) => !line.endsWith('gone')).sort()).toEqual(fresh.changes().sort());
      }),
      { seed: 4271, numRuns: 200 },
    );
  });
});

describe('an IPv4 address in an IPv6 next hop', () => {
  test.each(['::ffff:10.0.0.2', '::10.0.0.2'])('makes an IPv6 route ineligible: %s', (address) => {
    const { give, changes, why, knows } = world(external(2), external(3));
    give(0, ipv6(octets(address)));
    expect([changes(), why(V6), knows(1)]).toEqual([[], ['next-hop-mapped'], []]);
  });

  test.each([
    ['::ffff:10.0.0.2', [`${V4} 10.0.0.2`], [undefined]],
    ['::10.0.0.2', [], ['next-hop-mapped']],
    ['::ffff:127.0.0.1', [], []],
  ])('is the IPv4 next hop of an IPv4 route where it is mapped, and a host’s: %s', (address, used, reasons) => {
    const { give, changes, why } = world(external(2));
    give(0, ipv4(octets(address)));
    expect([changes(), why(V4)]).toEqual([used, reasons]);
  });

  test('with a link-local one behind it is no better', () => {
    const { give, on, why } = world(external(2));
    on('eth0');
    give(0, ipv6(octets('::ffff:10.0.0.2') + ALONE));
    expect(why(V6)).toEqual(['next-hop-mapped']);
  });
});

describe('a next hop that is not on the link', () => {
  test.each([
    ['198.51.100.9', ipv4(octets('198.51.100.9')), V4],
    ['2001:db8:f::9', ipv6(octets('2001:db8:f::9')), V6],
    ['2001:db8:f::9', ipv4(octets('2001:db8:f::9')), V4],
  ])('is not used of an external neighbour without multihop, nor told on (%s)', (address, body, prefix) => {
    const { give, state, changes, why, knows } = world(external(2), external(3));
    state(address, false);
    give(0, body);
    expect([changes(), why(prefix), knows(1)]).toEqual([[], ['next-hop-off-link'], []]);
    state(address, true);
    expect([changes(), why(prefix), knows(1)]).toEqual([[`${prefix} ${address}`], [undefined], [prefix]]);
    state(address, false);
    expect([changes(), why(prefix), knows(1)]).toEqual([[`${prefix} gone`], ['next-hop-off-link'], []]);
  });

  test.each([
    ['a third party on the link', external(2), '192.0.2.77', true],
    ['the neighbour’s own address, whatever the kernel says', external(2), '192.0.2.2', false],
    ['any that is reached, with multihop', external(2, { singleHop: false }), '198.51.100.9', false],
    ['any that is reached, of an internal neighbour', peer(2, OWN_AS, { singleHop: true }), '198.51.100.9', false],
  ])('is no matter for %s', (_, config, address, onLink) => {
    const { give, state, changes } = world(config);
    state(address, onLink);
    const body = ipv4(octets(address));
    const internal = Buffer.from(`0000001b${PATH}400304${octets(address)}${LOCAL_PREF}100a01`, 'hex');
    give(0, config.peerAs === OWN_AS ? internal : body);
    expect(changes()).toEqual([`${V4} ${address}`]);
  });

  test('is judged anew when the session becomes multihop', () => {
    const { rib, ids, give, state, changes } = world(external(2));
    state('198.51.100.9', false);
    give(0, ipv4(octets('198.51.100.9')));
    rib.changePeer(ids[0], external(2, { singleHop: false }));
    expect(changes()).toEqual([`${V4} 198.51.100.9`]);
  });
});

describe('routes that may not be used', () => {
  const taken = ({ rib }: { rib: Rib }) =>
    [...rib.takeRefusals()].flatMap(([id, all]) =>
      all.map(({ why, count, prefix, nextHop }) => `${id} ${why} ${count} ${prefix} ${nextHop}`),
    );

  test('are counted by neighbour and reason, with the first of them', () => {
    const all = world(external(2), external(3));
    all.give(0, ipv6(octets('::ffff:10.0.0.2'), { prefix: '40fd0000000000000940fd0000000000000a' }));
    all.give(0, ipv6(octets('::ffff:10.0.0.3'), { prefix: '40fd0000000000000b' }));
    all.give(1, ipv6(ALONE));
    expect(all.rib.hasRefusals).toBe(true);
    expect(taken(all)).toEqual([`1 next-hop-mapped 3 ${V6} ::ffff:10.0.0.2`, `2 next-hop-link-local 1 ${V6} fe80::1`]);
    expect(all.rib.hasRefusals).toBe(false);
  });

  test('are counted when a next hop leaves the link, and not when policy rejects them anyway', () => {
    const all = world(external(2), external(3, { importPolicy: REJECT_ALL }));
    for (const n of [0, 1]) all.give(n, ipv4(octets('198.51.100.9')));
    expect(taken(all)).toEqual([]);
    all.state('198.51.100.9', false);
    expect(taken(all)).toEqual([`1 next-hop-off-link 1 ${V4} 198.51.100.9`]);
  });
});

const FILE = join(__dirname, '../../../../docs/ineligible.md');
const HEADING = '| Reason | Why | Clause | Logged |\n| --- | --- | --- | --- |\n';

test('docs/ineligible.md has the table of reasons; UPDATE_ERRORS=1 writes it anew', () => {
  const rows = Object.entries({ ...BY_ATTRIBUTES, ...BY_NEXT_HOP, ...BY_RECURSION, ...BY_POLICY }).map(
    ([name, { text, clause, isReported = false }]: [string, Described]) =>
      `| ${name} | ${text} | ${clause} | ${isReported ? 'yes' : 'no'} |\n`,
  );
  const text = readFileSync(FILE, 'utf8');
  const begin = text.indexOf(HEADING) + HEADING.length;
  const end = text.indexOf('\n## ', begin);
  const wanted = `${text.slice(0, begin)}${rows.join('')}${text.slice(end)}`;
  if (process.env.UPDATE_ERRORS) writeFileSync(FILE, wanted);
  expect(readFileSync(FILE, 'utf8')).toBe(wanted);
});

test('says each reason in words, with the clause that it rests on', () => {
  expect(describeIneligibility('next-hop')).toBe('the next hop is unreachable (RFC 4271 9.1.2.1)');
  expect(describeIneligibility('policy')).toBe('it is rejected by import policy (RFC 4271 9.1.1)');
});
