import fc from 'fast-check';
import {
  type LocalInterface,
  lackOfNextHop,
  type NextHopSession,
  ownNextHops,
} from '../../../../lib/bgp/rib/adj-rib-out/own-next-hop';
import { ip } from '../world';

const link = (name: string, ...addresses: string[]): LocalInterface => ({
  name,
  addresses: addresses.map((text) => {
    const [address, length] = text.split('/');
    return { address: ip(address), length: Number(length) };
  }),
});
const end = (local: string, node: readonly string[], multihop = false): NextHopSession => ({
  localAddress: ip(local),
  localAddresses: Object.fromEntries(node.map((text) => [ip(text).family, ip(text)])),
  multihop,
});
const told = (of: NextHopSession, ...interfaces: LocalInterface[]) =>
  Object.fromEntries(Object.entries(ownNextHops(of, interfaces)).map(([name, address]) => [name, String(address)]));

const LO = link('lo', '127.0.0.1/8', '::1/128', '10.255.0.1/32', 'fd00:255::1/128');
const LOOPBACK = ['10.255.0.1', 'fd00:255::1'];

describe('the next hop of an external session', () => {
  test('is its own address, whatever address the node has', () => {
    expect(told(end('192.0.2.1', LOOPBACK), LO, link('eth1', '192.0.2.1/31'))).toEqual({ ipv4: '192.0.2.1' });
    expect(told(end('2001:db8::1', LOOPBACK), LO, link('eth1', '2001:db8::1/127'))).toEqual({ ipv6: '2001:db8::1' });
  });

  test.each<[string, string[], Record<string, string>]>([
    ['nothing of the other family', [], {}],
    ['a link-local address alone', ['fe80::1/64'], {}],
    ['a global one', ['2001:db8::1/127'], { ipv6: '2001:db8::1' }],
    [
      'a global one and a link-local one',
      ['fe80::1/64', '2001:db8::1/127'],
      { ipv6: '2001:db8::1', linkLocal: 'fe80::1' },
    ],
    ['a ULA', ['fd01::1/64'], { ipv6: 'fd01::1' }],
    ['a ULA and then a global one', ['fd01::1/64', '2001:db8::1/64'], { ipv6: '2001:db8::1' }],
    ['a loopback address', ['::1/128'], {}],
  ])('is, for IPv6 routes over IPv4, an address of the link: %s', (_, more, wanted) => {
    const links = [LO, link('eth1', '192.0.2.1/31', ...more), link('eth2', '2001:db8:9::1/64')];
    expect(told(end('192.0.2.1', LOOPBACK), ...links)).toEqual({ ipv4: '192.0.2.1', ...wanted });
  });

  test('is, for IPv4 routes over IPv6, an address of the link, one of the link alone as the last', () => {
    const of = end('2001:db8::1', LOOPBACK);
    const over = (...more: string[]) => told(of, LO, link('eth1', 'fe80::1/64', '2001:db8::1/127', ...more));
    expect(over()).toEqual({ ipv6: '2001:db8::1' });
    expect(over('169.254.0.1/31')).toEqual({ ipv6: '2001:db8::1', ipv4: '169.254.0.1' });
    expect(over('169.254.0.1/31', '192.0.2.1/31')).toEqual({ ipv6: '2001:db8::1', ipv4: '192.0.2.1' });
  });

  test("is the node's own address of the other family where the link has it among others", () => {
    const eth0 = link('eth0', '10.0.0.1/24', '2001:db8::7/64', 'fd00::1/64');
    expect(told(end('10.0.0.1', ['10.0.0.1', 'fd00::1']), eth0)).toEqual({ ipv4: '10.0.0.1', ipv6: 'fd00::1' });
  });

  test("over loopbacks is the node's own address of either family", () => {
    const links = [LO, link('eth1', '192.0.2.1/31', '2001:db8::1/127')];
    expect(told(end('10.255.0.1', LOOPBACK, true), ...links)).toEqual({ ipv4: '10.255.0.1', ipv6: 'fd00:255::1' });
    const [v4, v6] = [link('lo', '10.255.0.1/32'), link('dummy0', 'fd00:255::1/128')];
    expect(told(end('10.255.0.1', LOOPBACK, true), v4, v6)).toEqual({ ipv4: '10.255.0.1', ipv6: 'fd00:255::1' });
  });

  test("to a distant neighbour is the link's address before the node's own, which comes before nothing", () => {
    const of = end('192.0.2.1', LOOPBACK, true);
    const both = told(of, LO, link('eth1', '192.0.2.1/31', '2001:db8::1/127', 'fe80::1/64'));
    // and no link-local address, of which it has no use
    expect(both).toEqual({ ipv4: '192.0.2.1', ipv6: '2001:db8::1' });
    expect(told(of, LO, link('eth1', '192.0.2.1/31'))).toEqual({ ipv4: '192.0.2.1', ipv6: 'fd00:255::1' });
  });

  test("is the node's own address of another link only from a session of its own address, and only where others are in its subnet", () => {
    const own = ['10.0.0.1', 'fd00::1'];
    const eth0 = link('eth0', '10.0.0.1/24', '192.0.2.1/31');
    expect(told(end('10.0.0.1', own), eth0, link('eth1', 'fd00::1/64'))).toEqual({
      ipv4: '10.0.0.1',
      elsewhere: 'fd00::1',
    });
    expect(told(end('10.0.0.1', own), eth0, link('lo', 'fd00::1/128'))).toEqual({ ipv4: '10.0.0.1' });
    expect(told(end('192.0.2.1', own), eth0, link('eth1', 'fd00::1/64'))).toEqual({ ipv4: '192.0.2.1' });
  });

  test("is the node's own address of the other family where nobody knows the interfaces", () => {
    expect(ownNextHops(end('192.0.2.1', LOOPBACK))).toEqual({ ipv4: ip('192.0.2.1'), ipv6: ip('fd00:255::1') });
  });

  test('is, whatever the interfaces, the address of the session, and else one of the link or of the node, never one that others could not reach', () => {
    const address = fc.constantFrom(
      ...['10.255.0.1/32', '192.0.2.1/31', '192.0.2.3/31', '127.0.0.1/8', '169.254.0.1/31'],
      ...['fd00:255::1/128', '2001:db8::1/127', 'fd01::1/64', 'fe80::1/64', '::1/128'],
    );
    const interfaces = fc
      .uniqueArray(address)
      .chain((all) => fc.array(fc.nat(2), { minLength: all.length, maxLength: all.length }).map((at) => ({ all, at })))
      .map(({ all, at }) => [0, 1, 2].map((n) => link(`eth${n}`, ...all.filter((_, i) => at[i] === n))));
    const local = fc.constantFrom('10.255.0.1', '192.0.2.1', 'fd00:255::1', '2001:db8::1');
    fc.assert(
      fc.property(interfaces, local, fc.subarray(LOOPBACK), fc.boolean(), (all, from, node, multihop) => {
        const of = end(from, node, multihop);
        const family = of.localAddress.family;
        const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
        const hops = ownNextHops(of, all);
        expect(hops[family]).toEqual(of.localAddress);
        const carrier = all.find(({ addresses }) => addresses.some((one) => one.address.equals(of.localAddress)));
        const there = (carrier?.addresses ?? []).map((one) => String(one.address));
        const found = hops[other] ?? hops.elsewhere;
        if (found) {
          expect([...there, ...node]).toContain(String(found));
          expect([found.isHost, ['127.0.0.1', '::1'].includes(String(found))]).toEqual([true, false]);
        } else {
          const usable = there.map(ip).filter((one) => one.family === other && one.isHost);
          expect(usable.filter((one) => !['127.0.0.1', '::1'].includes(String(one)))).toEqual([]);
          expect(lackOfNextHop(of, other, all)).toContain(
            carrier ? `${carrier.name}, which has ${from}, has no` : 'no interface',
          );
        }
        if (hops.linkLocal) expect([hops.ipv6?.isHost, there]).toEqual([true, expect.arrayContaining(['fe80::1'])]);
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});
