import { IpAddress } from '../../lib/model/address';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { RawPeer } from './interop/raw-peer';
import { eventually, LocalNetwork, type Process } from './support/network';

jest.setTimeout(400_000);

/** All on one link with room for as many next hops as a neighbour may want: 10.77.0.0/16. */
const [NODE, HONEST, HOSTILE] = ['10.77.0.1', '10.77.0.2', '10.77.0.3'];
const all = { import: [{ action: 'accept' as const }], export: [{ action: 'accept' as const }] };
const fabric: FabricSpec = {
  name: 'many',
  asNumber: 67111,
  nodeToNodeMesh: false,
  nodes: { n1: { ipv4Address: NODE, advertise: [{ prefix: '198.51.100.0/24' }] } },
  peers: {
    honest: { address: HONEST, asNumber: 65000, filters: ['all'], holdTime: 9, connectRetryTime: 1 },
    hostile: { address: HOSTILE, asNumber: 64966, filters: ['all'], passive: true },
  },
  filters: { all },
};
/** Its routes take nothing of the hostile one's, so that what it is sent is what is asked about. */
const BIRD = `
log stderr all;
router id ${HONEST};
protocol device {}
protocol static { ipv4; ${Array.from({ length: 20 }, (_, i) => `route 203.0.113.${i}/32 blackhole;`).join(' ')} }
protocol bgp n1 {
  local ${HONEST} as 65000; neighbor ${NODE} as 67111; direct; hold time 9;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`;
/** How many of the honest routes there are, over and over. */
const LOOK = 'while sleep 0.05; do ip route show root 203.0.113.0/24 proto 114 | wc -l; done';
const COUNT = 10_000;
const TOO_MANY = 16_384 + 1;

const route = (n: number) => `30.${n >> 16}.${(n >> 8) & 255}.${n & 255}/32`;
/** Each an address of the link, from 10.77.16.0 on. */
const nextHop = (n: number) => IpAddress.fromBytes(Uint8Array.of(10, 77, 16 + (n >> 8), n & 255)).bytes;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('an agent whose neighbour names a next hop of its own for each of ten thousand routes', () => {
  let network: LocalNetwork;
  let n1: Namespace;
  let hostile: Namespace;
  let agent: Process;
  let bird: Process;
  let looks: Process;
  const session = async (address: string) =>
    (await network.client('n1').status()).sessions.find(({ remoteAddress }) => remoteAddress === address)!;
  const ours = () => n1.routes('proto 114');
  const open = async () => {
    let peer: RawPeer | undefined;
    // It may have to wait: who comes and goes is damped.
    await eventually(async () => {
      const one = await RawPeer.connect(hostile, { local: HOSTILE, remote: NODE, as: 64966, holdTime: 90 });
      try {
        await one.open();
      } catch (error) {
        one.close();
        throw error;
      }
      peer = one;
    }, 60);
    return peer!;
  };
  const received = async (count: number) =>
    eventually(async () => expect((await session(HOSTILE)).routes.ipv4?.received).toBe(count), 120);
  /** Not looked at all the time: ten thousand routes are much to read. */
  const inTheEnd = (check: () => void) =>
    eventually(async () => {
      await new Promise((turn) => setTimeout(turn, 300));
      check();
    }, 120);
  const installed = (count: number) => inTheEnd(() => expect(ours().length).toBe(count + 21));

  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 3]);
    const [one, honest, other] = network.machines;
    [n1, hostile] = [one, other];
    for (const [i, machine] of network.machines.entries()) machine.ip(`addr add 10.77.0.${i + 1}/16 dev eth0`);
    bird = network.bird(honest, BIRD);
    agent = network.agent(n1, 'n1', ['--fabric', network.write('fabric.json', fabric)]);
    await eventually(async () => expect((await session(HONEST)).routes.ipv4?.accepted).toBe(20));
    await installed(0);
    looks = network.start(n1, ['sh', '-c', LOOK]);
  });
  afterAll(() => network.remove());

  /** The honest session is the one that it was, at both ends, and not one of its routes was touched meanwhile. */
  const unharmed = async () => {
    expect((await session(HONEST)).state).toBe('Established');
    expect(agent.text).not.toMatch(/honest .*Established ->/);
    expect(bird.text).not.toMatch(/n1: (Error|Received|BGP session closed|State changed to (stop|down))/);
    expect(new Set(looks.text.split('\n').slice(0, -1))).toEqual(new Set(['20']));
    expect(network.birdc(network.machines[1], 'show route 198.51.100.0/24')).toContain('n1');
  };

  test('has all of them in the kernel, each by its own, and the honest neighbour notices nothing', async () => {
    const peer = await open();
    peer.send(...numbers(COUNT).map((n) => peer.update([route(n)], { nextHop: nextHop(n) })));
    await received(COUNT);
    await installed(COUNT);
    expect(ours()).toContain('30.0.15.160 via 10.77.31.160 dev eth0 metric 200');
    await unharmed();
    // Every one is another one's from now on.
    peer.send(...numbers(COUNT).map((n) => peer.update([route(n)], { nextHop: nextHop((n + 4321) % COUNT) })));
    await inTheEnd(() => {
      const lines = new Set(ours());
      for (const n of numbers(COUNT)) {
        const to = IpAddress.fromBytes(nextHop((n + 4321) % COUNT));
        if (!lines.has(`${route(n).slice(0, -3)} via ${to} dev eth0 metric 200`))
          throw new Error(`${route(n)}: ${to}?`);
      }
    });
    await unharmed();
    // They go and come, over and over, without a pause between; then the neighbour itself does.
    const announcement = numbers(COUNT).map((n) => peer.update([route(n)], { nextHop: nextHop(n) }));
    const withdrawal = peer.withdrawal(numbers(COUNT).map(route));
    for (let round = 0; round < 3; round++) peer.send(withdrawal, ...announcement);
    peer.send(withdrawal);
    await received(0);
    await installed(0);
    await unharmed();
    peer.send(...announcement);
    await received(COUNT);
    peer.close();
    await installed(0);
    await unharmed();
    await eventually(() => expect(n1.nexthops().size).toBe(2)); // the honest one, alone and as a group
  });

  test('ends the session of that neighbour alone when there are more than 16,384', async () => {
    const peer = await open();
    peer.send(...numbers(TOO_MANY - 1).map((n) => peer.update([route(n)], { nextHop: nextHop(n) })));
    await received(TOO_MANY - 1);
    expect(peer.closed).toBe(false);
    peer.send(peer.update([route(TOO_MANY)], { nextHop: nextHop(TOO_MANY) }));
    await eventually(() => expect(peer.notification).toMatchObject({ code: 6, subcode: 8 }));
    await eventually(async () =>
      expect(await session(HOSTILE)).toMatchObject({
        state: 'Idle',
        lastError: { text: 'sent: Cease: Out of Resources (its routes have more than 16384 next hops)' },
        routes: { ipv4: { received: 0 } },
      }),
    );
    await installed(0);
    await unharmed();
  });
});
