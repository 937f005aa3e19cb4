/**
 * What links that come and go cost a daemon with many neighbours, and how late it is with a route after them: BIRD and
 * the agent, one after the other.
 *
 *   npm run bench:kernel -- --part links
 *
 * Processor time is that of the whole process, from before the first link until it rests.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Namespace } from '../../test/kernel/namespace';
import { killAll } from './children';

const LINKS = Number(process.argv[2] ?? 500);
const NEIGHBOURS = Number(process.argv[3] ?? 300);
const MAIN = join(process.cwd(), 'dist/cli/main.js');
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const far = (i: number): string => `10.0.${1 + (i >> 7)}.${1 + (i & 127)}`;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

interface Lab {
  readonly folder: string;
  readonly node: Namespace;
  readonly tor: Namespace;
}

/** One of them is there, and leads on to all the others, each with a route of its own. */
const TOR = far(0);
const prefixOf = (i: number): string => `203.${i >> 8}.${i & 255}.0/24`;

const peerform = ({ folder }: Lab): string[] => {
  const peers = numbers(NEIGHBOURS).map((i) => [
    `p${i}`,
    { address: far(i), asNumber: 65000 + i, filters: ['all'], passive: i > 0 },
  ]);
  const all = [{ action: 'accept' }];
  const fabric = {
    name: 'links',
    asNumber: 64512,
    nodes: { n1: { ipv4Address: '10.0.0.1', workloadInterfaces: ['veth*'] } },
    peers: Object.fromEntries(peers),
    filters: { all: { import: all, export: all } },
  };
  writeFileSync(join(folder, 'fabric.json'), JSON.stringify(fabric));
  const own = ['--node', 'n1', '--socket', join(folder, 'n1'), '--state', join(folder, 'state')];
  return [process.execPath, MAIN, 'agent', ...own, '--fabric', join(folder, 'fabric.json')];
};

function bird(folder: string, name: string, id: string, config: readonly string[]): string[] {
  const file = join(folder, `${name}.conf`);
  writeFileSync(file, [`router id ${id};`, 'protocol device {}', ...config].join('\n'));
  return ['bird', '-f', '-c', file, '-s', join(folder, `${name}.ctl`)];
}

const birdBeside = ({ folder }: Lab): string[] =>
  bird(folder, 'n1', '10.0.0.1', [
    'protocol direct { ipv4; }',
    'protocol kernel { learn; ipv4 { import all; export where source = RTS_BGP; }; }',
    ...numbers(NEIGHBOURS).map(
      (i) =>
        `protocol bgp p${i} { local 10.0.0.1 as 64512; neighbor ${far(i)} as ${65000 + i}; ${i > 0 ? 'passive; ' : ''}ipv4 { import all; export all; }; }`,
    ),
  ]);

const neighbour = ({ folder }: Lab): string[] =>
  bird(folder, 'tor', TOR, [
    `protocol static { ipv4; ${numbers(NEIGHBOURS)
      .map((i) => `route ${prefixOf(i)} blackhole;`)
      .join(' ')} }`,
    'filter onward {',
    ...numbers(NEIGHBOURS).map((i) => `if net = ${prefixOf(i)} then bgp_next_hop = ${far(i)};`),
    'accept; }',
    `protocol bgp n1 { local ${TOR} as 65000; neighbor 10.0.0.1 as 64512; ipv4 { import all; export filter onward; }; }`,
  ]);

function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 120_000; !holds(); await sleep(10))
    if (performance.now() > deadline) throw new Error(`never came: ${holds}`);
}

async function measured(name: string, command: (lab: Lab) => string[]): Promise<number> {
  const lab = { folder: mkdtempSync(join(tmpdir(), 'pf-bench-')), node: Namespace.make(), tor: Namespace.make() };
  const { folder, node, tor } = lab;
  const children: ReturnType<typeof spawn>[] = [];
  const start = (machine: Namespace, line: string[]) => {
    const child = spawn('ip', ['netns', 'exec', machine.name, ...line], { stdio: 'ignore' });
    children.push(child);
    return child.pid!;
  };
  const batch = (lines: string[]) =>
    execFileSync('ip', ['-n', node.name, '-batch', '-'], { input: lines.join('\n'), maxBuffer: 1 << 26 });
  const isTold = (prefix: string) =>
    spawnSync('birdc', ['-s', join(folder, 'tor.ctl'), 'show', 'route', prefix]).stdout.includes(prefix);
  try {
    node.ip(`link add eth0 type veth peer name eth0 netns ${tor.name}`);
    for (const one of [node, tor]) one.ip('link set eth0 up');
    node.ip('addr add 10.0.0.1/16 dev eth0');
    tor.ip(`addr add ${TOR}/16 dev eth0`);
    start(tor, neighbour(lab));
    const pid = start(node, command(lab));
    await until(() => node.ip('route show root 203.0.0.0/8').split('\n').length > NEIGHBOURS);
    await sleep(15_000);
    const before = processorTime(pid);
    const began = performance.now();
    batch(
      numbers(LINKS).flatMap((i) => [
        `link add veth${i} type veth peer name far${i}`,
        `link set veth${i} up`,
        `link set far${i} up`,
        `addr add 10.200.${i >> 8}.${i & 255}/32 dev veth${i}`,
        `route add 10.65.${i >> 8}.${i & 255}/32 dev veth${i}`,
      ]),
    );
    batch(numbers(LINKS).map((i) => `link del veth${i}`));
    const done = performance.now();
    node.ip('link add veth-last type veth peer name far-last');
    for (const link of ['veth-last', 'far-last']) node.ip(`link set ${link} up`);
    const added = performance.now();
    node.ip('route add 10.66.0.1/32 dev veth-last');
    await until(() => isTold('10.66.0.1/32'));
    const late = performance.now() - added;
    for (let last = -1, now = processorTime(pid); now > last + 0.02; now = processorTime(pid)) {
      last = now;
      await sleep(1000);
    }
    const used = processorTime(pid) - before;
    console.log(
      `${name.padEnd(10)} ${LINKS} links, ${NEIGHBOURS} neighbours: processor time ${used.toFixed(2)} s, links came and went in ${((done - began) / 1000).toFixed(1)} s, next route at the neighbour after ${late.toFixed(0)} ms`,
    );
    return used;
  } finally {
    await killAll(children);
    for (const one of [node, tor]) one.remove();
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const other = await measured('BIRD', birdBeside);
  const own = await measured('Peerform', peerform);
  console.log(`Peerform / BIRD: ${(own / other).toFixed(2)}`);
}

void main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
