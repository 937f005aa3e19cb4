import { existsSync } from 'node:fs';
import type { FabricSpec } from '../../lib/model/fabric';
import { Namespace } from '../kernel/namespace';
import { skipUnless } from './interop/run-cells';
import { FRR_PROGRAMS, startFrr } from './support/frr';
import { eventually, LocalNetwork } from './support/network';

/** A node with two routers, and FRR behind both: the neighbour's own address is a loopback. */
const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
const FAR = { multihop: true, asNumber: 65000, filters: ['all'], connectRetryTime: 1 };

let network: LocalNetwork;
let machines: Namespace[];
let n1: Namespace;
let r1: Namespace;
let r2: Namespace;
let far: Namespace;

/** Both ends of a cable. */
function cable(a: Namespace, b: Namespace, name: string, subnet: number): void {
  a.ip(`link add ${name} type veth peer name ${name} netns ${b.name}`);
  for (const [machine, host] of [[a, 2] as const, [b, 1] as const]) {
    machine.ip(`addr add 10.${subnet}.0.${host}/24 dev ${name}`);
    machine.ip(`addr add fd${subnet}::${host}/64 dev ${name} nodad`);
    machine.ip(`link set ${name} up`);
  }
}

const own = (prefix: string, table = 254) =>
  n1.routes(`table ${table} proto 114 ${prefix}`, prefix.includes(':') ? 6 : 4);
const dev = (prefix: string, table = 254) => own(prefix, table).map((line) => / dev (\S+)/.exec(line)?.[1]);

/** Whether it is there, and as it was, each of many times. */
async function stays(prefixes: readonly string[]): Promise<void> {
  const before = prefixes.map((prefix) => own(prefix));
  for (let sample = 0; sample < 60; sample++) {
    expect(prefixes.map((prefix) => own(prefix))).toEqual(before);
    await new Promise((turn) => setTimeout(turn, 50));
  }
}

const bgpd = (body: string, more = '') => `
router bgp 65000
 bgp router-id 192.0.2.2
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
 ${body.trim().replaceAll('\n', '\n ')}
exit
${more}
`;

skipUnless(
  'FRR beside an agent',
  FRR_PROGRAMS.filter((path) => !existsSync(path)),
  [{ title: 'next hops' }],
  () => {
    beforeEach(() => {
      network = new LocalNetwork([]);
      machines = [n1, r1, r2, far] = Array.from({ length: 4 }, () => Namespace.make());
      cable(n1, r1, 'e1', 1);
      cable(n1, r2, 'e2', 2);
      cable(far, r1, 'f1', 3);
      cable(far, r2, 'f2', 4);
      for (const [machine, n] of [[r1, 1] as const, [r2, 2] as const]) {
        network.start(machine, [
          'sh',
          '-c',
          'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
        ]);
        machine.ip(`route add default via 10.${n + 2}.0.2`);
        machine.ip(`-6 route add default via fd${n + 2}::2`);
        far.ip(`route add 10.${n}.0.0/24 via 10.${n + 2}.0.1`);
        far.ip(`-6 route add fd${n}::/64 via fd${n + 2}::1`);
      }
      for (const address of ['192.0.2.2/32', '203.0.113.1/32', '2001:db8:2::2/128'])
        far.ip(`addr add ${address} dev lo`);
    });
    afterEach(async () => {
      await network.remove();
      for (const one of machines) one.remove();
    });

    test('FRR that announces its own address, and its subnet, over multihop sessions: each is heard once, and stays', async () => {
      n1.ip('route add default via 10.1.0.1');
      n1.ip('-6 route add default via fd1::1');
      await startFrr(
        network,
        far,
        bgpd(`
neighbor 10.1.0.2 remote-as 64512
neighbor 10.1.0.2 ebgp-multihop 4
neighbor 10.1.0.2 update-source 192.0.2.2
neighbor 10.1.0.2 timers connect 1
neighbor fd1::2 remote-as 64512
neighbor fd1::2 ebgp-multihop 4
neighbor fd1::2 update-source 2001:db8:2::2
neighbor fd1::2 timers connect 1
address-family ipv4 unicast
 neighbor 10.1.0.2 activate
 network 192.0.2.2/32
 network 192.0.2.0/24
 network 203.0.113.0/24
exit-address-family
address-family ipv6 unicast
 neighbor fd1::2 activate
 network 2001:db8:2::2/128
 network 2001:db8:2::/48
 network 2001:db8:3::/48
exit-address-family`),
      );
      const fabric: FabricSpec = {
        name: 'far',
        asNumber: 64512,
        nodes: { n1: { ipv4Address: '10.1.0.2', ipv6Address: 'fd1::2' } },
        peers: { far4: { address: '192.0.2.2', ...FAR }, far6: { address: '2001:db8:2::2', ...FAR } },
        filters: { all },
      };
      const heard = network.start(n1, ['ip', 'monitor', 'route']);
      const prefixes = [
        ...['192.0.2.2/32', '192.0.2.0/24', '203.0.113.0/24'],
        ...['2001:db8:2::2/128', '2001:db8:2::/48', '2001:db8:3::/48'],
      ];
      network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
      await eventually(() => expect(prefixes.flatMap((prefix) => dev(prefix))).toEqual(Array(6).fill('e1')), 60);
      await stays(prefixes);
      const events = heard.text.split('\n').filter((line) => line.includes('proto 114'));
      for (const prefix of prefixes) {
        const name = prefix.replace(/\/(32|128)$/, '');
        expect([name, events.filter((line) => line.includes(`${name} `)).length]).toEqual([name, 1]);
      }
      // With the default route goes all that leads to the neighbour but itself, and comes back with it.
      n1.ip('route del default');
      await eventually(() => expect(n1.routes('proto 114')).toEqual([]));
      n1.ip('route add default via 10.2.0.1');
      await eventually(
        () => expect(prefixes.slice(0, 3).flatMap((prefix) => dev(prefix))).toEqual(['e2', 'e2', 'e2']),
        60,
      );
    });

    test('in a table of its own: next hops follow routes in main, rules and links; the one of a link does not go to the default route', async () => {
      const TABLE = 100;
      n1.ip(`rule add priority 100 lookup ${TABLE}`);
      n1.ip('route add 192.0.2.2/32 via 10.1.0.1');
      await startFrr(
        network,
        far,
        bgpd(`
neighbor 10.1.0.2 remote-as 64512
neighbor 10.1.0.2 ebgp-multihop 4
neighbor 10.1.0.2 update-source 192.0.2.2
neighbor 10.1.0.2 timers connect 1
address-family ipv4 unicast
 neighbor 10.1.0.2 activate
 network 203.0.113.0/24
exit-address-family`),
      );
      // On the link, and with its routes kept when it goes.
      await startFrr(
        network,
        r2,
        bgpd(`
bgp graceful-restart
neighbor 10.2.0.2 remote-as 64512
neighbor 10.2.0.2 timers connect 1
address-family ipv4 unicast
 neighbor 10.2.0.2 activate
 network 198.51.100.0/24
exit-address-family`).replace('router-id 192.0.2.2', 'router-id 10.2.0.1'),
      );
      const fabric: FabricSpec = {
        name: 'table',
        asNumber: 64512,
        kernelTable: TABLE,
        nodes: { n1: { ipv4Address: '10.1.0.2' } },
        peers: {
          far: { address: '192.0.2.2', ...FAR },
          tor: {
            address: '10.2.0.1',
            localAddress: '10.2.0.2',
            asNumber: 65000,
            filters: ['all'],
            connectRetryTime: 1,
          },
        },
        filters: { all },
      };
      network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
      const [FAR_ROUTE, LINK_ROUTE] = ['203.0.113.0/24', '198.51.100.0/24'];
      const goesBy = async (link: string) => {
        await eventually(() => expect(dev(FAR_ROUTE, TABLE)).toEqual([link]));
        expect(n1.ip('route get 203.0.113.1')).toContain(` dev ${link} `);
        const found = await network.client('n1').checkFib();
        expect([found.kernel.wanted, found.kernel.waiting]).toEqual([found.kernel.installed, []]);
      };
      await eventually(() => expect(dev(LINK_ROUTE, TABLE)).toEqual(['e2']), 60);
      await eventually(() => expect(dev(FAR_ROUTE, TABLE)).toEqual(['e1']), 60);
      await goesBy('e1');
      n1.ip('route replace 192.0.2.2/32 via 10.2.0.1');
      await goesBy('e2');
      // A rule sends the look-up to another table, where the next hop lies elsewhere; then it goes again.
      n1.ip('route add 192.0.2.2/32 via 10.1.0.1 table 200');
      n1.ip('rule add priority 50 to 192.0.2.2 lookup 200');
      await goesBy('e1');
      n1.ip('rule del priority 50');
      await goesBy('e2');
      // The link goes, and with it the route: the multihop neighbour is looked for behind the default route, the one of
      // the link is not.
      n1.ip('route add default via 10.1.0.1');
      n1.ip('link set e2 down');
      await goesBy('e1');
      await eventually(() => expect(own(LINK_ROUTE, TABLE)).toEqual([]));
      await stays([LINK_ROUTE]);
      n1.ip('link set e2 up');
      await eventually(() => expect(dev(LINK_ROUTE, TABLE)).toEqual(['e2']), 60);
    });
  },
);
