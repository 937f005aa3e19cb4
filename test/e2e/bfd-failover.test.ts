import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../lib/lab/lab';
import { up } from '../../lib/lab/up';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { eventually } from './support/network';
import { note } from './transaction/report';
import { Stream } from './transaction/stream';

/** Packets a second from each of the two hosts' workloads to the other. */
const RATE = 1000;
const BFD = { transmitInterval: 300, receiveInterval: 300, detectMultiplier: 3 };

/** Two hosts with a cable to each of two switches; all packets go by the first one. */
const fabricOf = (bfd: object | undefined, holdTime: number): FabricSpec => ({
  name: 'failover',
  nodeToNodeMesh: false,
  holdTime,
  nodes: Object.fromEntries(
    [1, 2].map((n) => [
      `host${n}`,
      { ipv4Address: `10.255.0.${n}`, asNumber: 65000 + n, workloadInterfaces: ['cali*'] },
    ]),
  ),
  peers: Object.fromEntries(
    [1, 2].flatMap((host) =>
      [1, 2].map((tor) => [
        `host${host}-tor${tor}`,
        {
          ...{ node: `host${host}`, asNumber: 65100 + tor, filters: ['uplink'] },
          address: `192.0.2.${4 * host + 2 * tor}`,
          localAddress: `192.0.2.${4 * host + 2 * tor + 1}`,
          ...(bfd && { bfd }),
        },
      ]),
    ),
  ),
  filters: {
    uplink: { import: [{ action: 'accept' }], export: [{ source: 'workload', action: 'accept' }] },
  },
});

let lab: Lab;
let stream: Stream | undefined;

afterEach(async () => {
  await stream?.end();
  stream = undefined;
  const tor = lab.state.processes.tor1;
  if (tor) process.kill(tor.pid, 'SIGCONT');
  await lab?.down();
});

const run = async (member: string, ...command: string[]): Promise<string> => {
  const { code, stdout, stderr } = await lab.run(member, command);
  expect([command, code, stderr]).toEqual([command, 0, '']);
  return stdout;
};

/** Resolves as soon as the packets of both hosts go by a switch. */
const goBy = (tor: number, seconds: number) =>
  eventually(async () => {
    for (const host of [1, 2])
      expect(await run(`host${host}`, 'ip', 'route', 'get', `10.65.0.${3 - host}`)).toContain(` dev up${tor} `);
  }, seconds);

/** The switch stands still with all that it forwards, and its links stay up. How many packets are lost by each host. */
async function lossOfFirstSwitch(seconds: number): Promise<number[]> {
  stream = new Stream(lab, RATE);
  await stream.only(['w-host1', 'w-host2']);
  await goBy(1, 30);
  await eventually(async () => expect(await lost()).toEqual([0, 0]), 30);
  process.kill(lab.state.processes.tor1.pid, 'SIGSTOP');
  await run('tor1', 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward');
  await goBy(2, seconds);
  await sleep(500);
  const during = await lost();
  await sleep(500);
  expect(await lost()).toEqual([0, 0]);
  return during;
}

/** Packets that each host's workload sent and the other's did not get, since this was asked last. */
const lost = async (): Promise<number[]> =>
  (await stream!.report()).flows
    .filter(({ from, to }) => from.startsWith('w-host') && to.startsWith('w-host'))
    .map((flow) => flow.lost);

/** BFD of both uplinks of a host is Up with its intervals. */
const watched = () =>
  eventually(async () => {
    const { sessions, bfd } = await lab.agent('host1').status();
    expect(sessions.map((session) => session.bfd?.state)).toEqual(['Up', 'Up']);
    expect(sessions.map((session) => session.bfd?.detectionTime)).toEqual([900, 900]);
    expect(bfd).toMatchObject({ isRealTime: expect.any(Boolean) });
  }, 30);

test.each(['frr', 'agent'] as const)('a lab has BFD with %s as the switches', async (outside) => {
  lab = await up({ fabric: readFabric(fabricOf(BFD, 90)).fabric!, name: `failover-${process.pid}`, outside });
  expect(await lab.settles(90)).toBe(true);
  await watched();
});

test('a switch that stands still costs no more packets than BFD takes to notice', async () => {
  lab = await up({ fabric: readFabric(fabricOf(BFD, 90)).fabric!, name: `failover-${process.pid}` });
  expect(await lab.settles(90)).toBe(true);
  await watched();
  const losses = await lossOfFirstSwitch(20);
  note(`switch stopped, BFD 300 ms × 3: packets lost, of ${RATE} a second: ${JSON.stringify(losses)}`);
  // From its last packet on 900 ms, and what a loaded machine takes to change the route.
  for (const one of losses) expect(one).toBeLessThan(2 * RATE);
  const { sessions } = await lab.agent('host1').status();
  const [first] = sessions.filter(({ remoteAs }) => remoteAs === 65101);
  expect(first.bfd).toMatchObject({ state: 'Down', diagnostic: 1, downs: 1 });
  expect(first.lastError?.text).toContain('BFD Down');
});

test('without BFD it costs all packets until the hold timer expires', async () => {
  lab = await up({ fabric: readFabric(fabricOf(undefined, 9)).fabric!, name: `failover-${process.pid}` });
  expect(await lab.settles(90)).toBe(true);
  const losses = await lossOfFirstSwitch(60);
  note(`switch stopped, hold time 9 s: packets lost, of ${RATE} a second: ${JSON.stringify(losses)}`);
  for (const one of losses) expect(one).toBeGreaterThan(5 * RATE);
});
