/**
 * The longest turn of an agent's event loop while it takes a release: meanwhile no session is heard. A real agent, in a
 * network namespace of its own, is given a fabric of so many nodes with two route reflectors, and then one peer more;
 * it is an ordinary node, or a reflector, which has a session with every node.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '../../lib/control/client';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease, type Release } from '../../lib/control/release';
import { readFabric } from '../../lib/model/read';
import { addressOf, nameOf } from './topology';

/** Milliseconds of the longest turn in each step. */
export interface Turns {
  readonly nodes: number;
  readonly node: 'ordinary node' | 'route reflector';
  readonly deliver: number;
  readonly stage: number;
  readonly activate: number;
  readonly confirm: number;
}

/** Milliseconds that what follows an answer is still looked at. */
const AFTER = 1500;

function releaseOf(nodes: number, peers: number): Release {
  const { fabric, problems } = readFabric({
    name: 'scale',
    nodes: Object.fromEntries(Array.from({ length: nodes }, (_, i) => [nameOf(i), { ipv4Address: addressOf(i) }])),
    nodeToNodeMesh: false,
    routeReflectors: { reflectors: { reflectors: [0, 1].map(nameOf) } },
    peers: Object.fromEntries(
      Array.from({ length: peers }, (_, i) => [
        `tor${i}`,
        { node: nameOf(i), address: `192.0.2.${i + 1}`, asNumber: 65000 },
      ]),
    ),
  });
  if (!fabric) throw new Error(problems.join('\n'));
  return makeRelease(fabric);
}

/** `root` is this checkout, built. */
export async function turnsOf(nodes: number, root: string): Promise<Turns[]> {
  const main = join(root, 'dist/cli/main.js');
  const hook = join(root, 'bench/scale/turns-hook.cjs');
  const releases = [releaseOf(nodes, 0), releaseOf(nodes, 1)];
  return [
    await measured('ordinary node', nameOf(2), releases, main, hook),
    await measured('route reflector', nameOf(0), releases, main, hook),
  ];
}

async function measured(
  kind: Turns['node'],
  node: string,
  releases: readonly Release[],
  main: string,
  hook: string,
): Promise<Turns> {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-turns-'));
  const socket = join(folder, 'agent.sock');
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const agent = [process.execPath, '-r', hook, main, 'agent', '--node', node, '--socket', socket];
  const child = spawn(
    'unshare',
    [...asUser, '--net', ...agent, '--log-level', 'error', '--state', join(folder, 'state')],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  try {
    const client = new AgentClient(`unix://${socket}`, 60_000);
    await answering(client);
    const most = { deliver: 0, stage: 0, activate: 0, confirm: 0 };
    for (const [i, release] of releases.entries()) {
      const endpoints = Object.fromEntries(Object.keys(release.fabric.nodes).map((name) => [name, `ssh://${name}`]));
      const octets = packDelivery({ release, endpoints });
      const command = { node, owner: 'bench', fabric: 'scale', release: release.digest, activation: i + 1 };
      const steps = {
        deliver: () => client.deliver(octets),
        stage: () => client.send('stage', command),
        activate: () => client.send('activate', { ...command, confirmWithin: 600 }),
        confirm: () => client.send('confirm', command).then(() => client.send('finalise', command)),
      };
      for (const [step, take] of Object.entries(steps) as [keyof typeof most, () => Promise<unknown>][]) {
        await longestTurn(child);
        await take();
        await new Promise((resolve) => setTimeout(resolve, AFTER));
        most[step] = Math.max(most[step], await longestTurn(child));
      }
    }
    return { nodes: Object.keys(releases[0].fabric.nodes).length, node: kind, ...most };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

const longestTurn = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once('message', (turn) => resolve(turn as number));
    child.send('tell');
  });

async function answering(client: AgentClient): Promise<void> {
  for (const until = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 50)))
    try {
      await client.summary();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
}
