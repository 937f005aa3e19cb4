import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FibStatus } from '../../lib/kernel/fib/status';
import { Namespace } from '../kernel/namespace';
import { Deletions, KILLS, ofOthers, ownPrefixes, randomBelow, SEED, unusedObjects } from './support/footprint';

const LIVE = 300;
const CHILD = join(__dirname, 'support/fib-churn.js');
const DIST = join(__dirname, '../../dist');

let node: Namespace;
const random = randomBelow(SEED);

const inside = (mode: string) => ['netns', 'exec', node.name, process.execPath, CHILD, DIST, String(random(1e9)), mode];

/** Runs the churn and kills it so many milliseconds after it began, or after it was ready. */
async function crash(after: number, ofReady: boolean): Promise<string> {
  const child = spawn('ip', inside('churn'), { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (told += chunk));
  const ended = new Promise((resolve) => child.on('close', resolve));
  const ready = ofReady ? new Promise((resolve) => child.stdout.once('data', resolve)) : undefined;
  if (ready) await Promise.race([ready, ended]);
  await Promise.race([new Promise((resolve) => setTimeout(resolve, after)), ended]);
  child.kill('SIGKILL');
  await ended;
  return told;
}

const settle = (): FibStatus => JSON.parse(execFileSync('ip', inside('settle'), { encoding: 'utf8' }));

beforeEach(() => {
  node = Namespace.make();
  node.pair('up0', '10.0.0.1/24', '2001:db8::1/64');
  node.pair('up1', '10.0.1.1/24', '2001:db8:0:1::1/64');
  // Others have routes beside ours: to the same prefixes at other metrics, on objects of their own, in other tables.
  for (let i = 0; i < 40; i++) {
    // A blackhole of ours gives way to a route of theirs to the same prefix, and every fifth of ours is one.
    if ((i * 6 + 1) % 5 === 3) continue;
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
  const live = new Set(ownPrefixes(node));
  expect(live.size).toBe(LIVE);
  const others = ofOthers(node);
  const deletions = Deletions.watch(node);
  let ready = 0;
  let leftovers = 0;
  let deleted = 0;
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const where = `kill ${kill} of seed ${SEED}`;
      const told = await crash(random(400), random(2) === 0);
      if (told.includes('ready')) ready++;
      const left = new Set(ownPrefixes(node));
      leftovers += left.size - LIVE;
      expect([where, [...live].filter((one) => !left.has(one))]).toEqual([where, []]);
      const status = settle();
      expect([where, status.wanted, status.installed, status.refused]).toEqual([where, LIVE, LIVE, 0]);
      expect([where, new Set(ownPrefixes(node))]).toEqual([where, live]);
      expect([where, ofOthers(node)]).toEqual([where, others]);
      expect([where, unusedObjects(node)]).toEqual([where, []]);
    }
    expect(deletions.all().filter((prefix) => live.has(prefix) || prefix.startsWith('events'))).toEqual([]);
    deleted = deletions.all().length;
    expect([ready > 0, leftovers > 0]).toEqual([true, true]); // else the moments prove nothing
  } finally {
    deletions.close();
  }
  if (process.env.PEERFORM_REPORT) {
    const line = `the writer alone, seed ${SEED}: ${KILLS} kills, ${ready} of them under churn, ${leftovers} leftover routes swept, ${deleted} routes deleted, none of them live; nothing foreign changed\n`;
    appendFileSync(process.env.PEERFORM_REPORT, line);
  }
}, 1_200_000);
