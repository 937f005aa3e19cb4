#!/usr/bin/env node
// What BFD costs, and how soon it finds a silent neighbour: npm run bench:bfd -- [--part NAMES] [--sessions N]
// [--seconds N] [--silences N] [--no-build]. Needs root, Linux, iproute2, util-linux, tcpdump and BIRD. See
// bench/README.md.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MAIN = join(ROOT, 'dist/cli/main.js');
const PARTS = { sessions, silences };
const { values } = parseArgs({
  options: {
    part: { type: 'string', default: Object.keys(PARTS).join() },
    sessions: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    silences: { type: 'string', default: '50' },
    interval: { type: 'string', default: '300' },
    'no-build': { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const [count, seconds, rounds, interval] = [values.sessions, values.seconds, values.silences, values.interval].map(
  Number,
);
if (process.platform !== 'linux' || process.getuid() !== 0) {
  console.error('the bench creates network namespaces: it needs Linux and root');
  process.exit(1);
}
if (!values['no-build']) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });

const folder = mkdtempSync(join(tmpdir(), 'peerform-bfd-'));
const [near, far] = ['near', 'far'].map((name) => `pfb-${process.pid}-${name}`);
const children = [];
const ip = (at, ...command) => execFileSync('ip', ['-n', at, ...command], { stdio: 'pipe' });
const start = (at, ...command) => {
  const child = spawn('ip', ['netns', 'exec', at, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
};
try {
  for (const at of [near, far]) execFileSync('ip', ['netns', 'add', at]);
  ip(near, 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up0', 'netns', far);
  ip(near, 'addr', 'add', '10.9.0.1/16', 'dev', 'up0');
  for (const at of [near, far]) ip(at, 'link', 'set', 'up0', 'up');
  for (const part of values.part.split(',')) await PARTS[part]();
} finally {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue; // asked of each in its turn
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const at of [near, far]) execFileSync('ip', ['netns', 'del', at]);
  rmSync(folder, { recursive: true });
}

/** A process with sessions, as its unit starts it, and the last status of each. */
async function bfd(at, pairs, ...options) {
  const socket = join(folder, `${at}-${children.length}`, 'bfd.sock');
  const child = start(
    at,
    'env',
    'NODE_OPTIONS=--max-semi-space-size=1',
    'chrt',
    '-r',
    '10',
    process.execPath,
    ...options,
    MAIN,
    'bfd',
    '--socket',
    socket,
  );
  const statuses = new Map();
  const told = [];
  const link = await dial(socket);
  let rest = '';
  link.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const { process: about, sessions: all = [], changed = [] } = JSON.parse(line);
      if (about) child.about = about;
      for (const status of [...all, ...changed]) {
        statuses.set(status.key, status);
        told.push(status);
      }
    }
  });
  const times = { minimumTtl: 255, transmitInterval: interval, receiveInterval: interval, detectMultiplier: 3 };
  const specs = pairs.map(([local, remote]) => ({
    key: `${local} ${remote} direct`,
    ...{ local, remote, multihop: false, passive: false, ...times },
  }));
  link.write(`${JSON.stringify({ sessions: specs })}\n`);
  return { child, statuses, told };
}

async function dial(path) {
  for (;;) {
    const socket = connect(path);
    if (await new Promise((done) => socket.once('connect', () => done(true)).once('error', () => done(false))))
      return socket;
    await sleep(20);
  }
}

async function until(holds) {
  for (const end = Date.now() + 60_000; !holds(); await sleep(50))
    if (Date.now() > end) throw new Error('it takes too long');
}

/** CPU of so many sessions that are up, and memory. */
async function sessions() {
  const addresses = Array.from({ length: count }, (_, i) => `10.9.${1 + (i >> 8)}.${i & 255}`);
  writeFileSync(join(folder, 'lines'), addresses.map((one) => `addr add ${one}/16 dev up0\n`).join(''));
  execFileSync('ip', ['-n', far, '-batch', join(folder, 'lines')], { stdio: 'pipe' });
  const options = values.profile ? ['--cpu-prof', '--cpu-prof-dir', values.profile] : [];
  const ours = await bfd(
    near,
    addresses.map((one) => ['10.9.0.1', one]),
    ...options,
  );
  const theirs = await bfd(
    far,
    addresses.map((one) => [one, '10.9.0.1']),
  );
  const isUp = ({ statuses }) =>
    [...statuses.values()].filter(({ detectionTime, state }) => state === 'Up' && detectionTime === 3 * interval)
      .length === count;
  await until(() => isUp(ours) && isUp(theirs));
  await sleep(5000);
  const { pid } = ours.child;
  const before = cpuOf(pid);
  await sleep(seconds * 1000);
  const share = ((cpuOf(pid) - before) / seconds) * 100;
  const [, memory] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  const downs = [...ours.statuses.values()].reduce((sum, one) => sum + one.downs, 0);
  console.log(
    `${count} sessions at ${interval} ms x 3: ${share.toFixed(1)} % of a core, ${Math.round(memory / 1024)} MB, ${downs} downs`,
  );
  for (const { child } of [ours, theirs]) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

/** Seconds of CPU time of a process. */
function cpuOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How long after its last packet a neighbour (BIRD) that stands still is found. */
async function silences() {
  ip(far, 'addr', 'replace', '10.9.0.2/16', 'dev', 'up0');
  writeFileSync(
    join(folder, 'bird.conf'),
    `router id 10.9.0.2; protocol device {}
     protocol bfd { interface "*" { interval ${interval} ms; multiplier 3; }; neighbor 10.9.0.1; }`,
  );
  const bird = start(
    far,
    'bird',
    '-f',
    '-c',
    join(folder, 'bird.conf'),
    '-s',
    join(folder, 'ctl'),
    '-P',
    join(folder, 'pid'),
  );
  const dump = start(near, 'tcpdump', '-tt', '-n', '-l', '-i', 'up0', 'udp port 3784 and src 10.9.0.2');
  const arrivals = [];
  dump.stdout.setEncoding('utf8').on('data', (text) => {
    for (const [, at] of text.matchAll(/^(\d+\.\d+) /gm)) arrivals.push(Number(at) * 1000);
  });
  const { child, statuses, told } = await bfd(near, [['10.9.0.1', '10.9.0.2']]);
  const found = [];
  for (let round = 0; round < rounds; round++) {
    await until(() =>
      [...statuses.values()].some(({ state, detectionTime }) => state === 'Up' && detectionTime === 3 * interval),
    );
    await sleep(Math.random() * 2 * interval + 200);
    const [seen, since] = [told.length, Date.now()];
    bird.kill('SIGSTOP');
    await until(() => told.slice(seen).some(({ state }) => state === 'Down'));
    const at = Date.parse(told.slice(seen).find(({ state }) => state === 'Down').since);
    await sleep(200); // what tcpdump has in hand
    if (at < since) throw new Error('it was down before');
    if (arrivals.length === 0) throw new Error('tcpdump saw no packet: is it installed?');
    found.push(at - Math.max(...arrivals.filter((one) => one < at)));
    bird.kill('SIGCONT');
  }
  found.sort((a, b) => a - b);
  const [least, median, most] = [0, rounds >> 1, rounds - 1].map((i) => found[i].toFixed(0));
  const how = child.about.notRealTime === undefined ? 'real time' : 'no real time';
  console.log(
    `${rounds} silences at ${interval} ms x 3 (${how}): found after ${least} to ${most} ms, median ${median}`,
  );
  for (const one of [child, bird, dump]) one.kill('SIGKILL');
}
