#!/usr/bin/env node
// Links without addresses: the time from link-up to Established, and packets lost when one of two uplinks goes.
// npm run bench:unnumbered -- [--part NAMES] [--daemon frr|bird] [--release NAME] [--rounds N] [--log] [--no-build].
// Needs root, Linux, iproute2, and FRR or BIRD. See bench/README.md.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BIRD2, debianTree, hostRelease } from '../scripts/debian-tree.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PARTS = { up, loss };
const { values } = parseArgs({
  options: {
    part: { type: 'string', default: Object.keys(PARTS).join() },
    daemon: { type: 'string', default: 'frr' },
    release: { type: 'string', default: hostRelease() },
    rounds: { type: 'string', default: '20' },
    log: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
if (process.platform !== 'linux' || process.getuid() !== 0) {
  console.error('the bench creates network namespaces: it needs Linux and root');
  process.exit(1);
}
if (!values['no-build']) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
const { AgentClient } = createRequire(import.meta.url)('../dist/control/client.js');

/** Packets a second in each address family from each host to the other. */
const RATE = 1000;
const TREE = values.release === hostRelease() ? undefined : debianTree(values.release);
const HOSTS = [1, 2];
const TORS = [1, 2];
const folder = mkdtempSync(join(tmpdir(), 'peerform-unnumbered-'));
const children = [];
const agents = {};
const namespaceOf = (at) => `pfu-${process.pid}-${at}`;
const command = (program, args) => execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });
const ip = (at, words) => command('ip', ['-n', namespaceOf(at), ...words.split(' ')]);
const inside = (at, ...words) => command('ip', ['netns', 'exec', namespaceOf(at), ...words]);

/** Starts a program on a machine; `lines` has what it says, each with its time. */
function start(at, program, ...args) {
  const child = spawn('ip', ['netns', 'exec', namespaceOf(at), program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.lines = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (text) => child.lines.push({ at: performance.now(), text }));
  children.push(child);
  return child;
}

/** A program of the release that was asked for. */
const startDaemon = (at, ...words) =>
  TREE ? start(at, join(ROOT, 'scripts/enter-tree.sh'), TREE, folder, ...words) : start(at, ...words);

try {
  for (const at of ['host1', 'host2', 'tor1', 'tor2']) {
    command('ip', ['netns', 'add', namespaceOf(at)]);
    ip(at, 'link set lo up');
    inside(at, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  }
  for (const host of HOSTS)
    for (const tor of TORS) {
      ip(`host${host}`, `link add up${tor} type veth peer name down${host} netns ${namespaceOf(`tor${tor}`)}`);
      ip(`host${host}`, `link set up${tor} up`);
      ip(`tor${tor}`, `link set down${host} up`);
    }
  await settle(TORS.map((tor) => [`tor${tor}`, 'down1']));
  for (const tor of TORS) await (values.daemon === 'bird' ? bird : frr)(tor);
  for (const host of HOSTS) agent(host);
  await until(async () => (await Promise.all(HOSTS.map(areUp))).every(Boolean), 60);
  for (const part of values.part.split(',')) await PARTS[part]();
} finally {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue; // asked of each in its turn
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const at of ['host1', 'host2', 'tor1', 'tor2']) command('ip', ['netns', 'del', namespaceOf(at)]);
  rmSync(folder, { recursive: true });
}

/** Daemons that start while their link-local address is tentative do not know it. */
async function settle(ends) {
  await until(() => ends.every(([at, link]) => !ip(at, `-6 addr show dev ${link}`).includes('tentative')), 10);
}

async function until(holds, seconds) {
  for (const end = Date.now() + seconds * 1000; !(await holds()); await sleep(5))
    if (Date.now() > end) throw new Error(`it takes more than ${seconds} s: ${holds}`);
}

function agent(host) {
  const all = { import: [{ action: 'accept' }], export: [{ source: 'workload', action: 'accept' }] };
  const [ipv4Address, ipv6Address] = [`10.255.0.${host}`, `fd00:255::${host}`];
  for (const address of [`${ipv4Address}/32`, `${ipv6Address}/128`]) ip(`host${host}`, `addr add ${address} dev lo`);
  const advertise = [`${ipv4Address}/32`, `${ipv6Address}/128`].map((prefix) => ({ prefix, blackhole: false }));
  const peers = TORS.map((tor) => [`up${tor}`, { interface: `up${tor}`, peerType: 'external', filters: ['all'] }]);
  const fabric = {
    ...{ name: 'unnumbered', asNumber: 65000 + host, multipath: 2, logLevel: 'debug', filters: { all } },
    nodes: { [`host${host}`]: { ipv4Address, ipv6Address, advertise } },
    peers: Object.fromEntries(peers),
  };
  const path = (name) => join(folder, `host${host}.${name}`);
  writeFileSync(path('json'), JSON.stringify(fabric));
  const words = ['--node', `host${host}`, '--fabric', path('json'), '--socket', path('sock')];
  const child = start(`host${host}`, process.execPath, join(ROOT, 'dist/cli/main.js'), 'agent', ...words);
  agents[host] = { child, client: new AgentClient(`unix://${path('sock')}`) };
}

async function sessions(host) {
  try {
    return (await agents[host].client.status()).sessions;
  } catch {
    return []; // it does not listen yet
  }
}
async function areUp(host) {
  const all = await sessions(host);
  return all.length === TORS.length && all.every(({ state }) => state === 'Established');
}

async function frr(tor) {
  const at = `tor${tor}`;
  const home = join(folder, at);
  mkdirSync(home);
  chmodSync(folder, 0o755);
  const links = HOSTS.map((host) => `down${host}`);
  const activate = links.map((link) => `neighbor ${link} activate`).join('\n');
  writeFileSync(join(home, 'zebra.conf'), 'hostname zebra\n');
  writeFileSync(
    join(home, 'bgpd.conf'),
    `router bgp ${65100 + tor}
bgp router-id 10.9.0.${tor}
no bgp ebgp-requires-policy
${links.map((link) => `neighbor ${link} interface remote-as external`).join('\n')}
address-family ipv6 unicast
${activate}
exit-address-family
`,
  );
  const [, user] = /^frr:[^:]*:(\d+:\d+):/m.exec(readFileSync(join(TREE ?? '/', 'etc/passwd'), 'utf8'));
  command('chown', ['-R', user, home]);
  for (const name of ['zebra', 'bgpd']) {
    const paths = [
      '-z',
      `${home}/zserv.api`,
      '--vty_socket',
      home,
      '-f',
      `${home}/${name}.conf`,
      '-i',
      `${home}/${name}.pid`,
    ];
    const child = startDaemon(at, `/usr/lib/frr/${name}`, '-P', '0', '--log', 'stdout', ...paths);
    if (name === 'zebra') await until(() => child.lines.some(({ text }) => text.includes('starting: vty')), 20);
  }
}

async function bird(tor) {
  const config = join(folder, `tor${tor}.conf`);
  const links = HOSTS.map((host) => `down${host}`);
  writeFileSync(
    config,
    `router id 10.9.0.${tor};
protocol device { }
protocol kernel { ipv4 { export all; }; }
protocol kernel { ipv6 { export all; }; }
protocol radv { ${links.map((link) => `interface "${link}" { max ra interval 10; default lifetime 0; };`).join(' ')} }
${links
  .map(
    (link) => `protocol bgp {
  local as ${65100 + tor};
  neighbor range fe80::/10 external;
  interface "${link}";
  check link;
  ipv4 { extended next hop on; import all; export all; };
  ipv6 { import all; export all; };
}`,
  )
  .join('\n')}
`,
  );
  const program = TREE ? `${BIRD2}/usr/sbin/bird` : 'bird';
  startDaemon(
    `tor${tor}`,
    program,
    '-f',
    '-c',
    config,
    '-s',
    join(folder, `tor${tor}.ctl`),
    '-P',
    join(folder, `tor${tor}.pid`),
  );
}

/** From link-up to Established, for a link that either end took down. */
async function up() {
  for (const [end, at, link] of [
    ['far', 'tor1', 'down1'],
    ['own', 'host1', 'up1'],
  ]) {
    const times = [];
    for (let round = 0; round < rounds; round++) {
      await sleep(1000 + 2000 * Math.random());
      ip(at, `link set ${link} down`);
      await until(async () => (await sessions(1))[0].state !== 'Established', 10);
      await sleep(500 + 2000 * Math.random());
      const from = performance.now();
      ip(at, `link set ${link} up`);
      try {
        await until(async () => (await sessions(1))[0].state === 'Established', 60);
      } finally {
        times.push(performance.now() - from);
        if (values.log) tell(from, times.at(-1));
      }
    }
    report(`${end} end up until Established, ms`, times);
  }
}

function tell(from, took) {
  console.log(`--- ${took.toFixed(0)} ms`);
  for (const [name, { lines }] of [['host1', agents[1].child]])
    for (const { at, text } of lines)
      if (at > from - 5 && text.includes('up1')) console.log(`${name} ${(at - from).toFixed(0)} ${text}`);
}

function report(what, numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [least, median, most] = [0, sorted.length >> 1, sorted.length - 1].map((i) => sorted[i].toFixed(0));
  console.log(
    `${values.daemon} ${values.release}, ${sorted.length} times: ${what}: ${least} to ${most}, median ${median}`,
  );
}

/** Packets lost when one of two uplinks goes, in milliseconds of their flow. Half of the flows use the other one. */
async function loss() {
  const workloads = HOSTS.map((host) => {
    const addresses = [`10.255.0.${host}`, `fd00:255::${host}`];
    return [`host${host}`, { namespace: namespaceOf(`host${host}`), addresses }];
  });
  const words = JSON.stringify({ rate: 2 * RATE, workloads: Object.fromEntries(workloads) });
  const packets = spawn(process.execPath, [join(ROOT, 'test/e2e/transaction/packets.js'), words]);
  children.push(packets);
  const answers = createInterface({ input: packets.stdout })[Symbol.asyncIterator]();
  const ask = async (line) => {
    packets.stdin.write(`${line}\n`);
    return JSON.parse((await answers.next()).value);
  };
  await ask('only host1 host2');
  const lost = { host1: [], host2: [] };
  for (let round = 0; round < rounds; round++) {
    const tor = 1 + (round % 2);
    for (const [at, link] of [
      [`tor${tor}`, 'down1'],
      ['host1', `up${tor}`],
    ]) {
      await until(async () => (await ask('report')).flows.every((flow) => flow.sent > 0 && flow.lost === 0), 60);
      ip(at, `link set ${link} down`);
      await sleep(2000);
      const { flows } = await ask('report');
      for (const { from, lost: count } of flows) lost[from].push((count * 1000) / RATE);
      ip(at, `link set ${link} up`);
      await until(() => areUp(1), 60);
      await sleep(1000);
    }
  }
  report('an uplink of host1 goes, ms lost of a flow from it', lost.host1);
  report('the same to it, until the switch has told host2', lost.host2);
}
