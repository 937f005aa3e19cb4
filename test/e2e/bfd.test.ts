import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { Namespace } from '../kernel/namespace';
import { type BfdAgent, BfdLink, spec, until, V4, V6 } from './support/bfd';

let link: BfdLink;

beforeEach(() => {
  link = new BfdLink();
});
afterEach(() => link.remove());

test.each([
  ['IPv4', V4, {}, ''],
  ['IPv6', V6, {}, ''],
  // BIRD sends multihop packets with the system's TTL.
  ['IPv4 multihop', V4, { multihop: true, minimumTtl: 60 }, 'local 10.9.0.2 multihop on'],
  ['IPv6 multihop', V6, { multihop: true, minimumTtl: 60 }, 'local 2001:db8:9::2 multihop on'],
])('with BIRD over %s: up, silence, up, and removed', async (_, [local, remote], more, options) => {
  const neighbour = link.startBird(local, options);
  link.startBfd();
  const agent = await link.agent();
  agent.want(spec(local, remote, more));
  expect(await agent.reaches('Up')).toMatchObject({ state: 'Up', downs: 0 });
  await until(() => agent.status?.detectionTime === 900);

  const pid = link.birdPid;
  const at = Date.now();
  process.kill(pid, 'SIGSTOP');
  expect(await agent.reaches('Down')).toMatchObject({ diagnostic: 1, downs: 1 });
  // Counted from the last packet, which may be 300 ms old; a busy machine may be late.
  expect(Date.now() - at).toBeLessThan(2000);
  process.kill(pid, 'SIGCONT');
  await agent.reaches('Up');

  agent.want();
  await until(() => /\bDown\b|AdminDown/.test(link.bird('show', 'bfd', 'sessions')));
  neighbour.kill();
});

test.each([
  ['IPv4', V4, {}, `peer ${V4[0]} local-address ${V4[1]} interface up0`],
  ['IPv6', V6, {}, `peer ${V6[0]} local-address ${V6[1]} interface up0`],
  ['IPv4 multihop', V4, { multihop: true, minimumTtl: 254 }, `peer ${V4[0]} multihop local-address ${V4[1]}`],
])('with FRR over %s: up, silence, up, and AdminDown each way', async (_, [local, remote], more, session) => {
  await link.startFrr(session);
  link.startBfd();
  const agent = await link.agent();
  agent.want(spec(local, remote, more));
  await agent.reaches('Up');
  await until(() => agent.status?.detectionTime === 900);

  const pid = link.frrPid;
  process.kill(pid, 'SIGSTOP');
  expect(await agent.reaches('Down')).toMatchObject({ diagnostic: 1, downs: 1 });
  process.kill(pid, 'SIGCONT');
  await agent.reaches('Up');

  link.vtysh('configure terminal', 'bfd', session, 'shutdown');
  expect(await agent.reaches('Down')).toMatchObject({ diagnostic: 3, remote: { state: 'AdminDown' } });
  link.vtysh('configure terminal', 'bfd', session, 'no shutdown');
  await agent.reaches('Up');

  agent.want();
  await until(() => link.vtysh('show bfd peers').includes('Remote diagnostics: administratively down'));
});

test('that stood still reads what arrived meanwhile before it takes its neighbour for silent', async () => {
  link.startBird(V4[0]);
  const bfd = link.startBfd();
  const agent = await link.agent();
  // BIRD waits for 6 s, this node for 0.9 s.
  agent.want(spec(...V4, { detectMultiplier: 20 }));
  await agent.reaches('Up');
  await until(() => agent.status?.detectionTime === 900);
  for (let i = 0; i < 5; i++) {
    bfd.kill('SIGSTOP');
    await new Promise((turn) => setTimeout(turn, 2000));
    bfd.kill('SIGCONT');
    await new Promise((turn) => setTimeout(turn, 500));
  }
  expect(agent.status).toMatchObject({ state: 'Up', downs: 0 });
});

test('restarts, by a signal or killed, without a neighbour seeing a Down', async () => {
  link.startBird(V4[0]);
  let bfd = link.startBfd();
  const agent = await link.agent();
  agent.want(spec(...V4));
  await agent.reaches('Up');
  await until(() => agent.status?.detectionTime === 900);
  // When the session last changed its state, as BIRD shows it.
  const since = () =>
    /(Up|Down|Init)\s+(\S+)/
      .exec(link.bird('show', 'bfd', 'sessions'))
      ?.slice(1)
      .join(' ');
  const before = since();
  expect(before).toMatch(/^Up /);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    bfd.kill(signal);
    await once(bfd, 'exit');
    bfd = link.startBfd();
    const next = await link.agent();
    expect(await next.reaches('Up')).toMatchObject({ downs: 0 });
    await new Promise((turn) => setTimeout(turn, 1500));
    expect(next.told).not.toContain('Down');
    expect(since()).toBe(before);
  }
});

test('ends permanently by SIGUSR2, which no neighbour takes for a failure', async () => {
  await link.startFrr(`peer ${V4[0]} local-address ${V4[1]} interface up0`);
  const bfd = link.startBfd();
  const agent = await link.agent();
  agent.want(spec(...V4));
  await agent.reaches('Up');
  const ended = once(bfd, 'exit');
  bfd.kill('SIGUSR2');
  bfd.kill('SIGTERM'); // as a service manager does, which changes nothing
  expect(await ended).toEqual([0, null]);
  expect(link.vtysh('show bfd peers')).toContain('Remote diagnostics: administratively down');
  link.startBfd();
  expect((await link.agent()).told).toEqual([]);
});

test('of link-local addresses comes up again on an interface that was made anew', async () => {
  const agents = await Promise.all(
    [link.node, link.far].map((at) => {
      const socket = join(link.folder, at.name, 'bfd.sock');
      link.startBfd(at, socket);
      return link.agent(socket);
    }),
  );
  const want = ([agent, local, remote]: [BfdAgent, string, string]) =>
    agent.want(spec(local, remote, { interface: 'up0' }));
  want([agents[0], 'fe80::1', 'fe80::2']);
  want([agents[1], 'fe80::2', 'fe80::1']);
  for (const agent of agents) await agent.reaches('Up');
  link.node.ip('link del up0');
  for (const agent of agents) await agent.reaches('Down');
  link.attach();
  for (const agent of agents) expect(await agent.reaches('Up')).toMatchObject({ downs: 1 });
});

test.each<[string, readonly [string, string], string, string, object]>([
  ['authenticates', V4, '', 'authentication simple; password "secret";', { reason: 'authentication' }],
  [
    'is configured for several hops, over IPv4',
    V4,
    'local 10.9.0.2 multihop on',
    '',
    { reason: 'wrong-port', got: 4784, wanted: 3784 },
  ],
  [
    'is configured for several hops, over IPv6',
    V6,
    'local 2001:db8:9::2 multihop on',
    '',
    { reason: 'wrong-port', got: 4784, wanted: 3784 },
  ],
])('why BIRD that %s does not come up is told', async (_, ends, options, more, discarding) => {
  link.startBird(ends[0], options, more);
  link.startBfd();
  const agent = await link.agent();
  agent.want(spec(...ends));
  await until(() => Object.values(agent.counters?.sessions ?? {})[0]?.discarding !== undefined);
  expect(Object.values(agent.counters!.sessions)).toMatchObject([{ received: 0, discarding }]);
  expect(agent.told).not.toContain('Init');
});

test('that nothing runs BFD at a neighbour is told', async () => {
  link.startBfd();
  const agent = await link.agent();
  agent.want(spec(...V4));
  await until(() => Object.values(agent.counters?.sessions ?? {})[0]?.isRefused === true);
});

test.each<[string, readonly [string, string], string, object]>([
  ['its address', V4, V4[0], {}],
  ['all addresses', V4, '0.0.0.0', {}],
  ['all addresses of either family', V4, '::', {}],
  ['its address over IPv6', V6, V6[0], {}],
  ['its address over several hops', V4, V4[0], { multihop: true, minimumTtl: 1 }],
])('no other user can bind %s, and take its packets', async (_, ends, address, more) => {
  link.startBfd();
  const agent = await link.agent();
  agent.want(spec(...ends, more));
  await agent.reaches('Down');
  const [reuseAddress, reusePort] = [2, 15];
  for (const options of [[], [reuseAddress], [reusePort], [reuseAddress, reusePort]])
    expect(bindAsNobody(address, 'multihop' in more ? 4784 : 3784, options)).toBe('EADDRINUSE');
});

test('several sessions of one local address come up, and each neighbour is heard', async () => {
  const far = ['10.9.0.2', '10.9.0.3', '10.9.0.4'];
  link.far.ip('addr add 10.9.0.3/24 dev up0');
  link.far.ip('addr add 10.9.0.4/24 dev up0');
  const socket = join(link.folder, 'far', 'bfd.sock');
  link.startBfd();
  link.startBfd(link.far, socket);
  const [agent, other] = [await link.agent(), await link.agent(socket)];
  agent.want(...far.map((remote) => spec(V4[0], remote)));
  other.want(...far.map((local) => spec(local, V4[0])));
  await until(() => [...agent.statuses.values()].filter(({ state }) => state === 'Up').length === far.length);
});

/** Binds a UDP socket as a user without privileges, with options of SOL_SOCKET; returns the error, or `bound`. */
function bindAsNobody(address: string, port: number, options: readonly number[]): string {
  const room = (path: string) => JSON.stringify(resolve(__dirname, '../../dist', path));
  const script = `const ffi = require(${room('kernel/system/ffi.js')});
    const { socketAddress, socketFamily } = require(${room('kernel/codec/socket-address.js')});
    const { errnoName } = require(${room('kernel/system/error.js')});
    const address = require(${room('model/address.js')}).IpAddress.parse('${address}');
    ffi.loadSystem();
    process.setgroups([]);
    process.setuid(65534);
    const fd = ffi.socket(socketFamily(address), ffi.SOCK.datagram, 0);
    for (const option of ${JSON.stringify(options)}) ffi.setOption(fd, 1, option, 1);
    const result = ffi.bind(fd, socketAddress(address, ${port}));
    console.log(result < 0 ? errnoName(result) : 'bound');`;
  return execFileSync('ip', ['netns', 'exec', link.node.name, process.execPath, '-e', script], {
    encoding: 'utf8',
  }).trim();
}

test('a workload that forges packets of a neighbour on the link takes its session down at no time', async () => {
  const workload = Namespace.make();
  try {
    link.node.ip(`link add cali0 type veth peer name eth0 netns ${workload.name}`);
    link.node.ip('link set cali0 up');
    for (const at of ['all', 'cali0']) link.node.run('sysctl', '-qw', `net.ipv4.conf.${at}.rp_filter=0`);
    workload.ip('link set eth0 up');
    workload.ip(`addr add ${V4[1]}/24 dev eth0`);
    link.startBird(V4[0]);
    link.startBfd();
    const agent = await link.agent();
    agent.want(spec(...V4));
    await agent.reaches('Up');
    // Down, and for any discriminator.
    sendBfd(workload, 255, 1, 100);
    await until(() => agent.counters?.discarded['wrong-interface'] === 100);
    expect(agent.told.slice(agent.told.indexOf('Up'))).not.toContain('Down');
    process.kill(link.birdPid, 'SIGSTOP');
    await agent.reaches('Down');
    sendBfd(workload, 255, 1);
    await until(() => Object.values(agent.counters!.sessions)[0].discarding !== undefined);
    expect(Object.values(agent.counters!.sessions)).toMatchObject([
      { discarding: { reason: 'wrong-interface', interface: 'cali0' } },
    ]);
    expect(agent.told.at(-1)).toBe('Down');
  } finally {
    workload.remove();
  }
});

describe('the link of a neighbour', () => {
  let agents: BfdAgent[];
  const want = () => {
    agents[0].want(spec(...V4), spec(...V6));
    agents[1].want(spec(V4[1], V4[0]), spec(V6[1], V6[0]));
  };
  const allUp = () =>
    until(() =>
      agents.every(({ statuses }) => [...statuses.values()].filter(({ state }) => state === 'Up').length === 2),
    );
  const allDown = () => until(() => [...agents[0].statuses.values()].every(({ state }) => state === 'Down'));
  /** Moves the addresses of this node to another interface. */
  const move = (to: string) => {
    link.node.ip('addr flush dev up0');
    link.node.ip(`addr add ${V4[0]}/24 dev ${to}`);
    link.node.ip(`addr add ${V6[0]}/64 dev ${to} nodad`);
    link.node.ip(`link set ${to} up`);
  };
  beforeEach(async () => {
    const socket = join(link.folder, 'far', 'bfd.sock');
    link.startBfd();
    link.startBfd(link.far, socket);
    agents = [await link.agent(), await link.agent(socket)];
    want();
    await allUp();
  });

  test('may be made anew, with another index', async () => {
    link.node.ip('link del up0');
    await allDown();
    link.attach();
    await allUp();
  });

  test('may become a port of a bridge, to which the addresses move', async () => {
    link.node.ip('link add on0 type bridge');
    link.node.ip('link set up0 master on0');
    move('on0');
    await until(() => agents[0].counters !== undefined);
    const heard = () => Object.values(agents[0].counters!.sessions).map(({ received }) => received);
    const before = heard();
    await until(() => heard().every((received, i) => received > before[i] + 25));
    await allUp();
  });

  test('may have a route of its own in place of a subnet', async () => {
    link.node.ip('addr flush dev up0');
    link.node.ip(`addr add ${V4[0]}/32 dev up0`);
    link.node.ip(`addr add ${V6[0]}/128 dev up0 nodad`);
    await allDown();
    link.node.ip(`route add ${V4[1]} dev up0 src ${V4[0]}`);
    link.node.ip(`-6 route add ${V6[1]} dev up0 src ${V6[0]}`);
    await allUp();
  });

  test('may be point-to-point', async () => {
    link.node.ip('addr flush dev up0');
    await allDown();
    link.node.ip(`addr add ${V4[0]} peer ${V4[1]} dev up0`);
    link.node.ip(`addr add ${V6[0]} peer ${V6[1]} dev up0 nodad`);
    await allUp();
  });
});

/** Sends packets of {@link V4}'s neighbour in this state, and for any discriminator. */
function sendBfd(from: Namespace, ttl: number, state: number, times = 1): void {
  // From Node: its sockets can have any TTL, and any source port.
  const script = `const s = require('node:dgram').createSocket('udp4');
    const octets = Buffer.alloc(24); octets.set([0x20, ${state} << 6, 3, 24, 0, 0, 0, 9]);
    octets.writeUInt32BE(1000000, 12); octets.writeUInt32BE(1000000, 16);
    let left = ${times};
    const next = () => (left-- > 0 ? s.send(octets, 3784, '${V4[0]}', next) : s.close());
    s.bind(50000, () => { s.setTTL(${ttl}); next(); });`;
  execFileSync('ip', ['netns', 'exec', from.name, process.execPath, '-e', script]);
}

test('a flood of packets from others takes no session down, and is counted', async () => {
  link.startBird(V4[0]);
  link.startBfd();
  const agent = await link.agent();
  agent.want(spec(...V4));
  await agent.reaches('Up');
  link.far.ip('addr add 10.9.0.3/24 dev up0');
  const script = `const { randomBytes } = require('node:crypto');
    const s = require('node:dgram').createSocket('udp4');
    const octets = Buffer.from(randomBytes(24)); octets.set([0x20, 0xc0, 3, 24]);
    const until = Date.now() + 4000;
    const next = () => {
      if (Date.now() > until) return s.close();
      octets.writeUInt32LE((Math.random() * 2 ** 32) >>> 0, 4);
      for (let i = 0; i < 100; i++) s.send(octets, 3784, '10.9.0.1', () => {});
      setImmediate(next);
    };
    s.bind(50000, '10.9.0.3', () => { s.setTTL(255); next(); });`;
  execFileSync('ip', ['netns', 'exec', link.far.name, process.execPath, '-e', script]);
  await until(() => (agent.counters?.discarded['no-session'] ?? 0) > 100);
  expect(agent.told.slice(agent.told.indexOf('Up'))).not.toContain('Down');
});

test('a packet that a router forwarded is not taken on a single hop', async () => {
  link.startBfd();
  const agent = await link.agent();
  agent.want(spec(...V4));
  await agent.reaches('Down');
  sendBfd(link.far, 254, 1, 400);
  await until(() => (agent.counters?.discarded.ttl ?? 0) > 0);
  expect(agent.told).not.toContain('Init');
  expect(Object.values(agent.counters!.sessions)).toMatchObject([
    { received: 0, discarding: { reason: 'ttl', got: 254, wanted: 255 } },
  ]);
  // The kernel drops most of them.
  expect(agent.counters!.discarded.ttl).toBeLessThan(200);
  sendBfd(link.far, 255, 1);
  await agent.reaches('Init');
});
