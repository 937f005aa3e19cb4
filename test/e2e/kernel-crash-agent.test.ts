import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import type { FabricSpec } from '../../lib/model/fabric';
import type { Namespace } from '../kernel/namespace';
import { Deletions, KILLS, ofOthers, ownPrefixes, randomBelow, SEED, unusedObjects } from './support/footprint';
import { eventually, LocalNetwork, type Process } from './support/network';

/** Prefixes that both routers tell of all the while, and those that each tells of alone. */
const LIVE = 60;
/** Prefixes that come and go, of either family. */
const FLEETING = 400;
const ROUTERS = [253, 254] as const;

const fabric: FabricSpec = {
  name: 'crash',
  asNumber: 67111,
  multipath: 2,
  connectRetryTime: 1,
  nodes: { n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1', advertise: [{ prefix: '10.65.0.0/24' }] } },
  peers: Object.fromEntries(
    ROUTERS.flatMap((n) => [
      [`four${n}`, { address: `10.0.0.${n}`, asNumber: 65000, filters: ['all'] }],
      [`six${n}`, { address: `fd00::${n}`, asNumber: 65000, filters: ['all'] }],
    ]),
  ),
  filters: { all: { import: [{ action: 'accept' }], export: [{ action: 'accept' }] } },
};

const four = (net: number, i: number): string => `20.${net}.${i & 255}.0/24`;
const six = (net: number, i: number): string => `2001:db8:${net.toString(16)}:${(i + 1).toString(16)}::/64`;
/** What a router tells of all the while: some of it alone, some as the other one does. */
const lasting = (router: number): string[] =>
  [router, 250].flatMap((net) => Array.from({ length: LIVE }, (_, i) => (i % 3 === 0 ? six(net, i) : four(net, i))));
/** A prefix that comes and goes; one in eight is within a lasting one, or around it. */
const fleeting = (i: number): string =>
  i % 8 === 0
    ? `20.250.${i & 127}.${i % 16 === 0 ? '128/25' : '64/27'}`
    : i % 3 === 0
      ? six(1, i)
      : four(1 + (i >> 8), i);

/** A real router that tells of its own routes and, at once, of what others put into its kernel. */
const bird = (n: number): string => `
router id 10.0.0.${n};
protocol device { scan time 60; }
${(['ipv4', 'ipv6'] as const)
  .map((family) => {
    const isOf = (prefix: string) => prefix.includes(':') === (family === 'ipv6');
    return `
protocol static { ${family}; ${lasting(n)
      .filter(isOf)
      .map((prefix) => `route ${prefix} blackhole;`)
      .join(' ')} }
protocol kernel { learn; scan time 60; ${family} { import where krt_source = 4; export none; }; }
protocol bgp { local as 65000; neighbor ${family === 'ipv4' ? '10.0.0.1' : 'fd00::1'} as 67111; graceful restart;
  ${family} { import all; export where source = RTS_STATIC || source = RTS_INHERIT; }; }`;
  })
  .join('')}
`;

const random = randomBelow(SEED);
let network: LocalNetwork;
let n1: Namespace;
let agent: Process;
let routers: readonly {
  readonly machine: Namespace;
  readonly told: Set<string>;
  write(lines: string): void;
  end(): void;
}[];

/** Puts routes into the routers' kernels and takes them away until it is stopped. */
function churn(): () => Promise<void> {
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      const { told, write } = routers[random(2)];
      let lines = '';
      for (let n = random(random(4) === 0 ? 200 : 10); n >= 0; n--) {
        const prefix = fleeting(random(FLEETING));
        const isNew = !told.delete(prefix);
        if (isNew) told.add(prefix);
        lines += `route ${isNew ? 'add' : 'del'} blackhole ${prefix} proto static\n`;
      }
      write(lines);
      await new Promise((turn) => setTimeout(turn, random(30)));
    }
  })();
  return () => {
    isOver = true;
    return work;
  };
}

const start = () => {
  agent = network.agent(n1, 'n1', ['--fabric', network.path('fabric.json')]);
};
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The agent has heard everything, and the kernel is as the routers say. */
const settled = (live: ReadonlySet<string>) =>
  eventually(async () => {
    // BIRD sleeps for seconds in the middle of its work otherwise
    for (const { machine } of routers) network.birdc(machine, 'show status');
    const { kernel, sessions } = await network.client('n1').status();
    expect(sessions.map(({ state }) => state)).toEqual(Array(4).fill('Established'));
    expect(kernel).toMatchObject({ failed: [], waiting: [], installed: kernel.wanted });
    const wanted = new Set([...live, ...routers.flatMap(({ told }) => [...told])]);
    expect(new Set(ownPrefixes(n1))).toEqual(wanted);
    expect(unusedObjects(n1)).toEqual([]);
  }, 60);

beforeAll(() => {
  network = new LocalNetwork([1, ...ROUTERS]);
  const [machine, ...others] = network.machines;
  n1 = machine;
  network.write('fabric.json', fabric);
  routers = others.map((machine, i) => {
    network.bird(machine, bird(ROUTERS[i]));
    const batch = spawn('ip', ['-n', machine.name, '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    return {
      machine,
      told: new Set<string>(),
      write: (lines) => void batch.stdin.write(lines),
      end: () => batch.stdin.end(),
    };
  });
  // Others have routes beside ours: to the same prefixes at other metrics, on objects of their own, in other tables;
  // and there is a workload.
  for (let i = 1; i < LIVE; i += 3) {
    n1.ip(`route add ${four(250, i)} via 10.0.0.7 proto bird metric ${i % 2 === 0 ? 32 : 300}`);
    n1.ip(`-6 route add ${six(250, i - 1)} via fd00::7 proto ospf`);
    n1.ip(`route add ${four(1, i)} via 10.0.0.7 proto static metric 50`);
  }
  n1.ip('nexthop add id 7 via 10.0.0.77 dev eth0 proto static');
  n1.ip('route add 172.16.0.0/16 nhid 7 proto static');
  n1.ip('route add 172.17.0.0/16 via 10.0.0.7 proto babel table 1000');
  n1.pair('cali1');
  n1.ip('route add 10.65.1.1/32 dev cali1');
});
afterAll(() => {
  for (const { end } of routers) end();
  return network.remove();
});

test(`an agent killed at ${KILLS} moments leaves what it had, and the next one puts it right`, async () => {
  const live = new Set([...ROUTERS.flatMap(lasting), '10.65.0.0/24']);
  start();
  await settled(live);
  const others = ofOthers(n1);
  const deletions = Deletions.watch(n1);
  let running = 0;
  let leftovers = 0;
  let deleted = 0;
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const where = `kill ${kill} of seed ${SEED}`;
      const stopChurn = churn();
      if (random(2) === 0) {
        await wait(random(1000));
        running++;
      } else {
        await wait(random(200));
        await agent.kill('SIGKILL');
        start(); // and while this one begins, or takes over, or hears of it all
        await wait(random(1000));
      }
      await agent.kill('SIGKILL');
      const left = new Set(ownPrefixes(n1));
      leftovers += left.size - live.size;
      expect([where, [...live].filter((one) => !left.has(one))]).toEqual([where, []]);
      await wait(random(100)); // the neighbours go on while nobody is here
      await stopChurn();
      start();
      await settled(live);
      expect([where, ofOthers(n1)]).toEqual([where, others]);
    }
    deleted = deletions.all().length;
    expect(deletions.all().filter((prefix) => live.has(prefix) || prefix.startsWith('events'))).toEqual([]);
    expect([running > 0, running < KILLS, leftovers > 0]).toEqual([true, true, true]); // else the moments prove nothing
  } finally {
    deletions.close();
  }
  if (process.env.PEERFORM_REPORT) {
    const line = `the agent, seed ${SEED}: ${KILLS} kills, ${running} of them of one that ran and ${KILLS - running} of one that began, ${leftovers} leftover routes taken over, ${deleted} routes deleted, none of them live; nothing foreign changed\n`;
    appendFileSync(process.env.PEERFORM_REPORT, line);
  }
}, 3_600_000);
