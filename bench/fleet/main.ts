/**
 * A fleet over etcd with mutual TLS and the rights of `peerform fleet init`: the table of `npm run bench:fleet`. Exits
 * with 1 where an aim is missed.
 * `node main.js --programs FOLDER [--nodes 5000] [--processes 4] [--report FILE] [--profile FOLDER]`
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { etcdEnvironment, etcdHost, makeCertificates, newEtcd, prepareEtcd, startEtcd } from '../../lib/lab/etcd';
import { end, type Tracked } from '../../lib/lab/process';
import { ETCD_FOLDER } from '../../lib/lab/state';
import { type Cost, Costs, type Part } from './costs';
import { type Figures, missedAims, report, type Setup } from './report';
import { nodeOf, PREFIX } from './topology';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '.' },
    root: { type: 'string' },
    nodes: { type: 'string', default: '5000' },
    processes: { type: 'string', default: '4' },
    report: { type: 'string' },
    /** Where CPU profiles of the provider are written. */
    profile: { type: 'string' },
  },
});
const nodes = Number(values.nodes);

async function agentsOf(host: string, folder: string): Promise<ChildProcess[]> {
  const count = Number(values.processes);
  const bounds = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * nodes) / count));
  const children = bounds.slice(1).map((to, i) => {
    const about = [host, join(folder, ETCD_FOLDER), folder, String(bounds[i]), String(to)];
    return begin('agents.js', about);
  });
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve, reject) => {
          child.stdout!.once('data', () => resolve());
          child.once('exit', (code) => reject(new Error(`simulated agents ended with ${code}`)));
        }),
    ),
  );
  return children;
}

/** Processes that end with this one, beside etcd. */
const started: ChildProcess[] = [];

function begin(
  program: string,
  args: readonly string[],
  env = process.env,
  options: readonly string[] = [],
): ChildProcess {
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [...options, join(values.programs, program), ...args], {
    stdio: [...stdio],
    env,
    detached: true, // a session of its own: the kernel shares the processors among sessions
  });
  started.push(child);
  return child;
}

function ended(child: ChildProcess): Promise<unknown> {
  const end = new Promise((resolve) => child.removeAllListeners('exit').once('exit', resolve));
  return child.exitCode === null && child.kill() ? end : Promise.resolve();
}

/** What a run of the provider printed, and what it cost in each part. */
async function run(host: string, folder: string, costs: Costs, args: readonly string[]): Promise<Figures> {
  const env = { ...process.env, ...etcdEnvironment(folder, 'deployer') };
  const before = costs.now();
  const profile = values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile];
  const child = begin('provider.js', args, env, profile);
  let text = '';
  child.stdout!.on('data', (chunk) => {
    text += chunk;
  });
  const watched = costs.watch(child.pid!, host);
  const code = await new Promise((resolve) => child.once('close', resolve));
  const { connections, seconds: own } = watched.end();
  if (code !== 0) throw new Error(`the provider ended with ${code}`);
  const cpu = costs.since(before) as Record<Part, number>;
  return { ...JSON.parse(text), connections, cpu: { ...cpu, provider: own } };
}

/** Rejects when this process is to end. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`ended by ${signal}`)));
});

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pf-bench-'));
  let server: Tracked | undefined;
  const measured = measure(folder, (process) => {
    server = process;
  });
  try {
    await Promise.race([measured, interrupted]);
  } finally {
    await Promise.all(started.map(ended));
    if (server) await end([server]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, remember: (server: Tracked) => void): Promise<void> {
  const [load] = loadavg();
  const names = Array.from({ length: nodes }, (_, i) => nodeOf(i));
  const etcd = await newEtcd(PREFIX);
  const host = etcdHost(etcd);
  await makeCertificates(folder, etcd, []);
  const server = await startEtcd(folder, etcd, remember);
  const running = { ...etcd, process: server };
  const told = async <T>(what: string, act: () => Promise<T>): Promise<[T, number]> => {
    const began = performance.now();
    const result = await act();
    const seconds = (performance.now() - began) / 1000;
    console.error(`  ${what}: ${seconds.toFixed(1)} s`);
    return [result, seconds];
  };
  console.error(`${nodes} nodes …`);
  const [, rights] = await told('rights', () => prepareEtcd(folder, running, names));
  const [children, connecting] = await told('agents connect', () => agentsOf(host, folder));
  const costs = new Costs({ etcd: [server.pid], agents: children.map(({ pid }) => pid!) });
  const idleFrom = costs.now();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = costs.since(idleFrom);
  const state = join(folder, 'state');
  writeFileSync(state, '[]');
  const step = async (title: string, command: string, peers: number) => {
    const args = [command, host, String(nodes), String(peers), state];
    const [figures] = await told(title, () => run(host, folder, costs, args));
    return { ...figures, title };
  };
  const figures = [
    await step('first apply', 'apply', 0),
    await step('plan', 'plan', 0),
    await step('apply of a change', 'apply', 1),
    await step('plan again', 'plan', 1),
  ];
  const setup: Setup = {
    nodes,
    load,
    rights,
    connecting,
    idle: perSecond(idle),
    etcd: costs.memory(),
    database: statSync(join(folder, ETCD_FOLDER, 'data/member/snap/db')).size,
  };
  const [version] = /[\d.]+/.exec(execFileSync('etcd', ['--version'], { encoding: 'utf8' }))!;
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), Node.js ${process.version}, etcd ${version}`;
  const missed = missedAims(figures);
  const text = report(setup, figures, missed, machine);
  console.log(text);
  if (values.report !== undefined) writeFileSync(values.report, text);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

/** Milliseconds in which nothing is deployed. */
const IDLE_MS = 10_000;

const perSecond = (cost: Cost): Cost =>
  Object.fromEntries(Object.entries(cost).map(([part, seconds]) => [part, (seconds * 1000) / IDLE_MS])) as Cost;

main().catch((error: Error) => {
  console.error(error.stack);
  process.exit(2);
});
