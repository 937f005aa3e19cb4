import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Namespace } from '../kernel/namespace';
import { blockOf, CalicoCluster, nodeName, workloadAddress } from './support/calico-node';
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

let network: LocalNetwork,
  cluster: CalicoCluster,
  pings: Pings[] = [];
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
