import { execFileSync } from 'node:child_process';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { eventually, LocalNetwork, type Process } from './support/network';

/*
 * What happens to hosts, made to happen to one whose neighbour is a BIRD. The agent has a read-only root and two
 * capabilities, as in a container. What this leaves out: bonds, VLANs and VRFs, which the kernel of the test may not
 * have; the clock on the wall, which no namespace has for itself (the agent goes by the monotonic one); a full
 * conntrack table, which is of the whole machine.
 */
const all = [{ action: 'accept' }] as const;
const fabric: FabricSpec = {
  name: 'host',
  asNumber: 64512,
  connectRetryTime: 1,
  nodes: { n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1', advertise: [{ prefix: '10.65.0.0/24' }] } },
  peers: {
    tor4: { address: '10.0.0.254', asNumber: 65000, filters: ['all'] },
    tor6: { address: 'fd00::254', asNumber: 65000, filters: ['all'] },
  },
  filters: { all: { import: [...all], export: [...all] } },
};
const BIRD = `
router id 10.0.0.254;
protocol device {}
protocol static { ipv4; route 203.0.113.0/24 blackhole; route 198.51.100.0/24 blackhole; }
protocol static { ipv6; route 2001:db8:203::/48 blackhole; }
protocol bgp n1v4 { local 10.0.0.254 as 65000; neighbor 10.0.0.1 as 64512; connect delay time 1; connect retry time 1; ipv4 { import all; export all; }; }
protocol bgp latev4 { local 10.0.0.254 as 65000; neighbor 10.0.0.2 as 64512; connect delay time 1; connect retry time 1; ipv4 { import all; export all; }; }
protocol bgp latev6 { local fd00::254 as 65000; neighbor fd00::2 as 64512; connect delay time 1; connect retry time 1; ipv6 { import all; export all; }; }
protocol bgp n1v6 { local fd00::254 as 65000; neighbor fd00::1 as 64512; connect delay time 1; connect retry time 1; ipv6 { import all; export all; }; }
`;
const OWN = 'proto 114';
const ROUTES = [
  'blackhole 10.65.0.0/24 metric 200',
  '198.51.100.0/24 via 10.0.0.254 metric 200',
  '203.0.113.0/24 via 10.0.0.254 metric 200',
];
const ROUTES6 = ['2001:db8:203::/48 via fd00::254 metric 200'];
const HEARD = ['10.65.0.0/24', '10.66.0.2/32'];
const TWO = '+net_admin,+net_bind_service';
const CONTAINED = [
  ...['unshare', '--mount', 'sh', '-c'],
  `mount --bind "$0" "$0"; mount -o remount,bind,ro /; exec setpriv --bounding-set=-all,${TWO} --inh-caps=-all "$@"`,
];

let network: LocalNetwork;
let n1: Namespace;
let late: Namespace;
let tor: Namespace;
let agent: Process;
/** When sessions came up, as it was after the last change. */
let last: Record<string, string>;
beforeAll(async () => {
  network = new LocalNetwork([1, 2, 254]);
  [n1, late, tor] = network.machines;
  network.bird(tor, BIRD);
  n1.pair('cali0');
  n1.ip('route add 10.66.0.2/32 dev cali0');
  agent = network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)], [...CONTAINED, network.folder]);
  await isWhole();
  last = await since();
});
afterAll(() => network.remove());

const client = (node = 'n1') => network.client(node);
/** The state of each session and when it came to be, by the neighbour. */
async function since(node = 'n1'): Promise<Record<string, string>> {
  const { sessions } = await client(node).status();
  return Object.fromEntries(sessions.map(({ remoteAddress, state, since: at }) => [remoteAddress, `${state} ${at}`]));
}
const UP = {
  '10.0.0.254': expect.stringMatching(/^Established /),
  'fd00::254': expect.stringMatching(/^Established /),
};

/** The kernel has what BGP chose, neighbours hear what the kernel has, and both sessions are up. */
async function isWhole(): Promise<void> {
  const plain = (lines: string[]) => lines.map((line) => line.replace(/ dev \S+| onlink| pref \w+/g, ''));
  await eventually(async () => {
    expect(await since()).toEqual(UP);
    expect([plain(n1.routes(OWN)), plain(n1.routes(OWN, 6))]).toEqual([ROUTES, ROUTES6]);
    const told = network
      .birdc(tor, 'show route protocol n1v4')
      .split('\n')
      .flatMap((line) => (line.startsWith('10.') ? [line.replace(/ .*/, '')] : []));
    expect(told.sort()).toEqual(HEARD);
  }, 30);
  expect(await client().checkFib()).toMatchObject({ missing: 0, extra: 0, different: 0 });
}

function run(machine: string, script: string): void {
  execFileSync('ip', ['netns', 'exec', machine, 'sh', '-ec', script], { stdio: 'pipe' });
}

/**
 * What is done, line by line; `back` undoes it. `loses`: sessions that end by it, for no packet comes through
 * meanwhile.
 */
interface Happening {
  readonly change: string;
  readonly back?: string;
  readonly loses?: readonly ('10.0.0.254' | 'fd00::254')[];
}
const BOTH = ['10.0.0.254', 'fd00::254'] as const;
const set = (path: string, value: number | string) => `echo ${value} > /proc/sys/net/${path}`;

const HAPPENINGS: Record<string, Happening> = {
  'an own address is on lo, too, and goes from there': {
    change: 'ip addr add 10.0.0.1/32 dev lo; ip addr add fd00::1/128 dev lo',
    back: 'ip addr del 10.0.0.1/32 dev lo; ip addr del fd00::1/128 dev lo',
  },
  'a mask changes, the new one first': {
    change: 'ip addr add 10.0.0.1/16 dev eth0; ip addr del 10.0.0.1/24 dev eth0',
    back: 'ip addr add 10.0.0.1/24 dev eth0; ip addr del 10.0.0.1/16 dev eth0',
  },
  'a mask changes, the old one first': {
    change: 'ip addr del 10.0.0.1/24 dev eth0; ip addr add 10.0.0.1/16 dev eth0',
    back: 'ip addr del 10.0.0.1/16 dev eth0; ip addr add 10.0.0.1/24 dev eth0',
  },
  'a link becomes the port of a bridge, and its addresses move there': {
    change: `ip link add br1 type bridge; ip link set br1 up; ip link set eth0 master br1
      ip addr del 10.0.0.1/24 dev eth0; ip addr add 10.0.0.1/24 dev br1
      ip addr del fd00::1/64 dev eth0; ip addr add fd00::1/64 dev br1 nodad`,
    back: `ip addr add 10.0.0.1/24 dev eth0; ip addr add fd00::1/64 dev eth0 nodad
      ip link set eth0 nomaster; ip link del br1`,
  },
  'an IPv6 address is tentative again': {
    change: 'ip addr del fd00::1/64 dev eth0; ip addr add fd00::1/64 dev eth0',
  },
  'privacy addresses come and are deprecated': {
    change: `${set('ipv6/conf/eth0/use_tempaddr', 2)}; ip addr add fd00::77:1/64 dev eth0 mngtmpaddr nodad
      ip addr add fd00::77:2/64 dev eth0 nodad preferred_lft 0 valid_lft 600`,
    back: `ip addr del fd00::77:1/64 dev eth0; ip addr del fd00::77:2/64 dev eth0; ${set('ipv6/conf/eth0/use_tempaddr', 0)}
      ip -6 addr flush dev eth0 temporary`,
  },
  'all addresses of a link are flushed and written again': {
    change:
      'ip addr flush dev eth0 scope global; ip addr add 10.0.0.1/24 dev eth0; ip addr add fd00::1/64 dev eth0 nodad',
  },
  'IPv6 is switched off for a link, and on again': {
    change: `${set('ipv6/conf/eth0/disable_ipv6', 1)}; ${set('ipv6/conf/eth0/disable_ipv6', 0)}; ip addr add fd00::1/64 dev eth0 nodad`,
  },
  'a link that is up has another name': {
    change: 'ip link set eth0 name uplink',
    back: 'ip link set uplink name eth0',
  },
  'a link has another MTU': { change: 'ip link set eth0 mtu 1400', back: 'ip link set eth0 mtu 1500' },
  'a link has another MAC address': { change: 'ip link set eth0 address 02:00:00:00:00:99; ip neigh flush all' },
  'a link hears everything for a while': {
    change: 'ip link set eth0 promisc on',
    back: 'ip link set eth0 promisc off',
  },
  'a tunnel comes and goes': {
    change: 'ip link add vx0 type vxlan id 3 dstport 4789; ip addr add 10.9.0.1/24 dev vx0; ip link set vx0 up',
    back: 'ip link del vx0',
  },
  'reverse paths are filtered': {
    change: `${set('ipv4/conf/all/rp_filter', 1)}; ${set('ipv4/conf/eth0/rp_filter', 1)}`,
    back: `${set('ipv4/conf/all/rp_filter', 0)}; ${set('ipv4/conf/eth0/rp_filter', 0)}`,
  },
  'forwarding is switched off and on': {
    change: `${set('ipv4/ip_forward', 0)}; ${set('ipv6/conf/all/forwarding', 0)}`,
    back: `${set('ipv4/ip_forward', 1)}; ${set('ipv6/conf/all/forwarding', 1)}`,
  },
  'routes of links without carrier are ignored': {
    change: set('ipv4/conf/all/ignore_routes_with_linkdown', 1),
    back: set('ipv4/conf/all/ignore_routes_with_linkdown', 0),
  },
  'the kernel shows routes by the number of their nexthop object': {
    change: set('ipv4/nexthop_compat_mode', 0),
    back: set('ipv4/nexthop_compat_mode', 1),
  },
  'our routes are deleted': {
    change: `ip route del 203.0.113.0/24 ${OWN}; ip route del blackhole 10.65.0.0/24 ${OWN}; ip -6 route del 2001:db8:203::/48 ${OWN}`,
  },
  'our nexthop objects are flushed': { change: `ip nexthop flush ${OWN}` },
  'connected routes and those of workloads are deleted, and written again': {
    change: `ip route del 10.0.0.0/24 dev eth0; ip -6 route del fd00::/64 dev eth0; ip route del 10.66.0.2/32
      ip route add 10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1
      ip -6 route add fd00::/64 dev eth0 proto kernel metric 256; ip route add 10.66.0.2/32 dev cali0`,
  },
  'neighbours on the link are forgotten': { change: 'ip neigh flush all; ip -6 neigh flush all' },
  'rules come and go': {
    change:
      'ip rule add pref 100 lookup 77; ip -6 rule add pref 100 lookup 77; ip route add default via 10.0.0.9 table 78',
    back: 'ip rule del pref 100; ip -6 rule del pref 100; ip route del default table 78',
  },
  'somebody has a better route to a prefix of ours': {
    change: 'ip route add 203.0.113.0/24 via 10.0.0.9 metric 5',
    back: 'ip route del 203.0.113.0/24 metric 5',
  },
  'somebody takes the place of a route of ours, and leaves it': {
    change:
      'ip route replace 203.0.113.0/24 via 10.0.0.9 metric 200; ip route del 203.0.113.0/24 via 10.0.0.9 metric 200',
  },
  'a workload goes to another network namespace, comes back, and has another link': {
    change: `ip link del cali0; ip link add cali0 type veth peer name cali0-far; ip link set cali0 up; ip link set cali0-far up
      ip route add 10.66.0.2/32 dev cali0`,
  },
  'a link is set down and up': {
    change: 'ip link set eth0 down; ip link set eth0 up; ip addr replace fd00::1/64 dev eth0 nodad',
    loses: BOTH,
  },
};

describe('sessions stay that can, and the kernel has what BGP chose, where', () => {
  /** Only these sessions are others than they were. */
  const expectLost = async (loses: readonly string[]) => {
    const now = await since();
    for (const [address, at] of Object.entries(last))
      if (!loses.includes(address)) expect([address, now[address]]).toEqual([address, at]);
    last = now;
  };

  test.each(Object.entries(HAPPENINGS))('%s', async (_, { change, back, loses = [] }) => {
    run(n1.name, change);
    await isWhole();
    if (back !== undefined) {
      run(n1.name, back);
      await isWhole();
    }
    await expectLost(loses);
  });

  test('the link of the neighbour goes to another network namespace, and comes back', async () => {
    run(n1.name, 'ip link set eth0 down');
    n1.ip(`link set eth0 netns ${late.name} name visitor`);
    late.ip(`link set visitor netns ${n1.name} name eth0`);
    run(n1.name, 'ip link set eth0 up; ip addr add 10.0.0.1/24 dev eth0; ip addr add fd00::1/64 dev eth0 nodad');
    await isWhole();
    await expectLost(BOTH);
  });

  test('the agent stands still while the kernel tells of more than it keeps', async () => {
    const routes = Array.from(
      { length: 30_000 },
      (_, i) => `20.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 dev cali0 proto babel metric 9`,
    );
    const batch = (verb: string) =>
      execFileSync('ip', ['-n', n1.name, '-batch', '-'], {
        input: routes.map((route) => `route ${verb} ${route}`).join('\n'),
      });
    agent.signal('SIGSTOP');
    for (const verb of ['add', 'del']) batch(verb);
    n1.ip(`route del 203.0.113.0/24 ${OWN}`);
    agent.signal('SIGCONT');
    await eventually(() => expect(agent.text).toContain('the kernel dropped events'));
    await isWhole();
    await expectLost([]);
  });
});

describe('an agent that listens at its own addresses alone', () => {
  const addresses = (verb: string) => {
    late.ip(`addr ${verb} 10.0.0.2/24 dev eth0`);
    late.ip(`addr ${verb} fd00::2/64 dev eth0`);
  };

  test('waits for them, and for the end of duplicate address detection, and outlives their going', async () => {
    const { n1: node, ...others } = { ...fabric.nodes };
    const own = {
      ...fabric,
      bindMode: 'nodeAddress',
      nodes: { late: { ...node, ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2' }, ...others },
    };
    addresses('del');
    const process = network.agent(late, 'late', ['--fabric', network.write('late.json', own)]);
    await eventually(async () => expect(Object.keys(await since('late'))).toEqual(Object.keys(UP)));
    addresses('add');
    await eventually(async () => expect(await since('late')).toEqual(UP), 30);
    addresses('del');
    await eventually(async () => expect(JSON.stringify(await since('late'))).not.toContain('Established'));
    addresses('add');
    await eventually(async () => expect(await since('late')).toEqual(UP), 30);
    expect(await process.kill('SIGTERM')).toBe(0);
  });
});

afterEach(() => expect(agent.text).not.toMatch(/failed|uncaught|unhandled/i));
