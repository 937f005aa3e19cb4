import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BfdReport, type BfdSpec, type BfdStatus, bfdKey } from '../../lib/agent/bfd/protocol';
import { Namespace } from '../kernel/namespace';
import { eventually } from './support/network';

const MAIN = resolve(__dirname, '../../dist/cli/main.js');

let folder: string;
let node: Namespace;
let far: Namespace;
let started: ChildProcess[];
let agents: Agent[];

beforeEach(() => {
  [started, agents] = [[], []];
  folder = mkdtempSync(join(tmpdir(), 'peerform-bfd-'));
  [node, far] = [Namespace.make(), Namespace.make()];
  attach();
});

/** Joins the two by a link. */
function attach(): void {
  node.ip(`link add up0 type veth peer name up0 netns ${far.name}`);
  for (const [at, host] of [
    [node, 1],
    [far, 2],
  ] as const) {
    at.ip(`addr add 10.9.0.${host}/24 dev up0`);
    at.ip(`addr add 2001:db8:9::${host}/64 dev up0 nodad`);
    at.ip(`addr add fe80::${host}/64 dev up0 nodad`);
    at.ip('link set up0 up');
  }
}

afterEach(async () => {
  for (const agent of agents) agent.socket.destroy();
  for (const child of started)
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  node.remove();
  far.remove();
  rmSync(folder, { recursive: true });
});

function start(at: Namespace, ...command: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', at.name, ...command], { stdio: 'ignore' });
  started.push(child);
  return child;
}

/** BIRD with a BFD session and no other protocol. */
function startBird(neighbour: string, options = ''): ChildProcess {
  const config = join(folder, 'bird.conf');
  writeFileSync(
    config,
    `router id 10.9.0.2; protocol device {}
    protocol bfd { interface "*" { interval 300 ms; multiplier 3; }; multihop { interval 300 ms; multiplier 3; };
      neighbor ${neighbour} ${options}; }`,
  );
  return start(far, 'bird', '-f', '-c', config, '-s', join(folder, 'bird.ctl'), '-P', join(folder, 'bird.pid'));
}

const socketPath = () => join(folder, 'bfd.sock');
// In real time from its start, as its unit does: on a machine full of tests Node alone takes longer than a neighbour
// waits.
const startBfd = (at = node, socket = socketPath()) =>
  start(at, 'chrt', '-r', '10', process.execPath, MAIN, 'bfd', '--socket', socket);
const until = (holds: () => boolean) => eventually(() => expect(holds()).toBe(true));

/** What the agent does: says which sessions there are to be, and hears how they are. */
class Agent {
  readonly statuses = new Map<string, BfdStatus>();
  /** Every state that was told, in order. */
  readonly told: BfdStatus['state'][] = [];

  private constructor(readonly socket: Socket) {
    let rest = '';
    socket.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.take(JSON.parse(line));
    });
    socket.on('error', () => {});
  }

  static async connect(path = socketPath()): Promise<Agent> {
    for (;;) {
      const socket = connect(path);
      const isThere = await new Promise((done) => {
        socket.once('connect', () => done(true));
        socket.once('error', () => done(false));
      });
      if (isThere) {
        const agent = new Agent(socket);
        agents.push(agent);
        return agent;
      }
      await new Promise((turn) => setTimeout(turn, 20));
    }
  }

  want(...specs: BfdSpec[]): void {
    this.socket.write(`${JSON.stringify({ sessions: specs })}\n`);
  }

  /** The session's status as soon as it is this. */
  async reaches(state: BfdStatus['state']): Promise<BfdStatus> {
    await until(() => [...this.statuses.values()].some((status) => status.state === state));
    return [...this.statuses.values()][0];
  }

  private take({ sessions = [], changed = [] }: BfdReport): void {
    for (const status of [...sessions, ...changed]) {
      this.statuses.set(status.key, status);
      this.told.push(status.state);
    }
  }
}

const bird = (...command: string[]): string =>
  execFileSync('birdc', ['-s', join(folder, 'bird.ctl'), ...command], { encoding: 'utf8' });

function spec(local: string, remote: string, more: Partial<BfdSpec> = {}): BfdSpec {
  const ends = { local, remote, multihop: false, ...more };
  const intervals = { transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3 };
  return { key: bfdKey(ends), ...ends, minimumTtl: 255, ...intervals, passive: false, ...more };
}

const V4 = ['10.9.0.1', '10.9.0.2'] as const;
const V6 = ['2001:db8:9::1', '2001:db8:9::2'] as const;

test.each([
  ['IPv4', V4, {}, ''],
  ['IPv6', V6, {}, ''],
  // BIRD sends multihop packets with the system's TTL.
  ['IPv4 multihop', V4, { multihop: true, minimumTtl: 60 }, 'local 10.9.0.2 multihop on'],
  ['IPv6 multihop', V6, { multihop: true, minimumTtl: 60 }, 'local 2001:db8:9::2 multihop on'],
])('with BIRD over %s: up, silence, up, and removed', async (_, [local, remote], more, options) => {
  const neighbour = startBird(local, options);
  startBfd();
  const agent = await Agent.connect();
  agent.want(spec(local, remote, more));
  expect(await agent.reaches('Up')).toMatchObject({ state: 'Up', downs: 0 });
  await until(() => [...agent.statuses.values()][0].detectionTime === 900);

  const pid = Number(readFileSync(join(folder, 'bird.pid'), 'utf8'));
  const at = Date.now();
  process.kill(pid, 'SIGSTOP');
  expect(await agent.reaches('Down')).toMatchObject({ diagnostic: 1, downs: 1 });
  // Counted from the last packet, which may be 300 ms old; a busy machine may be late.
  expect(Date.now() - at).toBeLessThan(2000);
  process.kill(pid, 'SIGCONT');
  await agent.reaches('Up');

  agent.want();
  await until(() => /\bDown\b|AdminDown/.test(bird('show', 'bfd', 'sessions')));
  neighbour.kill();
});

/** FRR with a BFD session and no BGP. */
async function startFrr(session: string): Promise<void> {
  const at = join(folder, 'frr');
  mkdirSync(at);
  chmodSync(folder, 0o755);
  writeFileSync(join(at, 'zebra.conf'), 'hostname zebra\n');
  const timers = ['detect-multiplier 3', 'receive-interval 300', 'transmit-interval 300', 'no shutdown'];
  writeFileSync(join(at, 'bfdd.conf'), ['bfd', ` ${session}`, ...timers.map((line) => `  ${line}`), ''].join('\n'));
  execFileSync('chown', ['-R', 'frr:frr', at]);
  const daemon = (program: string, ...more: string[]) =>
    start(
      far,
      `/usr/lib/frr/${program}`,
      ...['-P', '0', '-z', join(at, 'zserv.api'), '--vty_socket', at, ...more],
      ...[
        ...['--log', `file:${join(at, `${program}.log`)}`, '-f', join(at, `${program}.conf`)],
        ...['-i', join(at, `${program}.pid`)],
      ],
    );
  daemon('zebra');
  await until(() => existsSync(join(at, 'zserv.api')));
  daemon('bfdd', '--bfdctl', join(at, 'bfdd.sock'));
  await until(() => existsSync(join(at, 'bfdd.vty')));
}

const vtysh = (...commands: string[]): string =>
  execFileSync(
    'vtysh',
    ['--vty_socket', join(folder, 'frr'), '-d', 'bfdd', ...commands.flatMap((command) => ['-c', command])],
    { encoding: 'utf8', stdio: 'pipe' },
  );

test.each([
  ['IPv4', V4, {}, `peer ${V4[0]} local-address ${V4[1]} interface up0`],
  ['IPv6', V6, {}, `peer ${V6[0]} local-address ${V6[1]} interface up0`],
  ['IPv4 multihop', V4, { multihop: true, minimumTtl: 254 }, `peer ${V4[0]} multihop local-address ${V4[1]}`],
])('with FRR over %s: up, silence, up, and AdminDown each way', async (_, [local, remote], more, session) => {
  await startFrr(session);
  startBfd();
  const agent = await Agent.connect();
  agent.want(spec(local, remote, more));
  await agent.reaches('Up');
  await until(() => [...agent.statuses.values()][0].detectionTime === 900);

  const pid = Number(readFileSync(join(folder, 'frr', 'bfdd.pid'), 'utf8'));
  process.kill(pid, 'SIGSTOP');
  expect(await agent.reaches('Down')).toMatchObject({ diagnostic: 1, downs: 1 });
  process.kill(pid, 'SIGCONT');
  await agent.reaches('Up');

  vtysh('configure terminal', 'bfd', session, 'shutdown');
  expect(await agent.reaches('Down')).toMatchObject({ diagnostic: 3, remote: { state: 'AdminDown' } });
  vtysh('configure terminal', 'bfd', session, 'no shutdown');
  await agent.reaches('Up');

  agent.want();
  await until(() => vtysh('show bfd peers').includes('Remote diagnostics: administratively down'));
});

test('restarts, by a signal or killed, without a neighbour seeing a Down', async () => {
  startBird(V4[0]);
  let bfd = startBfd();
  const agent = await Agent.connect();
  agent.want(spec(...V4));
  await agent.reaches('Up');
  await until(() => [...agent.statuses.values()][0].detectionTime === 900);
  // When the session last changed its state, as BIRD shows it.
  const since = () =>
    /(Up|Down|Init)\s+(\S+)/
      .exec(bird('show', 'bfd', 'sessions'))
      ?.slice(1)
      .join(' ');
  const before = since();
  expect(before).toMatch(/^Up /);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    bfd.kill(signal);
    await once(bfd, 'exit');
    bfd = startBfd();
    const next = await Agent.connect();
    expect(await next.reaches('Up')).toMatchObject({ downs: 0 });
    await new Promise((turn) => setTimeout(turn, 1500));
    expect(next.told).not.toContain('Down');
    expect(since()).toBe(before);
  }
});

test('ends permanently by SIGUSR2, which no neighbour takes for a failure', async () => {
  await startFrr(`peer ${V4[0]} local-address ${V4[1]} interface up0`);
  const bfd = startBfd();
  const agent = await Agent.connect();
  agent.want(spec(...V4));
  await agent.reaches('Up');
  const ended = once(bfd, 'exit');
  bfd.kill('SIGUSR2');
  bfd.kill('SIGTERM'); // as a service manager does, which changes nothing
  expect(await ended).toEqual([0, null]);
  expect(vtysh('show bfd peers')).toContain('Remote diagnostics: administratively down');
  startBfd();
  expect((await Agent.connect()).told).toEqual([]);
});

test('of link-local addresses comes up again on an interface that was made anew', async () => {
  const agents = await Promise.all(
    [node, far].map((at) => {
      const socket = join(folder, at.name, 'bfd.sock');
      startBfd(at, socket);
      return Agent.connect(socket);
    }),
  );
  const want = ([agent, local, remote]: [Agent, string, string]) =>
    agent.want(spec(local, remote, { interface: 'up0' }));
  want([agents[0], 'fe80::1', 'fe80::2']);
  want([agents[1], 'fe80::2', 'fe80::1']);
  for (const agent of agents) await agent.reaches('Up');
  node.ip('link del up0');
  for (const agent of agents) await agent.reaches('Down');
  attach();
  for (const agent of agents) expect(await agent.reaches('Up')).toMatchObject({ downs: 1 });
});

test('a packet that a router forwarded is not taken on a single hop', async () => {
  startBfd();
  const agent = await Agent.connect();
  agent.want(spec(...V4));
  await agent.reaches('Down');
  const send = (ttl: number, state: number) => {
    // From Node: its sockets can have any TTL, and any source port.
    const script = `const s = require('node:dgram').createSocket('udp4');
      const octets = Buffer.alloc(24); octets.set([0x20, ${state} << 6, 3, 24, 0, 0, 0, 9]);
      octets.writeUInt32BE(1000000, 12); octets.writeUInt32BE(1000000, 16);
      s.bind(50000, () => { s.setTTL(${ttl}); s.send(octets, 3784, '10.9.0.1', () => s.close()); });`;
    execFileSync('ip', ['netns', 'exec', far.name, process.execPath, '-e', script]);
  };
  send(254, 1);
  await new Promise((turn) => setTimeout(turn, 300));
  expect(agent.told).not.toContain('Init');
  send(255, 1);
  await agent.reaches('Init');
});
