import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Namespace } from '../kernel/namespace';
import { ANYCAST, blockOf, CalicoCluster, nodeName, workloadAddress } from './support/calico-node';
import { eventually, LocalNetwork } from './support/network';
import { Pings } from './support/pings';

jest.setTimeout(300_000); // Six moves, each with sessions of BIRD that wait 5 s between attempts.

const NUMBERS = [1, 2, 3];
const GUIDE = readFileSync(join(__dirname, '../../docs/moving-from-calico.md'), 'utf8');

/** The commands below a heading of the guide, for the node of this number. */
function commands(heading: string, n = 1): string {
  const [, section] = new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(GUIDE) ?? [];
  if (section === undefined) throw new Error(`the guide has no section ${heading}`);
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
  if (blocks.length === 0) throw new Error(`section ${heading} has no commands`);
  return blocks.join('\n').replaceAll('node1', nodeName(n));
}

/** The files that the guide has one write. */
const files = [...GUIDE.matchAll(/^`([\w.-]+)`:\n\n```yaml\n([\s\S]*?)```/gm)].map(([, name, text]) => [name, text]);

let network: LocalNetwork;
let cluster: CalicoCluster;
let pings: Pings[] = [];
beforeAll(() => {
  network = new LocalNetwork(NUMBERS);
  cluster = new CalicoCluster(network, NUMBERS, () => Namespace.make());
  for (const [name, text] of files) network.write(name, text);
});
afterEach(async () => {
  for (const one of pings) await one.end();
  pings = [];
});
afterAll(async () => {
  cluster.remove();
  await network.remove();
});

const routes = (n: number, protocol: string) => network.machines[n - 1].routes(`proto ${protocol}`);
const COPIES = 'route show proto kernel metric 4000000';
const others = (n: number) => NUMBERS.filter((other) => other !== n);
/** The blocks of other nodes that a protocol has in a node's kernel. */
const blocks = (n: number, protocol: string) =>
  others(n)
    .map(blockOf)
    .filter((block) => routes(n, protocol).some((line) => line.startsWith(block)));

/** Packets from each workload to each other one. */
async function follow(): Promise<void> {
  pings = NUMBERS.flatMap((from) =>
    others(from).map((to) => new Pings(cluster.workloads[from - 1].name, workloadAddress(to))),
  );
  await Promise.all(pings.map((one) => one.more(20)));
}

async function lost(): Promise<number[]> {
  await Promise.all(pings.map((one) => one.more(20)));
  const all = await Promise.all(pings.map((one) => one.end()));
  pings = [];
  return all;
}

test('a mesh of Calico routes by BIRD', async () => {
  await eventually(() => {
    for (const n of NUMBERS) expect([n, blocks(n, 'bird')]).toEqual([n, others(n).map(blockOf)]);
  }, 60);
});

test('moves to agents node by node, and loses no packet', async () => {
  await follow();
  cluster.run(commands('1. Import'));
  cluster.run(commands('2. Let Calico go on without BGP'));
  for (const n of NUMBERS) cluster.run(commands('3. Keep a copy of the routes', n));
  const copies = network.machines[0].ip(`-o ${COPIES}`);
  expect(copies.match(/^\S+/gm)).toEqual([...others(1).map(blockOf), ANYCAST]);
  expect(copies).toMatch(new RegExp(`^${ANYCAST}.*nexthop via 10.0.0.2 .*nexthop via 10.0.0.3 `, 'm'));
  cluster.run(commands('4. Move one node').split('\n').slice(0, 3).join('\n'));
  await eventually(() => expect(blocks(1, '114')).toEqual(others(1).map(blockOf)), 60);
  cluster.run(commands('Giving up'));
  expect([routes(1, '114'), blocks(1, 'bird')]).toEqual([[], others(1).map(blockOf)]);
  await eventually(() => expect(cluster.established(1)).toBe(2), 60);
  for (const n of NUMBERS) {
    cluster.run(commands('4. Move one node', n));
    expect([n, routes(n, 'bird'), blocks(n, '114')]).toEqual([n, [], others(n).map(blockOf)]);
    expect(cluster.kept(`${nodeName(n)}.network-unavailable`)).toBe('False');
  }
  for (const n of NUMBERS) cluster.run(commands('5. When all have moved', n));
  expect(NUMBERS.flatMap((n) => routes(n, 'kernel').filter((line) => line.includes('via')))).toEqual([]);
  expect(await lost()).toEqual([0, 0, 0, 0, 0, 0]);
});

test('moves back node by node, and loses no packet', async () => {
  await follow();
  const [once, each] = commands('The way back').split('# then, for each node\n');
  for (const n of NUMBERS) cluster.run(commands('3. Keep a copy of the routes', n));
  cluster.run(once);
  for (const n of NUMBERS) {
    cluster.run(each.replaceAll('node1', nodeName(n)));
    expect([n, routes(n, '114'), blocks(n, 'bird')]).toEqual([n, [], others(n).map(blockOf)]);
  }
  for (const n of NUMBERS) cluster.run(commands('5. When all have moved', n));
  expect(await lost()).toEqual([0, 0, 0, 0, 0, 0]);
});

test('the copies have what BIRD may write, and neither its default route nor blackholes', () => {
  const place = Namespace.make();
  try {
    place.run('sh', '-euc', ODD_ROUTES);
    const copy = commands('3. Keep a copy of the routes');
    for (const family of ['-4', '-6']) {
      const lines = copy.replace('ip -o route', `ip ${family} -o route`).replace('ip -batch', `ip ${family} -batch`);
      place.run('sh', '-euc', `ssh() { sh -euc "$2"; }\n${lines}`);
    }
    const shown = ['-4', '-6'].map((family) =>
      place
        .ip(`${family} -o ${COPIES}`)
        .split('\n')
        .map((line) =>
          line
            .replace(/[\\\s]+/g, ' ')
            .replace(' pref medium', '')
            .trim(),
        )
        .filter((line) => line !== ''),
    );
    expect(shown).toEqual([
      [
        '10.65.2.0/26 nexthop via 10.0.1.2 dev d0 weight 1 nexthop via 10.0.1.3 dev d0 weight 1',
        '10.65.3.0/26 via 10.9.1.2 dev d0 onlink',
        '10.65.4.0/26 nexthop via 10.0.1.2 dev d0 weight 3 onlink nexthop via 10.0.1.3 dev d0 weight 1',
        '10.65.6.0/26 nexthop via 10.0.1.2 dev d0 weight 1 nexthop via 10.0.1.3 dev d0 weight 1',
      ],
      [
        'fd65:2::/64 nexthop via fd00::2 dev d0 weight 1 nexthop via fd00::3 dev d0 weight 1',
        'fd65:3::/64 via fd00::2 dev d0',
      ],
    ]);
    place.run('sh', '-euc', `ssh() { shift; "$@"; }\n${commands('5. When all have moved')}`);
    expect(place.ip(COPIES)).toBe('');
  } finally {
    place.remove();
  }
});

/** Routes of BIRD and of an agent on a link of their own. */
const ODD_ROUTES = `
ip link add d0 type veth peer name d1; ip link set d1 up; ip link set d0 up
ip addr add 10.0.1.1/24 dev d0; ip addr add fd00::1/64 dev d0 nodad
ip route add 10.65.2.0/26 proto bird nexthop via 10.0.1.2 dev d0 nexthop via 10.0.1.3 dev d0
ip route add 10.65.3.0/26 proto bird via 10.9.1.2 dev d0 onlink
ip route add 10.65.4.0/26 proto bird nexthop via 10.0.1.2 dev d0 weight 3 onlink nexthop via 10.0.1.3 dev d0
ip route add blackhole 10.65.5.0/26 proto bird
ip route add default proto bird via 10.0.1.9
ip nexthop add id 5 via 10.0.1.2 dev d0; ip nexthop add id 6 via 10.0.1.3 dev d0; ip nexthop add id 7 group 5/6
ip route add 10.65.6.0/26 proto 114 metric 200 nhid 7
ip -6 route add fd65:2::/64 proto bird nexthop via fd00::2 dev d0 nexthop via fd00::3 dev d0
ip -6 route add fd65:3::/64 proto bird via fd00::2 dev d0
ip -6 route add default proto bird via fd00::2 dev d0`;
