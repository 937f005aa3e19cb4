#!/usr/bin/env node
// An agent beside a bare Node.js of the same version: CPU time and time until each listens on a Unix socket, and
// memory. npm run bench:start -- [--reps N] [--no-build]. Needs root, or user namespaces; see bench/README.md.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { reps: { type: 'string', default: '21' }, 'no-build': { type: 'boolean', default: false } },
});
/** Milliseconds after which an agent has warmed up and given memory back. */
const SETTLED = 15_000;

const folder = mkdtempSync(join(tmpdir(), 'peerform-bench-start-'));
const socket = join(folder, 'socket');
const cache = join(folder, 'cache');
const fabric = join(folder, 'fabric.json');
const all = { import: [{ action: 'accept' }], export: [{ action: 'accept' }] };
const node = { ipv4Address: '127.0.0.1', routerId: '192.0.2.1', workloadInterfaces: [] };
const peer = { node: 'node1', address: '192.0.2.2', asNumber: 65001, passive: true, filters: ['all'] };
writeFileSync(
  fabric,
  JSON.stringify({ name: 'bench', asNumber: 65000, nodes: { node1: node }, peers: { peer }, filters: { all } }),
);
mkdirSync(cache);

const asUser = process.getuid() === 0 ? [] : ['--user', '--map-root-user'];
const agent = [join(ROOT, 'dist/cli/main.js'), 'agent', '--node', 'node1', '--fabric', fabric, '--socket', socket];
/** What is started, and its environment. */
const PROGRAMS = {
  'bare Node': [['-e', 'require("node:net").createServer().listen(process.argv[1])', socket], {}],
  'agent, first start': [agent, {}],
  agent: [agent, { CACHE_DIRECTORY: cache }],
};

const read = (path) => readFileSync(path, 'utf8');
const cpuOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]) / 1e6,
    0,
  );
const memoryOf = (pid, what) => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(read(`/proc/${pid}/status`))[1]) / 1000;

/** Starts a program, and stops it after what `then` does once it listens. */
async function started(name, then) {
  const [args, env] = PROGRAMS[name];
  rmSync(socket, { force: true });
  const begun = performance.now();
  const child = spawn('unshare', [...asUser, '--net', process.execPath, ...args], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!existsSync(socket)) {
      if (child.exitCode !== null) throw new Error(`${name} ended before it listened (${child.exitCode})`);
      await sleep(1);
    }
    const listening = { cpu: cpuOf(child.pid), ms: performance.now() - begun };
    return { ...listening, ...(await then?.(child.pid)) };
  } finally {
    child.kill();
    await ended;
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

try {
  if (!values['no-build']) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  const names = Object.keys(PROGRAMS);
  const settled = Object.fromEntries(names.map((name) => [name, undefined]));
  for (const name of names) {
    settled[name] = await started(name, async (pid) => {
      const first = memoryOf(pid, 'VmRSS');
      await sleep(name === 'bare Node' ? 1000 : SETTLED);
      return { first, rss: memoryOf(pid, 'VmRSS'), most: memoryOf(pid, 'VmHWM') };
    });
  }
  const runs = Object.fromEntries(names.map((name) => [name, []]));
  for (let rep = 0; rep < Number(values.reps); rep++) for (const name of names) runs[name].push(await started(name)); // in turn: others are busy, too
  const bare = median(runs['bare Node'].map(({ cpu }) => cpu));
  console.log(`Node.js ${process.version}, medians of ${values.reps} starts in turn\n`);
  console.log(`| | CPU until it listens, ms | time, ms | memory then, MB | settled, MB | highest, MB |
|---|---|---|---|---|---|`);
  for (const name of names) {
    const cpu = median(runs[name].map((run) => run.cpu));
    const ms = median(runs[name].map((run) => run.ms));
    const { first, rss, most } = settled[name];
    const more = rss - settled['bare Node'].rss;
    console.log(
      `| ${name} | ${cpu.toFixed(0)} (${(cpu / bare).toFixed(2)}×) | ${ms.toFixed(0)} | ${first.toFixed(0)} | ${rss.toFixed(0)} (+${more.toFixed(0)}) | ${most.toFixed(0)} |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
