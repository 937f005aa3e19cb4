/**
 * A fabric of real agents in a lab, deployed by the real Terraform: first as a full mesh, then with two route
 * reflectors in its place while packets go between two workloads; what an agent costs then.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../lib/lab/lab';
import { up } from '../../lib/lab/up';
import { readFabric } from '../../lib/model/read';
import { Pings } from '../../test/e2e/support/pings';
import { roomFor } from '../neighbour-room';
import { memory, processorTime } from '../speakers/processes';
import { synth, terraform, told } from './programs';
import { addressOf, nameOf } from './topology';

/** Seconds, packets, octets. */
export interface Agents {
  readonly nodes: number;
  /** Until the agents of the lab wait for a deploy. */
  readonly lab: number;
  /** The deploy of the mesh, and from then until all its sessions are up. */
  readonly mesh: number;
  readonly meshUp: number;
  /** The deploy of two reflectors in its place, and the packets that were answered and lost meanwhile. */
  readonly reflectors: number;
  readonly answered: number;
  readonly lost: number;
  /** Memory of an agent, the median, after the deploy of the mesh and at the end. */
  readonly memoryInMesh: number;
  readonly memory: number;
  /** Processor time of all agents for each second in which nothing happens: with the mesh, and at the end. */
  readonly idleInMesh: number;
  readonly idle: number;
}

/** Seconds until agents have returned the memory of a deploy, and in which their processor time is taken. */
const SETTLES = 15;
const IDLE = 20;
/** Packets before, and at least as many after the deploy. */
const PACKETS = 200;

/** `programs` is the folder of the bench's programs, `root` this checkout, built. */
export async function agentsOf(nodes: number, programs: string, root: string): Promise<Agents> {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-scale-'));
  const out = join(folder, 'out');
  const { fabric, problems } = readFabric({
    name: 'scale',
    nodes: Object.fromEntries(Array.from({ length: nodes }, (_, i) => [nameOf(i), { ipv4Address: addressOf(i) }])),
  });
  if (!fabric) throw new Error(problems.join('\n'));
  const wanted = { nodes, folder: join(folder, 'lab'), isLab: true, out };
  const agentCommand = [process.execPath, join(root, 'dist/cli/main.js')];
  const restore = roomFor(2 * nodes ** 2); // every agent of a mesh has every other one in it
  let lab: Lab | undefined;
  const settled = async (running: Lab) => {
    if (!(await running.settles(600))) throw new Error('not all sessions came up within 10 minutes');
  };
  try {
    const labUp = await told(
      'lab',
      seconds(async () => {
        lab = await up({ fabric, name: `scale-${process.pid}`, folder: wanted.folder, agents: 'idle', agentCommand });
      }),
    );
    await synth(programs, { ...wanted, isMesh: true });
    await terraform(out, 'init');
    const mesh = await told('deploy of the mesh', terraform(out, 'apply', '-auto-approve'));
    const meshUp = await told(
      'all its sessions are up',
      seconds(() => settled(lab!)),
    );
    const inMesh = await resting(lab!);
    await synth(programs, wanted);
    const [from, to] = [nameOf(2), nameOf(nodes - 1)].map((node) => lab!.state.members[`w-${node}`]);
    const pings = new Pings(from.namespace, to.addresses[0]);
    await pings.more(PACKETS);
    const reflectors = await told('deploy of two reflectors in its place', terraform(out, 'apply', '-auto-approve'));
    await settled(lab!);
    await pings.more(PACKETS);
    const lost = await pings.end();
    const atEnd = await resting(lab!);
    return {
      ...{ nodes, lab: labUp, mesh, meshUp, reflectors, answered: pings.answered, lost },
      ...{ memoryInMesh: inMesh.memory, memory: atEnd.memory, idleInMesh: inMesh.idle, idle: atEnd.idle },
    };
  } finally {
    await lab?.down();
    restore();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What agents use while nothing happens. */
async function resting(lab: Lab): Promise<{ memory: number; idle: number }> {
  const pids = lab.membersOf('node').map(([name]) => lab.state.processes[name].pid);
  await sleep(SETTLES * 1000);
  const before = processorTime(pids);
  await sleep(IDLE * 1000);
  const idle = (processorTime(pids) - before) / IDLE;
  const all = pids.map((pid) => memory([pid], 'VmRSS')).sort((a, b) => a - b);
  return { memory: all[Math.floor(all.length / 2)], idle };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
