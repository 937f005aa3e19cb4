/**
 * How long from a workload's route on one node to the route in the kernels of the other two: a fabric of three agents
 * in namespaces.
 *
 *   npm run bench:kernel -- --part workload
 *
 * The clock starts before the command is handed to `ip -batch`, and stops when the kernels of both other nodes have
 * told of the route.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '../../lib/control/client';
import { dropRoutesOf } from '../../lib/kernel/codec/filter';
import { type NetlinkMessage, TYPE } from '../../lib/kernel/codec/header';
import { emptyRoute, readRoute } from '../../lib/kernel/codec/route';
import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import { Monitor } from '../../lib/kernel/netlink/monitor';
import { KernelError } from '../../lib/kernel/system/error';
import { Namespace } from '../../test/kernel/namespace';
import { killAll } from './children';

const appearances = Number(process.argv[2] ?? 1000);
const MAIN = join(process.cwd(), 'dist/cli/main.js');
const NODES = ['n1', 'n2', 'n3'];

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const prefixOf = (i: number): string => `10.65.${i >>> 8}.${i & 255}/32`;

/** Tells of every route that the agent of a node adds or takes away. */
function watch(node: Namespace, tell: (address: string, isThere: boolean) => void): Monitor {
  const route = emptyRoute();
  node.enter();
  const monitor = Monitor.open(
    dropRoutesOf(0),
    {
      message(bytes: Uint8Array, { type, start, end }: NetlinkMessage) {
        if (type !== TYPE.newRoute && type !== TYPE.delRoute) return;
        if (!readRoute(bytes, start, end, route) || route.protocol !== OWN_PROTOCOL || route.length !== 32) return;
        tell(bytes.subarray(route.destination, route.destination + 4).join('.'), type === TYPE.newRoute);
      },
      lost: () => console.error('events were lost'),
    },
    (level, message) => console.error(level, message),
  );
  node.leave();
  if (monitor instanceof KernelError) throw new Error(String(monitor));
  return monitor;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 30_000; !(await holds()); await sleep(20))
    if (performance.now() > deadline) throw new Error(`never came: ${holds}`);
}

function report(what: string, times: number[]): void {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(2);
  console.log(
    `${what.padEnd(10)} ${times.length} times  median ${at(0.5)} ms  p90 ${at(0.9)} ms  p99 ${at(0.99)} ms  worst ${at(1)} ms`,
  );
}

/** For so many milliseconds an agent that has just started has its code compiled, between whiles. */
const WARM_UP = 3000;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pf-bench-'));
  const wire = Namespace.make();
  const machines = NODES.map(() => Namespace.make());
  const monitors: Monitor[] = [];
  const children: ReturnType<typeof spawn>[] = [];
  try {
    wire.ip('link add br0 type bridge');
    wire.ip('link set br0 up');
    for (const [i, machine] of machines.entries()) {
      wire.ip(`link add port${i} type veth peer name eth0 netns ${machine.name}`);
      wire.ip(`link set port${i} master br0 up`);
      machine.ip(`addr add 10.0.0.${i + 1}/24 dev eth0`);
      machine.ip('link set eth0 up');
    }
    machines[0].pair('cali0');
    const fabric = join(folder, 'fabric.json');
    const nodes = Object.fromEntries(NODES.map((name, i) => [name, { ipv4Address: `10.0.0.${i + 1}` }]));
    writeFileSync(fabric, JSON.stringify({ name: 'bench', asNumber: 64512, nodes }));
    const within = (machine: Namespace, ...command: string[]) => {
      const child = spawn('ip', ['netns', 'exec', machine.name, ...command], { stdio: ['pipe', 'ignore', 'ignore'] });
      children.push(child);
      return child;
    };
    for (const [i, name] of NODES.entries()) {
      const own = ['--node', name, '--socket', join(folder, name), '--state', join(folder, `state-${name}`)];
      within(machines[i], process.execPath, MAIN, 'agent', ...own, '--fabric', fabric);
    }
    for (const name of NODES) {
      await until(() => existsSync(join(folder, name)));
      const client = new AgentClient(`unix://${join(folder, name)}`);
      await until(async () => (await client.status()).sessions.every(({ state }) => state === 'Established'));
    }
    await sleep(WARM_UP);
    let waiting: { address: string; isThere: boolean; left: Set<number>; done: () => void } | undefined;
    for (const i of [1, 2])
      monitors.push(
        watch(machines[i], (address, isThere) => {
          if (!waiting || waiting.address !== address || waiting.isThere !== isThere) return;
          if (waiting.left.delete(i) && waiting.left.size === 0) waiting.done();
        }),
      );
    const commands = within(machines[0], 'ip', '-batch', '-');
    const step = async (i: number, isThere: boolean): Promise<number> => {
      const prefix = prefixOf(i);
      const address = prefix.replace('/32', '');
      const start = performance.now();
      const told = new Promise<number>((resolve) => {
        waiting = { address, isThere, left: new Set([1, 2]), done: () => resolve(performance.now() - start) };
      });
      commands.stdin!.write(`route ${isThere ? 'add' : 'del'} ${prefix} dev cali0\n`);
      const lost = sleep(10_000).then(() => Promise.reject(new Error(`${prefix} never came`)));
      lost.catch(() => {});
      return Promise.race([told, lost]);
    };
    const added: number[] = [];
    const removed: number[] = [];
    for (let i = 0; i < appearances; i++) {
      added.push(await step(i, true));
      await sleep((i * 7) % 23); // at no fixed distance, so that timers show
    }
    for (let i = 0; i < appearances; i++) {
      removed.push(await step(i, false));
      await sleep((i * 7) % 23);
    }
    report('appears', added);
    report('disappears', removed);
  } finally {
    for (const monitor of monitors) monitor.close();
    await killAll(children);
    for (const machine of [...machines, wire]) machine.remove();
    rmSync(folder, { recursive: true });
  }
}

void main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
