import type { LocalInterface } from '../../lib/bgp/rib/adj-rib-out/own-next-hop';
import type { SessionConfig } from '../../lib/bgp/session/config';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { routerId, Simulation, sessionTo } from './simulation';

/** Both ends of a cable with a /31, and the host's own addresses behind it. */
const HOST = '192.0.2.1';
const ROUTER = '192.0.2.0';
const LOOPBACK = '10.255.0.1';
const LOOPBACK6 = 'fd00:255::1';
const SECONDS = 1000;
const ip = (text: string) => sure(IpAddress.parse(text));
const prefix = (text: string) => sure(Prefix.parse(text));
const BOTH: SessionConfig['families'] = ['ipv4 unicast', 'ipv6 unicast'];

const link = (name: string, ...addresses: string[]): LocalInterface => ({
  name,
  addresses: addresses.map((text) => ({ address: prefix(text).address, length: prefix(text).length })),
});
const uplink = (...more: string[]): LocalInterface => ({
  name: 'eth1',
  addresses: [HOST, ...more].map((text) => ({ address: ip(text), length: text.includes(':') ? 127 : 31 })),
});
const LO = link('lo', `${LOOPBACK}/32`, `${LOOPBACK6}/128`);

/** A host that peers with the router above it by eBGP or iBGP and advertises a prefix of each family. */
function world(more: Partial<SessionConfig> = {}, as: [number, number] = [65001, 65100]) {
  const network = new Simulation();
  network.add('host', [HOST]);
  network.add('router', [ROUTER]);
  const acceptable = (localAs: number, remoteAs: number) => ({ acceptable: [{ localAs, remoteAs }], families: BOTH });
  const toRouter = (again: Partial<SessionConfig> = {}) =>
    sessionTo(HOST, ROUTER, {
      ...{ ...acceptable(...as), inside: false, dial: 'first' },
      ...{ localAddresses: { ipv4: ip(LOOPBACK), ipv6: ip(LOOPBACK6) }, ...more, ...again },
    });
  const configure = (again?: Partial<SessionConfig>) =>
    network.give('host', { kind: 'configure', routing: { routerId: routerId(LOOPBACK) }, sessions: [toRouter(again)] });
  const interfaces = (...all: LocalInterface[]) => {
    network.give('host', { kind: 'interfaces', interfaces: all });
    network.run(SECONDS);
  };
  network.give('router', {
    kind: 'configure',
    routing: { routerId: routerId(ROUTER) },
    sessions: [sessionTo(ROUTER, HOST, { ...acceptable(as[1], as[0]), ...more, dial: 'wait' })],
  });
  for (const own of ['203.0.113.0/24', '2001:db8:1::/48'])
    network.give('host', { kind: 'originate', prefix: prefix(own) });
  const heard = () =>
    Object.fromEntries(
      [...network.node('router').speaker.rib.routes()].flatMap((route) =>
        route.paths.map(({ attributes: { nextHop, nextHopLinkLocal } }) => [
          String(route.prefix),
          [nextHop, nextHopLinkLocal].flatMap((bytes) => (bytes ? [String(IpAddress.fromBytes(bytes))] : [])).join(' '),
        ]),
      ),
    );
  const status = () => network.node('host').speaker.status(network.now)[0];
  const told = () => network.node('host').events.flatMap(({ type, text }) => (type === 'next-hop' ? [text] : []));
  return { network, configure, interfaces, heard, status, told };
}

describe('a host whose own address is a loopback', () => {
  test('says over eBGP the address of the session, and of the other family that of the link', () => {
    const { configure, interfaces, heard, status, told } = world();
    interfaces(LO, uplink('fe80::1', '2001:db8::1'));
    configure();
    interfaces(LO, uplink('fe80::1', '2001:db8::1'));
    expect(heard()).toEqual({ '203.0.113.0/24': HOST, '2001:db8:1::/48': '2001:db8::1 fe80::1' });
    expect([status().lacks, told()]).toEqual([{}, []]);
  });

  test('says over iBGP its own address, as ever', () => {
    const { configure, interfaces, heard } = world({}, [65001, 65001]);
    interfaces(LO, uplink('2001:db8::1'));
    configure();
    interfaces(LO, uplink('2001:db8::1'));
    expect(heard()).toEqual({ '203.0.113.0/24': LOOPBACK, '2001:db8:1::/48': LOOPBACK6 });
  });

  test('says its own address of the other family where nobody knows its interfaces, as in a preview', () => {
    const { configure, network, heard } = world();
    configure();
    network.run(SECONDS);
    expect(heard()).toEqual({ '203.0.113.0/24': HOST, '2001:db8:1::/48': LOOPBACK6 });
  });

  test('does not advertise what has no next hop, says why, and advertises it when there is one', () => {
    const { configure, interfaces, heard, status, told } = world();
    interfaces(LO, uplink('fe80::1'));
    configure();
    interfaces(LO, uplink('fe80::1'));
    expect(heard()).toEqual({ '203.0.113.0/24': HOST });
    const why = 'eth1, which has 192.0.2.1, has no IPv6 address for it';
    expect(status().lacks).toEqual({ 'ipv6 unicast': why });
    expect(told()).toEqual([`routes of ipv6 unicast cannot have this node as next hop and are not advertised: ${why}`]);
    interfaces(LO, uplink('fe80::1', '2001:db8::1'));
    expect(heard()).toEqual({ '203.0.113.0/24': HOST, '2001:db8:1::/48': '2001:db8::1 fe80::1' });
    expect([status().lacks, told()[1]]).toEqual([{}, 'routes of ipv6 unicast are advertised again']);
    interfaces(LO, uplink('2001:db8::3'));
    expect(heard()).toEqual({ '203.0.113.0/24': HOST, '2001:db8:1::/48': '2001:db8::3' });
    interfaces(LO, uplink());
    expect(heard()).toEqual({ '203.0.113.0/24': HOST });
    expect(status()).toMatchObject({ state: 'Established', established: 1 });
  });

  test('hears nothing of interfaces in the same words twice, and nothing is told again for it', () => {
    const { network, configure, interfaces, status } = world();
    interfaces(LO, uplink('2001:db8::1'));
    configure();
    interfaces(LO, uplink('2001:db8::1'));
    const { messagesOut } = status().counters;
    interfaces(LO, uplink('2001:db8::1'), link('eth2', '198.51.100.0/31'));
    network.run(SECONDS);
    expect(status().counters.messagesOut).toBe(messagesOut);
  });

  test('and its neighbour, where they talk over IPv6, use RFC 8950 only where the link has no IPv4 address', () => {
    const over6 = (extendedNextHop: boolean, ...more: string[]) => {
      const network = new Simulation();
      const [here, there] = ['2001:db8::1', '2001:db8::'];
      network.add('host', [here]);
      network.add('router', [there]);
      const common = { families: BOTH, extendedNextHop };
      network.give('host', { kind: 'interfaces', interfaces: [LO, link('eth1')] });
      network.give('host', {
        kind: 'interfaces',
        interfaces: [
          LO,
          { name: 'eth1', addresses: [here, ...more].map((one) => ({ address: ip(one), length: 127 })) },
        ],
      });
      const localAddresses = { ipv4: ip(LOOPBACK), ipv6: ip(LOOPBACK6) };
      const host = sessionTo(here, there, {
        ...{ ...common, localAddresses, inside: false, dial: 'first', routerId: 1 },
        acceptable: [{ localAs: 65001, remoteAs: 65100 }],
      });
      const router = sessionTo(there, here, {
        ...{ ...common, dial: 'wait', routerId: 2 },
        acceptable: [{ localAs: 65100, remoteAs: 65001 }],
      });
      network.give('host', { kind: 'configure', routing: { routerId: 1 }, sessions: [host] });
      network.give('router', { kind: 'configure', routing: { routerId: 2 }, sessions: [router] });
      network.give('host', { kind: 'originate', prefix: prefix('203.0.113.0/24') });
      network.run(SECONDS);
      const [route] = network.node('router').speaker.rib.routes();
      const hop = route?.paths[0].attributes.nextHop;
      return [hop && String(IpAddress.fromBytes(hop)), network.node('host').speaker.status(network.now)[0].lacks];
    };
    expect(over6(true, '192.0.2.1')).toEqual(['192.0.2.1', {}]);
    expect(over6(true)).toEqual(['2001:db8::1', {}]);
    expect(over6(false)).toEqual([
      undefined,
      {
        'ipv4 unicast':
          'eth1, which has 2001:db8::1, has no IPv4 address for it, and the session does not support IPv6 next hops for IPv4 routes (RFC 8950)',
      },
    ]);
  });
});

test('a neighbour that came unnamed is told the address that it came to', () => {
  const network = new Simulation();
  const hub = sessionTo(HOST, ROUTER, {
    ...{ acceptable: [{ localAs: 65001, remoteAs: 65100 }], inside: false },
    localAddresses: { ipv4: ip(LOOPBACK) },
  });
  const { remoteAddress: _, dial: __, ...rest } = hub;
  network.add('host', [HOST]);
  network.add('router', [ROUTER]);
  network.give('host', {
    kind: 'configure',
    routing: { routerId: 1 },
    sessions: [],
    templates: [{ ...rest, key: `${HOST} 192.0.2.0/31 179`, range: prefix('192.0.2.0/31'), limit: 1 }],
  });
  network.give('host', { kind: 'originate', prefix: prefix('203.0.113.0/24') });
  network.give('router', {
    kind: 'configure',
    routing: { routerId: 2 },
    sessions: [sessionTo(ROUTER, HOST, { acceptable: [{ localAs: 65100, remoteAs: 65001 }], dial: 'first' })],
  });
  network.run(SECONDS);
  const [route] = network.node('router').speaker.rib.routes();
  expect(String(IpAddress.fromBytes(route.paths[0].attributes.nextHop!))).toBe(HOST);
});
