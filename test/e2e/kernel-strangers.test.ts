import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import type { RouteStatus } from '../../lib/control/status';
import type { FabricSpec } from '../../lib/model/fabric';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import type { Namespace } from '../kernel/namespace';
import { skipUnless } from './interop/run-cells';
import { eventually, LocalNetwork } from './support/network';

const PROGRAMS = ['/usr/lib/frr/bgpd', '/usr/lib/frr/zebra', '/usr/sbin/bird', '/usr/bin/gobgpd', '/usr/bin/gobgp'];
const families = ['ipv4', 'ipv6'] as const;
const both = { families: [...families], filters: ['all'] };

/**
 * A node that is connected to its neighbours by a shared link, and to the rest of the world by a router there that DHCP
 * and RA named.
 */
const fabric: FabricSpec = {
  name: 'strangers',
  asNumber: 67111,
  nodes: {
    n1: {
      ipv4Address: '10.0.0.1',
      ipv6Address: 'fd00::1',
      advertise: [{ prefix: '0.0.0.0/0' }, { prefix: '::/0' }, { prefix: '10.77.0.0/16' }],
    },
  },
  peers: {
    frr: { address: '10.0.0.2', asNumber: 65002, ...both },
    bird: { address: '10.0.0.3', asNumber: 65003, ...both },
    gobgp: { address: '10.0.0.4', asNumber: 65004, ...both },
    local: { address: '10.0.0.5', asNumber: 65005, ...both },
  },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};

/** FRR that tells of its connected subnets. */
const frrConf = (n: number, more: string) => `
router bgp ${65000 + n}
 bgp router-id 10.0.0.${n}
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 67111
 neighbor 10.0.0.1 timers connect 1
 address-family ipv4 unicast
  neighbor 10.0.0.1 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor 10.0.0.1 activate
  ${more}
 exit-address-family
`;

/**
 * Next hops that are the node itself or not on the link, a third party's that is, one at the edge of the subnet; routes
 * to addresses that are not its own.
 */
const BIRD = `
router id 10.0.0.3;
protocol device {}
protocol static { ipv4;
  route 198.51.100.0/24 blackhole; route 203.0.113.0/24 blackhole; route 192.0.2.0/24 blackhole;
  route 10.0.0.1/32 blackhole; route 10.0.0.2/32 blackhole; route 10.0.0.77/32 blackhole; route 10.0.0.254/32 blackhole; }
protocol static { ipv6; route 2001:db8:99::/48 blackhole; route fd00::1/128 blackhole;
  route 2001:63:1::/48 blackhole; route 2001:63:2::/48 blackhole; }
protocol bgp n1 {
  local 10.0.0.3 as 65003; neighbor 10.0.0.1 as 67111;
  ipv4 { import all; export filter {
    if net = 198.51.100.0/24 then bgp_next_hop = 192.168.9.9;
    if net = 203.0.113.0/24 then bgp_next_hop = 10.0.0.4;
    if net = 192.0.2.0/24 then bgp_next_hop = 10.0.0.0;
    accept; }; };
  ipv6 { import all; next hop address fd00::3; export filter {
    if net = 2001:63:1::/48 then bgp_next_hop = fe80::63;
    if net = 2001:63:2::/48 then bgp_next_hop = fe80::;
    accept; }; };
}
`;

const GOBGP = `
[global.config]
  as = 65004
  router-id = "10.0.0.4"
  local-address-list = ["10.0.0.4"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "10.0.0.1"
    peer-as = 67111
  [neighbors.timers.config]
    connect-retry = 1
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
`;

skipUnless(
  'FRR, BIRD and GoBGP beside an agent',
  PROGRAMS.filter((path) => !existsSync(path)),
  [{ title: 'strangers' }],
  () => {
    let network: LocalNetwork;
    let n1: Namespace;

    function frr(machine: Namespace, n: number, more: string): void {
      const folder = network.path(`frr${n}`);
      chmodSync(network.folder, 0o755);
      mkdirSync(folder);
      network.write(`frr${n}/zebra.conf`, 'hostname zebra\n');
      network.write(`frr${n}/bgpd.conf`, frrConf(n, more));
      execFileSync('chown', ['-R', 'frr:frr', folder]);
      for (const [program, ...options] of [['zebra'], ['bgpd', '-n']]) {
        const files = [
          '-f',
          `${folder}/${program}.conf`,
          '-i',
          `${folder}/${program}.pid`,
          '-z',
          `${folder}/zserv.api`,
        ];
        const command = [`/usr/lib/frr/${program}`, ...options, ...files, '-P', '0', '--vty_socket', folder];
        network.start(machine, [...command, '--log', 'stdout']);
      }
    }

    async function routes(text: string): Promise<RouteStatus[]> {
      const all: RouteStatus[] = [];
      const query = { match: 'exact', prefix: sure(Prefix.parse(text)) } as const;
      for await (const route of network.client('n1').routes(query)) all.push(route);
      return all;
    }
    const written = () => families.flatMap((family) => n1.routes('proto 114', family === 'ipv4' ? 4 : 6));
    const wayTo = (address: string) => n1.ip(`route get ${address}`).split(' uid ')[0].trim();
    /** What the neighbour with BIRD was told of a prefix. */
    function told(machine: Namespace, text: string): string {
      try {
        return network.birdc(machine, `show route for ${text} all protocol n1`);
      } catch {
        return 'nothing';
      }
    }
    const best = async (text: string) => (await routes(text)).find(({ isBest }) => isBest);

    beforeAll(async () => {
      network = new LocalNetwork([1, 2, 3, 4, 5]);
      const machines = network.machines;
      [n1] = machines;
      n1.ip('route add default via 10.0.0.254 proto dhcp metric 1024');
      n1.ip('addr add fe80::63/64 dev eth0 nodad');
      n1.ip('-6 route add default via fe80::254 dev eth0 proto ra metric 1024');
      machines[4].ip('addr del fd00::5/64 dev eth0'); // a link-local address is all that it has of IPv6
      frr(machines[1], 2, 'redistribute connected');
      frr(machines[4], 5, 'network 2001:db8:5::/48');
      network.bird(machines[2], BIRD);
      network.start(machines[3], [
        'gobgpd',
        '-f',
        network.write('gobgpd.toml', GOBGP),
        '--api-hosts',
        '127.0.0.1:50051',
      ]);
      network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
      await eventually(async () => {
        const { sessions } = await network.client('n1').status();
        expect(sessions.map(({ state }) => state)).toEqual(Array(4).fill('Established'));
      }, 60);
      execFileSync('ip', [
        'netns',
        'exec',
        machines[3].name,
        'gobgp',
        'global',
        'rib',
        'add',
        '-a',
        'ipv6',
        '2001:db8:4::/48',
      ]);
    });
    afterAll(() => network.remove());

    test('connected subnets of others are known and told on, and the shared link stays as it is', async () => {
      await eventually(async () =>
        expect(await routes('fd00::/64')).toContainEqual(
          expect.objectContaining({ isBest: true, withheld: 'the link eth0 is connected to it' }),
        ),
      );
      expect(wayTo('fd00::3')).toBe('fd00::3 from :: dev eth0 proto kernel src fd00::1 metric 256 pref medium');
      expect(written().filter((line) => line.startsWith('fd00::'))).toEqual([]);
      await eventually(() => expect(told(network.machines[2], 'fd00::/64')).toContain('BGP.next_hop: fd00::1'));
    });

    test('own addresses, and ways to neighbours and to the gateway of the default route, are nobody’s to change; an anycast address is', async () => {
      await eventually(() => expect(written().join('\n')).toContain('10.0.0.77 via 10.0.0.3 dev eth0'));
      for (const text of ['10.0.0.1/32', '10.0.0.2/32', '10.0.0.254/32', 'fd00::1/128'])
        expect(await best(text)).toMatchObject({ withheld: expect.any(String) });
      for (const address of ['10.0.0.2', '10.0.0.254']) expect(wayTo(address)).toBe(`${address} dev eth0 src 10.0.0.1`);
      expect(written().filter((line) => /^(10\.0\.0\.(1|2|254)|fd00::1) /.test(line))).toEqual([]);
    });

    test('kernel and table agree in the eyes of the gate and of fib check', async () => {
      const found = await network.client('n1').checkFib();
      expect(found).toMatchObject({ missing: 0, extra: 0, different: 0 });
      expect(found.kernel.installed).toBe(found.kernel.wanted);
      expect(found.kernel.withheld?.examples).toContainEqual({
        prefix: 'fd00::/64',
        reason: 'the link eth0 is connected to it',
      });
    });

    test('a route of a neighbour without a global address leads by its link-local one, and is told on as a way by this node', async () => {
      const lines = network.machines[4].ip('-6 addr show dev eth0 scope link');
      const [, address] = /inet6 (fe80::\S+)\//.exec(lines)!;
      await eventually(() =>
        expect(written()).toContainEqual(expect.stringContaining(`2001:db8:5::/48 via ${address} dev eth0`)),
      );
      expect(await best('2001:db8:5::/48')).toMatchObject({ nextHop: `${address}%eth0` });
      await eventually(() =>
        expect(told(network.machines[2], '2001:db8:5::/48')).toMatch(/BGP.next_hop: fd00::1( fe80::\S+)?\n/),
      );
    });

    test('an IPv4 address in an IPv6 next hop is not used, not told on, and spoken of', async () => {
      await eventually(async () =>
        expect(await routes('2001:db8:4::/48')).toEqual([
          expect.objectContaining({
            isBest: false,
            nextHop: '::ffff:10.0.0.4',
            reason: expect.stringContaining('an IPv4-mapped IPv6 address'),
          }),
        ]),
      );
      expect(written().join()).not.toContain('2001:db8:4::');
      expect(told(network.machines[2], '2001:db8:4::/48')).not.toContain('2001:db8:4::/48');
    });

    test('a next hop is used of who is on the link, and of nobody behind the default route', async () => {
      await eventually(() => expect(written().join('\n')).toContain('203.0.113.0/24 via 10.0.0.4 dev eth0'));
      await eventually(async () => {
        for (const text of ['198.51.100.0/24', '192.0.2.0/24'])
          expect(await routes(text)).toEqual([
            expect.objectContaining({ isBest: false, reason: expect.stringContaining('not on the link') }),
          ]);
      });
      expect(written().join()).not.toMatch(/198\.51\.100|192\.0\.2\./);
    });

    test('a link-local address of the node itself, and the one that its routers share, is no next hop; it is judged anew as addresses go and come', async () => {
      const own = [
        expect.objectContaining({ isBest: false, reason: expect.stringContaining('an address of this node') }),
      ];
      const areOwn = () =>
        eventually(async () => {
          for (const text of ['2001:63:1::/48', '2001:63:2::/48']) expect(await routes(text)).toEqual(own);
          expect(written().join()).not.toContain('2001:63:');
        });
      await areOwn();
      n1.ip('addr del fe80::63/64 dev eth0');
      await eventually(() =>
        expect(written()).toContainEqual(expect.stringContaining('2001:63:1::/48 via fe80::63 dev eth0')),
      );
      n1.ip('addr add fe80::63/64 dev eth0 nodad');
      await areOwn();
      await eventually(async () => {
        const { kernel } = await network.client('n1').checkFib();
        expect(kernel.installed).toBe(kernel.wanted);
      });
    });

    test('what may not be used is told once for each reason, with a count', async () => {
      await eventually(async () => {
        const events = await network.client('n1').events(0);
        const all = events.map(({ message }) => message).filter((message) => message.includes('not used'));
        expect(all.filter((message) => message.includes('bird 10.0.0.3'))).toEqual([
          expect.stringMatching(/2 routes, the first \S+, are not used: the next hop is not on the link/),
        ]);
        expect(all.filter((message) => message.includes('gobgp 10.0.0.4'))).toHaveLength(1);
      });
    });

    test('a default route that the node advertises leaves it its own', async () => {
      await eventually(() => expect(told(network.machines[2], '0.0.0.0/0')).toContain('BGP.next_hop: 10.0.0.1'));
      expect(told(network.machines[2], '::/0')).toContain('BGP.next_hop: fd00::1');
      expect(wayTo('100.64.0.1')).toContain('via 10.0.0.254 dev eth0');
      expect(wayTo('2001:db8:ffff::1')).toContain('via fe80::254 dev eth0 proto ra');
      expect(written()).toContain('blackhole 10.77.0.0/16 metric 200');
      expect(written().join('\n')).not.toContain('default');
    });
  },
);
