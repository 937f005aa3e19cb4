import fc from 'fast-check';
import { subnetOf } from '../../lib/lab/cable-subnet';
import { BIRD } from '../../lib/lab/daemon/bird';
import { outsideConfig } from '../../lib/lab/daemon/config';
import { planLab } from '../../lib/lab/plan';
import { standInFabric } from '../../lib/lab/stand-in';
import { machineLines, uplinkLine } from '../../lib/lab/wiring';
import { IpAddress } from '../../lib/model/address';
import type { FabricSpec } from '../../lib/model/fabric';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { readFabric } from '../../lib/model/read';

const ip = (text: string) => sure(IpAddress.parse(text));
const HOSTS = [1, 2];
const TORS = [1, 2];

/** Hosts with a loopback address and a cable to each of two switches; the switches may have one AS number. */
const hosts = (torAs: (tor: number) => number, more: Partial<FabricSpec> = {}): FabricSpec => ({
  name: 'hosts',
  nodeToNodeMesh: false,
  nodes: Object.fromEntries(
    HOSTS.map((host) => [
      `host${host}`,
      { ipv4Address: `10.255.0.${host}`, ipv6Address: `fd00:255::${host}`, asNumber: 65000 + host },
    ]),
  ),
  peers: Object.fromEntries(
    HOSTS.flatMap((host) =>
      TORS.flatMap((tor) => {
        const [node, asNumber, first] = [`host${host}`, torAs(tor), 4 * host + 2 * tor];
        return [
          [`h${host}t${tor}v4`, { node, asNumber, address: `192.0.2.${first}`, localAddress: `192.0.2.${first + 1}` }],
          [
            `h${host}t${tor}v6`,
            { node, asNumber, address: `2001:db8:${tor}:${host}::a`, localAddress: `2001:db8:${tor}:${host}::b` },
          ],
        ];
      }),
    ),
  ),
  ...more,
});
const planOf = (spec: FabricSpec) => {
  const { fabric, problems } = readFabric(spec);
  expect(problems.map(String)).toEqual([]);
  return planLab(fabric!);
};

describe('sessions that leave from an address of a link', () => {
  test.each([
    ['switches of an AS each', (tor: number) => 65100 + tor],
    ['switches of one AS', () => 65100],
  ])('become cables between a node and one machine for each switch: %s', (_, torAs) => {
    const { machines, uplinks } = planOf(hosts(torAs));
    expect(machines.map(({ name, isOnSwitch }) => [name, isOnSwitch])).toEqual([
      ...[
        ['host1', false],
        ['host2', false],
      ],
      ...[
        ['tor1', true],
        ['tor2', true],
      ],
    ]);
    const shown = uplinks.map(({ ends, ...names }) => [
      ...[names.machine, names.machineInterface, names.node, names.nodeInterface],
      ...ends.map(({ machineAddress, nodeAddress, length }) => `${machineAddress} ${nodeAddress} ${length}`),
    ]);
    expect(shown).toEqual([
      ['tor1', 'down1', 'host1', 'up1', '192.0.2.6 192.0.2.7 31', '2001:db8:1:1::a 2001:db8:1:1::b 127'],
      ['tor1', 'down2', 'host2', 'up1', '192.0.2.10 192.0.2.11 31', '2001:db8:1:2::a 2001:db8:1:2::b 127'],
      ['tor2', 'down1', 'host1', 'up2', '192.0.2.8 192.0.2.9 31', '2001:db8:2:1::a 2001:db8:2:1::b 127'],
      ['tor2', 'down2', 'host2', 'up2', '192.0.2.12 192.0.2.13 31', '2001:db8:2:2::a 2001:db8:2:2::b 127'],
    ]);
  });

  test('give the node its own addresses on the loopback and those of the links as the last that its connections leave from', () => {
    const plan = planOf(hosts((tor) => 65100 + tor));
    expect(machineLines(plan, plan.machines[0])).toEqual([
      'link set lo up',
      'address add 10.255.0.1/32 dev lo',
      'address add fd00:255::1/128 dev lo nodad',
      'link set up1 up',
      'address add 192.0.2.7/31 dev up1 scope link',
      'address add 2001:db8:1:1::b/127 dev up1 nodad preferred_lft 0',
      'link set up2 up',
      'address add 192.0.2.9/31 dev up2 scope link',
      'address add 2001:db8:2:1::b/127 dev up2 nodad preferred_lft 0',
    ]);
    const lines = machineLines(plan, plan.machines[2]);
    expect(lines.filter((line) => line.startsWith('route'))).toEqual([
      'route add 198.18.0.2/32 dev eth0 scope link src 198.18.0.1',
      'route add 2001:2::2/128 dev eth0 src 2001:2::1',
    ]);
    expect(lines).toContain('address add 192.0.2.6/31 dev down1');
    expect(uplinkLine(plan.uplinks[3], 'host2@l')).toBe('link add down2 type veth peer name up2 netns host2@l');
  });

  test('are to a switch as those of a router: direct, by the state of the link, and it talks to the other switch', () => {
    const plan = planOf(hosts((tor) => 65100 + tor));
    const conf = BIRD.files(outsideConfig(plan, plan.machines[2], {}))['bird.conf'];
    expect(conf).toContain(
      '  local 192.0.2.6 port 179 as 65101;\n  neighbor 192.0.2.7 port 179 as 65001;\n  direct;\n  check link;',
    );
    expect(conf).toContain(
      '  local 198.18.0.1 port 179 as 65101;\n  neighbor 198.18.0.2 port 179 as 65102;\n  multihop;',
    );
    expect(conf.match(/^protocol bgp /gm)).toHaveLength(6);
    const { peers = {} } = standInFabric(plan.machines[2]);
    expect(
      Object.values(peers).map(({ address, localAddress, multihop }) => [address, localAddress, multihop]),
    ).toEqual([
      ['192.0.2.7', '192.0.2.6', false],
      ['2001:db8:1:1::b', '2001:db8:1:1::a', false],
      ['192.0.2.11', '192.0.2.10', false],
      ['2001:db8:1:2::b', '2001:db8:1:2::a', false],
      ['198.18.0.2', undefined, true],
      ['2001:2::2', undefined, true],
    ]);
  });

  test('are no cables where several lead to one address, or the two ends are in no small subnet', () => {
    const plan = planOf({
      name: 'far',
      nodes: { a: { ipv4Address: '10.0.0.1' }, b: { ipv4Address: '10.0.0.2' } },
      peers: {
        far: { node: 'a', address: '203.0.113.9', localAddress: '192.0.2.1', asNumber: 65001, multihop: true },
        one: { node: 'a', address: '192.0.2.9', localAddress: '192.0.2.8', asNumber: 65002 },
        two: { node: 'b', address: '192.0.2.9', localAddress: '192.0.2.10', asNumber: 65002 },
      },
    });
    expect([plan.uplinks, plan.machines.map(({ name, isOnSwitch }) => `${name} ${isOnSwitch}`)]).toEqual([
      [],
      ['a true', 'b true', 'tor1 true', 'tor2 true'],
    ]);
  });
});

describe('the subnet of a cable', () => {
  test.each([
    ['192.0.2.0', '192.0.2.1', 31],
    ['192.0.2.1', '192.0.2.2', 30],
    ['192.0.2.3', '192.0.2.4', 29],
    ['192.0.2.1', '192.0.2.254', 24],
    ['192.0.2.1', '192.0.3.1', undefined],
    ['2001:db8::a', '2001:db8::b', 127],
    ['2001:db8::1', '2001:db8::2', 126],
    ['2001:db8::1', '2001:db8:0:1::1', undefined],
  ])('of %s and %s has %s bits', (one, other, length) => {
    expect(subnetOf(ip(one), ip(other))).toBe(length);
  });

  test('holds both as hosts, and the next longer one does not', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, (a, b) => {
        fc.pre(a !== b);
        const [one, other] = [ip(`192.0.2.${a}`), ip(`192.0.2.${b}`)];
        const length = subnetOf(one, other);
        const isHostOf = (address: IpAddress, bits: number) => {
          const { first, last } = rangeOf(Prefix.of(one, bits));
          const number = address.bytes[3];
          return number >= first && number <= last && (bits === 31 || (number !== first && number !== last));
        };
        const fits = (bits: number) => isHostOf(one, bits) && isHostOf(other, bits);
        const lengths = [31, 30, 29, 28, 27, 26, 25, 24];
        expect(length).toBe(lengths.find(fits));
      }),
      { seed: 31, numRuns: 500 },
    );
  });
});

const rangeOf = ({ address, length }: Prefix) => ({
  first: address.bytes[3],
  last: address.bytes[3] + 2 ** (32 - length) - 1,
});
