import { makeRelease, openRelease, writeRelease } from '../../lib/control/release';
import type { FabricSpec } from '../../lib/model/fabric';
import type { PeerSpec } from '../../lib/model/peer';
import { readFabric } from '../../lib/model/read';
import type { Held, HeldFabric } from '../../lib/node/held';
import { localAsAfter, sessionsWith } from '../../lib/node/local-as';
import { runningSessions } from '../../lib/node/sessions';
import { impactOf } from '../../lib/preview/impact';
import { sessionsOf } from '../../lib/topology/derive';
import { explainSession } from '../../lib/topology/explain';
import { valid } from '../model/valid';

const fabric = (peers: Readonly<Record<string, PeerSpec>>, more: Partial<FabricSpec> = {}) =>
  valid({
    ...{ name: 'lab', nodeToNodeMesh: false, asNumber: 64512, peers },
    nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } },
    ...more,
  });
const UPLINK = { interface: 'eth1', peerType: 'external' } as const;
const problems = (peer: object) =>
  readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } }, peers: { up: peer } }).problems.map(String);

describe('a peer on a link without addresses', () => {
  test('is a session of each node with its own neighbour, for both families, named after the link', () => {
    const lab = fabric({ up: UPLINK });
    const [one, two] = ['n1', 'n2'].map((name) => sessionsOf(lab, name));
    expect(one.map(({ key }) => key)).toEqual(['n1/local%eth1 n1%eth1 179']);
    expect(two.map(({ key }) => key)).toEqual(['n2/local%eth1 n2%eth1 179']);
    expect(one[0]).toMatchObject({
      ...{ kind: 'global', origin: 'peers.up', interface: 'eth1', anyExternal: true, isInside: false },
      ...{ dial: 'first', multihop: false, families: ['ipv4', 'ipv6'], extendedNextHop: true },
    });
    expect(one[0].remoteAs.equals(one[0].localAs)).toBe(false);
    expect(one[0].remoteAddress.equals(two[0].remoteAddress)).toBe(false);
    expect(explainSession(lab, 'n1', one[0]).made).toBe('created by peers.up: every node peers with it');
  });

  test('is the same in the release that agents receive', () => {
    const lab = fabric({ up: UPLINK, other: { interface: 'eth2', asNumber: 65001, families: ['ipv6'], bfd: {} } });
    const release = makeRelease(lab);
    const opened = openRelease(JSON.parse(JSON.stringify(writeRelease(release))));
    if (!('fabric' in opened)) throw new Error(opened.map(String).join());
    expect(opened.digest).toBe(release.digest);
    expect(JSON.stringify(sessionsOf(opened.fabric, 'n1'))).toBe(JSON.stringify(sessionsOf(lab, 'n1')));
  });

  test('is in the AS that its entry says', () => {
    const as = (peer: PeerSpec) => {
      const [session] = sessionsOf(fabric({ up: peer }), 'n1');
      return [session.remoteAs.value, session.anyExternal];
    };
    expect(as({ interface: 'eth1', peerType: 'internal' })).toEqual([64512, undefined]);
    expect(as({ interface: 'eth1', peerType: 'internal', localAsNumber: 65000 })).toEqual([65000, undefined]);
    expect(as({ interface: 'eth1', asNumber: 65001 })).toEqual([65001, undefined]);
  });

  test('carries only the families of its entry, and is watched by BFD on the link, also within an AS', () => {
    const [session] = sessionsOf(
      fabric({ up: { interface: 'eth1', peerType: 'internal', families: ['ipv6'], bfd: {} } }),
      'n1',
    );
    expect(session).toMatchObject({ families: ['ipv6'], extendedNextHop: false, bfd: { multihop: false } });
  });

  test('gives the speaker the link, and any AS but its own', () => {
    const active: HeldFabric = { fabric: fabric({ up: UPLINK }) };
    const [{ config }] = runningSessions({ active } as Held, 'n1');
    expect(config).toMatchObject({
      ...{ interface: 'eth1', unnumbered: true, extendedNextHop: true },
      acceptable: [{ localAs: 64512, anyExternal: true }],
    });
  });

  test('is counted by the plan for each node, whatever it replaces', () => {
    const { counts, examples } = impactOf(fabric({}), fabric({ up: UPLINK, other: { ...UPLINK, interface: 'eth2' } }));
    expect(counts).toEqual({ added: 4, removed: 0, reset: 0, retuned: 0 });
    expect([...examples].sort()).toEqual([
      'added: n1 - n1%eth1 (ipv6, peers.up)',
      'added: n1 - n1%eth2 (ipv6, peers.other)',
      'added: n2 - n2%eth1 (ipv6, peers.up)',
      'added: n2 - n2%eth2 (ipv6, peers.other)',
    ]);
    const [was, is] = [UPLINK, { ...UPLINK, interface: 'eth2' }].map((up) => fabric({ up }));
    expect(impactOf(was, is).counts).toEqual({ added: 2, removed: 2, reset: 0, retuned: 0 });
  });

  test('may be told its AS number while it is up, without a reset', () => {
    const [any, one] = [UPLINK, { interface: 'eth1', asNumber: 65001 }].map((up) => fabric({ up }));
    const internal = fabric({ up: { interface: 'eth1', peerType: 'internal' } });
    expect(impactOf(any, internal).reasons).toEqual({ 'reset: AS number': 2 });
    expect(impactOf(one, any).counts.reset).toBe(0);
  });

  test('knows its node by the former AS number after the node has another one, until its entry says otherwise', () => {
    const to = (asNumber: number, peerType: 'external' | 'internal') =>
      fabric({ up: { interface: 'eth1', peerType } }, { asNumber });
    for (const type of ['external', 'internal'] as const) {
      const after = to(67111, type);
      const kept = localAsAfter({ fabric: to(64512, type) }, after, 'n1');
      const [session] = sessionsWith(after, 'n1', kept);
      expect([session.localAs.value, session.remoteAs.equals(session.localAs)]).toEqual([64512, type === 'internal']);
    }
    expect(localAsAfter({ fabric: to(64512, 'external') }, to(67111, 'internal'), 'n1')).toEqual({});
  });

  test('knows its node by the former AS number also where a pattern becomes the name of a link, and back', () => {
    const on = (link: string, asNumber: number) => fabric({ up: { ...UPLINK, interface: link } }, { asNumber });
    for (const [was, is] of [
      ['eth*', 'eth1'],
      ['eth1', 'eth*'],
      ['eth*', 'e*'],
    ]) {
      const kept = localAsAfter({ fabric: on(was, 64512) }, on(is, 67111), 'n1');
      expect(kept).toEqual({ [`n1/local%${is} n1%${is} 179`]: 64512 });
      // Impacts of a later change have them by the former name.
      const { reasons } = impactOf(on(is, 67111), on(was, 67111), { n1: kept });
      expect(Object.keys(reasons).filter((reason) => reason.startsWith('reset'))).toEqual([]);
    }
    expect(localAsAfter({ fabric: on('eth*', 64512) }, on('swp1', 67111), 'n1')).toEqual({});
  });

  test.each([
    [{ ...UPLINK, interface: 'eth?' }, 'peers.up.interface: "eth?" is not a valid name of an interface, or pattern'],
    [{ ...UPLINK, interface: 'a/b' }, 'peers.up.interface: "a/b" is not a valid name of an interface'],
    [{ ...UPLINK, interface: '..' }, 'peers.up.interface: ".." is not a valid name of an interface'],
    [{ interface: 'eth1' }, 'peers.up.asNumber: the AS number of the neighbour is missing'],
    [{ ...UPLINK, asNumber: 65001 }, 'peers.up.asNumber: asNumber cannot be combined with peerType'],
    [{ address: '10.0.0.9', peerType: 'external', asNumber: 1 }, 'peers.up.peerType: peerType needs an interface'],
    [{ ...UPLINK, address: '10.0.0.9' }, 'peers.up: address and interface are both set'],
    [{ ...UPLINK, localAddress: 'fe80::1' }, 'peers.up.localAddress: localAddress cannot be combined with interface'],
    [{ ...UPLINK, multihop: true }, 'peers.up.multihop: multihop cannot be combined with interface'],
    [{ ...UPLINK, extendedNextHop: true }, 'extendedNextHop cannot be combined with interface'],
    [{ ...UPLINK, ttlSecurity: 2 }, 'peers.up.ttlSecurity: a neighbour on a link is 1 hop away, not 2'],
    [
      { ...UPLINK, bfd: { multihop: true } },
      'peers.up.bfd.multihop: BFD over several hops (multihop) cannot be combined',
    ],
    [
      { ...UPLINK, bfd: { minimumTtl: 254 } },
      'peers.up.bfd.minimumTtl: a minimum TTL of 254 is for a neighbour several hops away: on the link it is always 255',
    ],
    [{ ...UPLINK, interface: 'lo' }, 'peers.up.interface: lo is the loopback interface: nobody is at its other end'],
    [{ ...UPLINK, interface: 'lo' }, 'Write the interface that leads to the neighbour'],
    [{ address: 'fe80::1', asNumber: 1 }, "Write the interface instead of the address, such as interface: 'eth1'"],
    [{ address: 'fe80::1%eth1', asNumber: 1 }, 'peers.up.address: "fe80::1%eth1" names an interface, and an address'],
    [{ address: 'fe80::1%eth1', asNumber: 1 }, "write the interface instead of the address, such as interface: 'eth1'"],
    [{ ...UPLINK, reachableBy: '10.0.0.9' }, 'peers.up.reachableBy: reachableBy needs an address'],
  ])('is refused as %j, and why', (peer, why) => {
    expect(problems(peer).join('\n')).toContain(why);
  });

  test('is one for each link of a node', () => {
    const { problems: found } = readFabric({
      ...{ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } } },
      peers: { one: UPLINK, two: { ...UPLINK, node: 'n1' }, three: { ...UPLINK, interface: 'eth2' } },
    });
    expect(found.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'peers.two.interface: peer one already defines a session on eth1',
    ]);
  });
});
