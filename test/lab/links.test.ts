import { BIRD } from '../../lib/lab/daemon/bird';
import { outsideConfig } from '../../lib/lab/daemon/config';
import { FRR } from '../../lib/lab/daemon/frr';
import { Host } from '../../lib/lab/host';
import { checkLinks } from '../../lib/lab/links';
import { chooseOutside } from '../../lib/lab/outside-speakers';
import { planLab } from '../../lib/lab/plan';
import { standInFabric } from '../../lib/lab/stand-in';
import { machineLines, uplinkLine } from '../../lib/lab/wiring';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

const fabricOf = (spec: FabricSpec) => {
  const { fabric, problems } = readFabric(spec);
  expect(problems.map(String)).toEqual([]);
  return fabric!;
};
const HOSTS: FabricSpec = {
  ...{ name: 'links', nodeToNodeMesh: false },
  nodes: { h1: { ipv4Address: '10.0.0.1' }, h2: { ipv4Address: '10.0.0.2', rack: 'a' } },
  racks: { a: { asNumber: 65010, topOfRack: [{ interface: 'eth5' }] } },
  peers: {
    up: { node: 'h1', interface: 'eth*', peerType: 'external', password: 'file:/key', ttlSecurity: 1 },
    one: { node: 'h1', interface: 'eth1', asNumber: 65001, families: ['ipv6'] },
    other: { node: 'h1', interface: 'swp1', peerNode: 'h2', peerInterface: 'swp2' },
  },
};

describe('links without addresses in a lab', () => {
  const plan = planLab(fabricOf(HOSTS));
  const [h1, h2, ...outside] = plan.machines;
  const confOf = (i: number) => outsideConfig(plan, outside[i], {});

  test('are cables of the interfaces that sessions are on: as many for a pattern as a lab needs', () => {
    expect(
      plan.uplinks.map(({ node, machine, nodeInterface, machineInterface, ends }) =>
        [node, nodeInterface, machine, machineInterface, ends.length].join(' '),
      ),
    ).toEqual([
      ...['h1 eth1 tor1 down1 0', 'h1 eth2 tor2 down1 0', 'h1 eth3 tor3 down1 0'],
      ...['h2 eth5 tor4 down1 0', 'h1 swp1 h2 swp2 0'],
    ]);
    expect([h1.isOnSwitch, h2.isOnSwitch]).toEqual([false, false]);
    expect(machineLines(plan, h1)).toEqual([
      ...['link set lo up', 'address add 10.0.0.1/32 dev lo'],
      ...['eth1', 'eth2', 'eth3', 'swp1'].map((link) => `link set ${link} up`),
    ]);
    expect(uplinkLine(plan.uplinks[4], 'h1@links')).toBe('link add swp2 type veth peer name swp1 netns h1@links');
  });

  test('stay where they are when the fabric grows', () => {
    const grown = planLab(
      fabricOf({ ...HOSTS, peers: { aa: { node: 'h1', interface: 'aa1', asNumber: 65001 }, ...HOSTS.peers } }),
      plan,
    );
    for (const uplink of plan.uplinks) expect(grown.uplinks).toContainEqual(uplink);
  });

  test('have stand-ins that find the node on the link', () => {
    const [bird] = Object.values(BIRD.files(confOf(1)));
    expect(bird).toContain('protocol radv {\n  interface "down1" { max ra interval 10; default lifetime 0; };\n}');
    expect(bird).toContain('local port 179 as 4294967294;\n  neighbor range fe80::/10 as 64512;\n  interface "down1";');
    expect(bird).toContain('ipv4 { extended next hop on; import all;');
    expect(BIRD.sessions.read('x BGP --- start 10:00 Passive\ny BGP --- up 10:00 Established')).toEqual([true]);
    const frr = FRR.files(confOf(1))['bgpd.conf'];
    expect(frr).toContain(' neighbor down1 interface remote-as 64512\n neighbor down1 description h1\n');
    expect(frr).toContain(' neighbor down1 ttl-security hops 1\n');
    expect(frr).toContain('  neighbor down1 activate\n');
    for (const machine of outside) {
      const { fabric, problems } = readFabric(standInFabric(machine));
      expect(problems.map(String)).toEqual([]);
      expect(Object.values(fabric!.peers).some(({ interface: link }) => link === 'down1')).toBe(true);
    }
    expect(Object.values(standInFabric(outside[3]).peers!)[0]).toMatchObject({ interface: 'down1', asNumber: 65010 });
  });

  test('are refused on the interface towards the switch, and with a daemon that finds no neighbours', async () => {
    for (const [link, what] of [
      ['eth*', 'matches eth0'],
      ['eth0', 'has a neighbour'],
    ] as const) {
      const fabric = fabricOf({
        ...{ name: 'x', nodes: HOSTS.nodes, racks: HOSTS.racks },
        peers: {
          up: { node: 'h1', interface: link, peerType: 'external' },
          far: { node: 'h1', address: '192.0.2.99', asNumber: 1 },
        },
      });
      expect(() => checkLinks(fabric, planLab(fabric))).toThrow(
        `peers.up ${what} on h1, where eth0 leads to the switch`,
      );
    }
    expect(() => checkLinks(fabricOf(HOSTS), plan)).not.toThrow();
    await expect(chooseOutside(new Host(), false, 'gobgp', true)).rejects.toThrow(
      'GoBGP does not find neighbours on links',
    );
  });
});
