import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropRoutesOf } from '../../lib/kernel/codec/filter';
import { type Message, TYPE } from '../../lib/kernel/codec/header';
import { emptyRoute, readRoute } from '../../lib/kernel/codec/route';
import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import { KernelError } from '../../lib/kernel/error';
import type { FibStatus } from '../../lib/kernel/fib';
import { silent } from '../../lib/kernel/log';
import { Monitor } from '../../lib/kernel/monitor';
import { Namespace } from '../kernel/namespace';

/** How often the process is killed: a tenth of what `npm run test:long` asks for. */
const KILLS = Number(process.env.PEERFORM_KILLS ?? 20);
const SEED = Number(process.env.PEERFORM_SEED ?? 1);
const LIVE = 300;
const CHILD = join(__dirname, 'support/fib-churn.js'),
  DIST = join(__dirname, '../../dist');
const OWN = 'proto 114';

let node: Namespace;
let state = SEED >>> 0;
const random = (below: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 0x100000000) * below);
};

const inside = (mode: string) => ['netns', 'exec', node.name, process.execPath, CHILD, DIST, String(random(1e9)), mode];

/** Runs the churn and kills it after so many milliseconds: before it is ready, or long after. */
async function crash(after: number): Promise<string> {
  const child = spawn('ip', inside('churn'), { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (told += chunk));
  const ended = new Promise((resolve) => child.on('close', resolve));
  await Promise.race([new Promise((resolve) => setTimeout(resolve, after)), ended]);
  child.kill('SIGKILL');
  await ended;
  return told;
}

const settle = (): FibStatus => JSON.parse(execFileSync('ip', inside('settle'), { encoding: 'utf8' }));

/** Prefixes of ours, of both families. */
const own = () =>
  ([4, 6] as const).flatMap((family) =>
    node
      .routes(`${OWN} table all`, family)
      .filter((line) => !line.startsWith('nexthop'))
      .map((line) => line.replace(/^(blackhole|unreachable) /, '').split(' ')[0]),
  );

/** What others have in this namespace. */
const foreign = () =>
  ([4, 6] as const).flatMap((family) =>
    node.routes('table all', family).filter((line) => !/proto (114|kernel)/.test(line)),
  );

const foreignObjects = () => [...node.nexthops()].filter(([, what]) => !what.includes(OWN));

/** Objects of ours that no route is on, and that are in no group. */
function unused(): string[] {
  const shown = `${node.ip('route show table all')}${node.ip('-6 route show table all')}`;
  const used = new Set([...shown.matchAll(/nhid (\d+)/g)].map(([, id]) => id));
  const ours = [...node.nexthops()].filter(([, what]) => what.includes(OWN));
  const members = ours.flatMap(([, what]) => /^group (\S+)/.exec(what)?.[1].split('/') ?? []);
  for (const member of members) used.add(member.split(',')[0]);
  return ours.map(([id]) => id).filter((id) => !used.has(id));
}

beforeEach(() => {
  node = Namespace.make();
  node.pair('up0', '10.0.0.1/24', '2001:db8::1/64');
  node.pair('up1', '10.0.1.1/24', '2001:db8:0:1::1/64');
  // Others have routes beside ours: to the same prefixes at other metrics, on objects of their own, in other tables.
  for (let i = 0; i < 40; i++) {
    node.ip(`route add 20.0.${i * 6 + 1}.0/24 via 10.0.0.7 proto bird metric ${i % 2 === 0 ? 32 : 300}`);
    node.ip(`-6 route add 2001:db8:1${i.toString(16).padStart(2, '0')}::/48 via 2001:db8::7 proto ospf`);
  }
  node.ip('nexthop add id 7 via 10.0.0.77 dev up0 proto static');
  node.ip('route add 172.16.0.0/16 nhid 7 proto static');
  node.ip('route add 172.17.0.0/16 via 10.0.1.7 proto babel table 1000');
});

afterEach(() => node.remove());

test(`a process killed at ${KILLS} moments leaves what it had, and the next one puts it right`, async () => {
  settle();
  const live = new Set(own());
  expect(live.size).toBe(LIVE);
  const [others, objects] = [foreign(), foreignObjects()];
  node.enter();
  const gone: string[] = [];
  const route = emptyRoute();
  const monitor = Monitor.open(
    dropRoutesOf(0),
    {
      message(bytes: Uint8Array, one: Message) {
        if (one.type !== TYPE.delRoute || !readRoute(bytes, one.start, one.end, route)) return;
        if (route.protocol === OWN_PROTOCOL) gone.push(prefixText(bytes.subarray(route.destination), route.length));
      },
      lost: () => gone.push('events were lost'),
    },
    silent,
  );
  if (monitor instanceof KernelError) throw new Error(String(monitor));
  let ready = 0,
    leftovers = 0;
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const where = `kill ${kill} of seed ${SEED}`;
      const told = await crash(60 + random(400));
      if (told.includes('ready')) ready++;
      const left = own();
      leftovers += left.length - LIVE;
      expect([where, [...live].filter((one) => !left.includes(one))]).toEqual([where, []]);
      const status = settle();
      expect([where, status.wanted, status.installed, status.refused]).toEqual([where, LIVE, LIVE, 0]);
      expect([where, new Set(own())]).toEqual([where, live]);
      expect([where, foreign(), foreignObjects()]).toEqual([where, others, objects]);
      expect([where, unused()]).toEqual([where, []]);
    }
    monitor.drain();
    expect(gone.filter((prefix) => live.has(prefix) || prefix.startsWith('events'))).toEqual([]);
    expect([ready > KILLS / 3, leftovers > 0]).toEqual([true, true]); // else the moments prove nothing
  } finally {
    monitor.close();
    node.leave();
  }
  if (process.env.PEERFORM_REPORT) {
    const line = `seed ${SEED}: ${KILLS} kills, ${ready} of them under churn, ${leftovers} leftover routes swept, ${gone.length} routes deleted, none of them live; nothing foreign changed\n`;
    writeFileSync(process.env.PEERFORM_REPORT, line);
  }
}, 1_200_000);

function prefixText(bytes: Uint8Array, length: number): string {
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  return bytes[0] === 20 ? `${bytes.slice(0, 4).join('.')}/${length}` : `${words.slice(0, 4).join(':')}::/${length}`;
}
