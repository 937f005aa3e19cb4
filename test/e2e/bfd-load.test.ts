import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BfdSpec } from '../../lib/agent/bfd/protocol';
import { type BfdAgent, BfdLink, spec, until, V4, V6 } from './support/bfd';
import { note } from './transaction/report';

const SECONDS = Number(process.env.PEERFORM_SECONDS ?? 30);
const HOGS = 4;
const ROUTES = Number(process.env.PEERFORM_ROUTES ?? 50_000);
/** How often they are loaded and withdrawn, at least. */
const LOADS = Number(process.env.PEERFORM_LOADS ?? 1);
const MULTIHOP = { multihop: true, minimumTtl: 60 };

let link: BfdLink;
let isOver: boolean;

beforeEach(() => {
  link = new BfdLink();
  isOver = false;
});
afterEach(() => link.remove());

/** Routes that come and go in the kernel of this node, as fast as it takes them. */
async function churn(): Promise<number> {
  const lines = Array.from(
    { length: ROUTES },
    (_, i) => `route add blackhole 100.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}/32\n`,
  );
  const file = join(link.folder, 'routes');
  writeFileSync(file, lines.join(''));
  const ended = (child: ChildProcess) => new Promise((done) => child.once('exit', done));
  let rounds = 0;
  for (; !isOver || rounds < LOADS; rounds++) {
    await ended(link.start(link.node, 'ip', '-batch', file));
    await ended(link.start(link.node, 'ip', 'route', 'flush', 'type', 'blackhole'));
  }
  return rounds;
}

const ends = (local: readonly [string, string], more: Partial<BfdSpec>): [BfdSpec, BfdSpec] => [
  spec(local[0], local[1], more),
  spec(local[1], local[0], more),
];

test(
  `no session goes down in ${SECONDS} s while processes and routes keep all processors busy`,
  async () => {
    const pairs = [ends(V4, {}), ends(V6, {}), ends(V4, MULTIHOP), ends(V6, MULTIHOP)];
    const agents: BfdAgent[] = [];
    for (const at of [link.node, link.far]) {
      const socket = join(link.folder, at.name, 'bfd.sock');
      link.startBfd(at, socket);
      agents.push(await link.agent(socket));
    }
    for (const [i, agent] of agents.entries()) agent.want(...pairs.map((pair) => pair[i]));
    const all = () => agents.flatMap(({ statuses }) => [...statuses.values()]);
    await until(
      () => all().length === 8 && all().every(({ detectionTime, state }) => state === 'Up' && detectionTime === 900),
    );

    const hogs = Array.from({ length: HOGS }, () => link.start(link.node, 'sh', '-c', 'while :; do :; done'));
    const churned = churn();
    await sleep(SECONDS * 1000);
    isOver = true;
    const rounds = await churned;
    for (const hog of hogs) hog.kill();
    const downs = all().reduce((sum, one) => sum + one.downs, 0);
    const counters = agents.map((agent) => agent.counters);
    await until(() => agents.every((agent, i) => agent.counters !== counters[i]));
    const counts = agents.flatMap((agent) => Object.values(agent.counters?.sessions ?? {}));
    const worst = (of: 'longestSilence' | 'latestRead') =>
      Math.ceil(Math.max(...counts.map((count) => count[of] ?? Number.NaN)));
    const wrong = counts.reduce((sum, { falseDowns = Number.NaN }) => sum + falseDowns, 0);
    note(
      `${SECONDS} s, 8 ends of sessions at 300 ms × 3 (IPv4, IPv6, each single hop and multihop), ${HOGS} CPU hogs, ${ROUTES} routes loaded and withdrawn ${rounds} times: ${downs} times Down, ${wrong} of them although a packet had arrived in time`,
    );
    note(
      `by the kernel's clock, packets of a neighbour arrived at most ${worst('longestSilence')} ms apart, and were read at most ${worst('latestRead')} ms after they arrived`,
    );
    expect(all().map(({ state, downs: times }) => [state, times])).toEqual(Array(8).fill(['Up', 0]));
  },
  (SECONDS + 900) * 1000,
);
