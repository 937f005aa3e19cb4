import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { ANYCAST, anycastRouter, anycastStandIn } from './support/anycast';
import { eventually, LocalNetwork, type Process } from './support/network';
import { Pings } from './support/pings';

/** The router's neighbours: an agent, and another node with the same address, that is the second choice. */
const ROUTER = 1;
const OURS = 2;
const OTHER = 3;
const addressOf = (n: number) => `10.0.0.${n}`;
const fabric: FabricSpec = {
  name: 'anycast',
  asNumber: 65002,
  nodes: { n2: { ipv4Address: addressOf(OURS), advertise: [{ prefix: `${ANYCAST}/32` }] } },
  peers: { router: { address: addressOf(ROUTER), asNumber: 65001, filters: ['all'], connectRetryTime: 1 } },
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};
const neighbour = (n: number, preference: number) => ({
  ...{ name: `n${n}`, local: addressOf(ROUTER), remote: addressOf(n), as: 65000 + n, preference },
});

let network: LocalNetwork;
let machines: readonly Namespace[];
let agent: Process;
const [at, us, them] = [0, 1, 2];
/** Starts the agent; resolves when the router has its route from it, not from a run before. */
async function start(...options: string[]): Promise<void> {
  agent = network.agent(machines[us], 'n2', ['--fabric', network.write('fabric.json', fabric), ...options]);
  await eventually(() => {
    expect(network.birdc(machines[at], 'show protocols n2')).toContain('Established');
    expect([via(), held().includes('stale')]).toEqual([addressOf(OURS), false]);
  });
}
const via = () => machines[at].routes(ANYCAST)[0]?.split(' ')[2];
const held = () => network.birdc(machines[at], 'show route').split('\n').slice(2).join('\n');

let pings: Pings | undefined;
const follow = () => {
  pings = new Pings(machines[at].name, ANYCAST);
  return pings;
};

beforeAll(() => {
  network = new LocalNetwork([ROUTER, OURS, OTHER]);
  machines = network.machines;
  for (const machine of [machines[us], machines[them]]) machine.ip(`addr add ${ANYCAST}/32 dev lo`);
  network.bird(machines[at], anycastRouter(addressOf(ROUTER), [neighbour(OURS, 200), neighbour(OTHER, 100)]));
  network.bird(machines[them], anycastStandIn(addressOf(OTHER), addressOf(ROUTER), 65000 + OTHER));
});
afterEach(async () => {
  await pings?.end();
  await agent.kill('SIGKILL');
});
afterAll(() => network.remove());
beforeEach(async () => {
  machines[us].ip('link set eth0 up');
  await eventually(() => expect(held()).toContain('[n3'));
});

describe('an anycast node whose router keeps routes over a restart, under packets', () => {
  test('loses none over a restart, and the router keeps its route', async () => {
    await start();
    const pings = follow();
    await pings.more(20);
    expect(await agent.kill('SIGTERM')).toBe(0);
    expect(held()).toContain('[n2');
    await pings.more(20);
    await start();
    await pings.more(20);
    expect(await pings.end()).toBe(0);
    expect(via()).toBe(addressOf(OURS));
  });

  test('loses what is sent to it where it is taken away as if for a restart', async () => {
    await start();
    const pings = follow();
    await pings.more(20);
    expect(await agent.kill('SIGTERM')).toBe(0);
    machines[us].ip('link set eth0 down');
    await new Promise((resolve) => setTimeout(resolve, 500));
    machines[us].ip('link set eth0 up');
    await pings.more(20);
    expect(await pings.end()).toBeGreaterThan(10);
    expect(via()).toBe(addressOf(OURS));
  });

  test.each([
    ['SIGUSR2', ['--leave-within', '4']],
    ['SIGTERM', ['--leave-within', '4', '--on-stop', 'leave']],
  ] as const)(
    'loses none where it leaves by %s and is taken away, and the router keeps nothing of it',
    async (signal, options) => {
      await start(...options);
      const pings = follow();
      await pings.more(20);
      const ended = agent.kill(signal);
      // Gone round, before it is withdrawn.
      await eventually(() => expect(via()).toBe(addressOf(OTHER)));
      expect(held()).toContain('[n2');
      expect((await network.client('n2').status()).service).toBe('leaving');
      if (signal === 'SIGUSR2') void agent.kill('SIGTERM'); // as systemd does meanwhile
      expect(await ended).toBe(0);
      machines[us].ip('link set eth0 down');
      await pings.more(50);
      expect(await pings.end()).toBe(0);
      expect(held()).not.toContain('[n2');
      machines[us].ip('link set eth0 up');
    },
  );

  test('ends at once where nobody is there to go round it', async () => {
    machines[us].ip('link set eth0 down');
    agent = network.agent(machines[us], 'n2', [...['--fabric', network.path('fabric.json'), '--leave-within', '3600']]);
    await eventually(async () => expect((await network.client('n2').status()).sessions).toHaveLength(1));
    expect(await agent.kill('SIGUSR2')).toBe(0);
  });
});
