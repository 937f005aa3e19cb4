import fc from 'fast-check';
import type { Link } from '../../../../lib/kernel/codec/link';
import type { ForeignRoute } from '../../../../lib/kernel/fib/withholding/foreign-route';
import { type PassedOnView, passedOn } from '../../../../lib/kernel/fib/withholding/passed-on';
import { ip, MAIN, prefix } from '../../routing-world';

const links = new Map<number, Link>([
  [2, { index: 2, name: 'eth0', up: true, carrier: true }],
  [3, { index: 3, name: 'eth1', up: true, carrier: false }],
]);
const onLink = (text: string, more: Partial<ForeignRoute> = {}): ForeignRoute => ({
  prefix: prefix(text),
  table: MAIN,
  protocol: 4,
  metric: 0,
  interface: 2,
  gateways: [],
  ...more,
});
const VIEW: PassedOnView = {
  table: 100,
  families: new Set(['ipv4', 'ipv6']),
  subnets: [{ prefix: prefix('10.9.0.0/24'), interface: 'eth0' }],
  onLink: [],
  hostsAt: () => [],
  links,
  neighbours: [],
  gateways: [],
  isCovered: () => false,
};
const passed = (more: Partial<PassedOnView> = {}) => passedOn({ ...VIEW, ...more }).map((one) => String(one.prefix));

describe('a table that is not main passes on', () => {
  test('connected prefixes, and link-local addresses of IPv4 where the node has any', () => {
    expect(passed()).toEqual(['169.254.0.0/16', '10.9.0.0/24']);
    expect(passed({ families: new Set(['ipv6']) })).toEqual(['10.9.0.0/24']);
  });

  test.each([
    ['a neighbour', { neighbours: [ip('172.16.0.1')] }],
    ['a gateway', { gateways: [ip('172.16.0.1')] }],
  ])('%s outside these that a route in main has on a link with carrier', (_, who) => {
    const host = onLink('172.16.0.1/32');
    expect(passed({ ...who, onLink: [host] })).toContain('172.16.0.1/32');
    expect(passed({ ...who, onLink: [onLink('172.16.0.0/12')] })).toContain('172.16.0.1/32');
    for (const other of [
      { ...host, interface: 3 },
      { ...host, interface: 9 },
      { ...host, table: 100 },
      onLink('0.0.0.0/0'),
      onLink('172.16.0.2/32'),
    ])
      expect(passed({ ...who, onLink: [other] })).not.toContain('172.16.0.1/32');
  });

  test('nobody who is in a connected prefix once more, nor link-local ones', () => {
    const who = [ip('10.9.0.2'), ip('fe80::2')];
    const routes = [onLink('10.9.0.2/32'), onLink('fe80::/64')];
    expect(passed({ neighbours: who, gateways: who, onLink: routes })).toEqual(passed());
  });

  test('nothing that a route of somebody else in it covers', () => {
    expect(passed({ isCovered: (one) => one.length === 16 })).toEqual(['10.9.0.0/24']);
  });
});

test('main passes nothing on, whatever there is', () => {
  const addresses = fc.integer({ min: 0, max: 255 }).map((last) => ip(`172.16.0.${last}`));
  fc.assert(
    fc.property(fc.array(addresses), fc.array(addresses), (neighbours, gateways) => {
      expect(passed({ table: MAIN, neighbours, gateways, onLink: [onLink('172.16.0.0/24')] })).toEqual([]);
    }),
    { seed: 11 },
  );
});

test('of two lists with one address in both it is passed on once, for the neighbour’s sake', () => {
  const both = { neighbours: [ip('172.16.0.1')], gateways: [ip('172.16.0.1')], onLink: [onLink('172.16.0.1/32')] };
  expect(passedOn({ ...VIEW, ...both }).filter((one) => one.kept)).toEqual([
    {
      prefix: prefix('172.16.0.1/32'),
      reason: 'neighbour on the link eth0',
      kept: { address: ip('172.16.0.1'), text: '172.16.0.1', what: 'neighbour', link: 'eth0' },
    },
  ]);
});
