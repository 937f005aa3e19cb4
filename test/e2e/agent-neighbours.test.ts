import { CAPABILITY } from '../../lib/bgp/wire/capability';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { MESSAGE } from '../../lib/bgp/wire/message';
import { encodeNotification, notification } from '../../lib/bgp/wire/notification';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { RawPeer } from './interop/raw-peer';
import { Deletions } from './support/footprint';
import { eventually, LocalNetwork, type Process } from './support/network';

const OURS = '10.0.0.1';
const OWN = '10.65.0.0/24';
const addressOf = (n: number) => `10.0.0.${n}`;
const asOf = (n: number) => 65000 + n;
const prefixOf = (n: number) => `203.0.${n}.0/24`;
const peer = (n: number) => ({ address: addressOf(n), asNumber: asOf(n), filters: ['all'], connectRetryTime: 1 });
/** Seconds that routes of neighbours that are away are kept. */
const fabric = (restartTime: number): FabricSpec => ({
  name: 'neighbours',
  asNumber: 67111,
  restartTime,
  nodes: { n1: { ipv4Address: OURS, advertise: [{ prefix: OWN }] } },
  peers: {
    plain: peer(254),
    graceful: peer(253),
    script: { ...peer(252), passive: true },
    unnamed: { prefix: '10.0.0.128/26', asNumber: 65128, filters: ['all'], maxNeighbours: 20 },
  },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
});
const bird = (n: number, isGraceful: boolean) => `
router id ${addressOf(n)};
protocol device {}
protocol static { ipv4; route ${prefixOf(n)} blackhole; }
protocol bgp n1 {
  local as ${asOf(n)}; neighbor ${OURS} as 67111; connect retry time 1; error wait time 1, 2;
  graceful restart ${isGraceful ? 'on' : 'off'};
  ipv4 { import all; export all; };
}
`;
const GRACEFUL = {
  code: CAPABILITY.gracefulRestart,
  restarted: false,
  notification: false,
  restartTime: 120,
  families: [{ afi: 1, safi: 1, forwarding: true }],
};
const RESET = encodeNotification(notification(6, 4));

let deletions: Deletions | undefined;
let network: LocalNetwork;
let n1: Namespace;
let plain: Namespace;
let graceful: Namespace;
let script: Namespace;
let agent: Process;

/** Starts the agent anew, as after a crash. */
async function restart(restartTime: number): Promise<void> {
  await agent?.kill('SIGKILL');
  agent = network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric(restartTime))]);
}
const installed = () => n1.routes('proto 114').map((line) => line.split(' ')[0]);
const session = async (n: number) =>
  (await network.client('n1').status()).sessions.find(({ remoteAddress }) => remoteAddress === addressOf(n));
const isUp = (...neighbours: number[]) =>
  eventually(async () => {
    for (const n of neighbours) expect(await session(n)).toMatchObject({ state: 'Established' });
  });
const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const raw = (n: number, more: { as?: number; graceful?: boolean } = {}) =>
  RawPeer.connect(script, {
    local: addressOf(n),
    remote: OURS,
    as: more.as ?? asOf(n),
    ...(more.graceful && { capabilities: [GRACEFUL] }),
  });

/** Follows which of the agent's kernel routes are deleted, until the end of the test. */
function watch(): Deletions {
  deletions = Deletions.watch(n1);
  return deletions;
}

/** A scripted neighbour whose session is up; the agent may just be starting. */
async function comeUp(n: number, more: Parameters<typeof raw>[1] = {}): Promise<RawPeer> {
  let peer: RawPeer | undefined;
  await eventually(async () => {
    peer = await raw(n, more);
  });
  await peer!.open();
  return peer!;
}

beforeAll(async () => {
  network = new LocalNetwork([1, 252, 253, 254]);
  [n1, script, graceful, plain] = network.machines;
  network.bird(plain, bird(254, false));
  network.bird(graceful, bird(253, true));
  await restart(25);
  await eventually(() => expect(installed()).toEqual(expect.arrayContaining([prefixOf(253), prefixOf(254)])));
});
afterEach(() => {
  deletions?.close();
  deletions = undefined;
});
afterAll(() => network.remove());

describe('after a restart of the agent', () => {
  test('the route of a neighbour without graceful restart stays in the kernel until that tells it again', async () => {
    const slow = await comeUp(252);
    slow.announce([prefixOf(252)]);
    await eventually(() => expect(installed()).toContain(prefixOf(252)));
    const gone = watch();
    await restart(25);
    const again = await comeUp(252);
    await isUp(252, 253, 254);
    await wait(3);
    expect(installed()).toContain(prefixOf(252));
    again.announce([prefixOf(252)]);
    await eventually(async () =>
      expect((await network.client('n1').status()).kernel).toMatchObject({ wanted: 4, installed: 4 }),
    );
    expect(gone.all()).toEqual([]);
    again.socket.destroy();
    await eventually(() => expect(installed()).not.toContain(prefixOf(252)));
  });

  test('that of one that does not come back goes after restartTime, and no other', async () => {
    const gone = watch();
    await agent.kill('SIGKILL');
    network.birdc(plain, 'disable n1');
    await restart(25);
    await isUp(253);
    // Routes are chosen without it before: what is told says so.
    await eventually(async () => expect((await network.client('n1').status()).kernel.wanted).toBe(2), 30);
    expect(installed()).toContain(prefixOf(254));
    await eventually(() => expect(installed()).not.toContain(prefixOf(254)), 40);
    expect(gone.all()).toEqual([prefixOf(254)]);
    network.birdc(plain, 'enable n1');
    await isUp(254);
  });

  test('the node tells its routes though a neighbour never says End-of-RIB', async () => {
    await restart(120);
    const silent = await comeUp(252, { graceful: true });
    silent.announce([prefixOf(252)]);
    await isUp(253, 254);
    // BIRD without graceful restart let go of it when the session ended, and keeps nothing: it is told first.
    await eventually(() => expect(network.birdc(plain, 'show route')).toContain(OWN));
    // The other one keeps what it had; the new route is told when the quiet time is over, not after two minutes.
    await eventually(() => expect(network.birdc(graceful, 'show route')).toContain(prefixOf(252)), 60);
    silent.socket.destroy();
  });
});

test('a second connection from the address of a neighbour does not end its session', async () => {
  await isUp(254);
  await wait(11); // so that no race is thought of
  const before = await session(254);
  for (const routerId of [1, 0xfffffffe]) {
    const peer = await RawPeer.connect(plain, { local: addressOf(254), remote: OURS, as: asOf(254) });
    peer.send(peer.openMessage({ routerId }), KEEPALIVE);
    expect((await peer.next(MESSAGE.notification)).body.subarray(0, 2)).toEqual(Uint8Array.of(6, 7));
    peer.socket.destroy();
  }
  expect(await session(254)).toMatchObject({ state: 'Established', since: before!.since });
  expect(network.birdc(plain, 'show protocols n1')).toContain('Established');
});

test('but for one that restarts gracefully, which is taken to have done so, and comes back', async () => {
  await isUp(253);
  const before = await session(253);
  const peer = await RawPeer.connect(graceful, { local: addressOf(253), remote: OURS, as: asOf(253) });
  await eventually(async () => expect((await session(253))!.since).not.toBe(before!.since));
  peer.socket.destroy();
  await isUp(253);
  await eventually(() => expect(installed()).toContain(prefixOf(253)));
});

test('a neighbour that resets its session all the time gets a handful of sessions in ten seconds', async () => {
  const until = performance.now() + 10_000;
  let [tries, ups] = [0, 0];
  while (performance.now() < until) {
    tries++;
    const peer = await raw(252);
    peer.send(peer.openMessage(), KEEPALIVE);
    await eventually(() =>
      expect(peer.closed || peer.messages.some(({ type }) => type === MESSAGE.keepalive)).toBe(true),
    );
    if (peer.messages.some(({ type }) => type === MESSAGE.keepalive)) ups++;
    if (!peer.closed) peer.send(RESET);
    await eventually(() => expect(peer.closed).toBe(true));
  }
  expect(tries).toBeGreaterThan(50);
  expect(ups).toBeLessThanOrEqual(12);
});

test('twenty connections that say nothing do not keep the neighbours of a prefix out', async () => {
  for (let n = 130; n < 170; n++) script.ip(`addr add ${addressOf(n)}/32 dev eth0`);
  const silent = await Promise.all(Array.from({ length: 20 }, (_, i) => raw(130 + i, { as: 65128 })));
  const good = await Promise.all(Array.from({ length: 20 }, (_, i) => raw(150 + i, { as: 65128 })));
  for (const peer of good) await peer.open();
  await isUp(...good.map((_, i) => 150 + i));
  for (const { socket } of [...silent, ...good]) socket.destroy();
});
