/**
 * Routes a second into the kernel and out again, what a restart and a neighbour's death take, and how long the event
 * loop stood still.
 *
 *   npm run bench:kernel -- --part routes,failover,ipv6
 */
import { execFileSync, spawn } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { dropRoutesOf } from '../../lib/kernel/codec/filter';
import { type NetlinkMessage, TYPE } from '../../lib/kernel/codec/header';
import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import { Fib, type NexthopSet } from '../../lib/kernel/fib/fib';
import { Monitor } from '../../lib/kernel/netlink/monitor';
import { KernelError } from '../../lib/kernel/system/error';
import { setShowsHops } from '../../lib/kernel/system/nexthop-mode';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';

const count = Number(process.argv[2] ?? 100_000);
const shape = process.argv[3] ?? 'real';

const ip = (command: string) => execFileSync('ip', command.split(' '));
const next = (address: string): NexthopSet => ({ via: [{ address: sure(IpAddress.parse(address)) }] });

/**
 * Columns, not objects: a heap with a million of them would make the collector's pauses, not the program's, the
 * measure.
 */
interface Prefixes {
  readonly words: Int32Array;
  readonly lengths: Uint8Array;
}

/**
 * Prefixes, unique, in the order of their coming: /24s one after another, or spread with the Internet's mix of lengths.
 */
function prefixes(): Prefixes {
  const words = new Int32Array(count);
  const lengths = new Uint8Array(count).fill(shape === 'ipv6' ? 48 : 24);
  if (shape === 'sorted') return { words: words.map((_, i) => 0x14000000 + i * 256), lengths };
  const mix = [24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 18, 16];
  const seen = new Set<number>();
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let i = 0; i < count; ) {
    const length = shape === 'ipv6' ? 48 : mix[(next() >>> 24) % mix.length];
    const network =
      shape === 'ipv6' ? next() : ((0x14000000 + (next() % 0xb0000000)) & (0xffffffff << (32 - length))) >>> 0;
    if (seen.has(network * 64 + length)) continue;
    seen.add(network * 64 + length);
    words[i] = network;
    lengths[i++] = length;
  }
  return { words, lengths };
}

async function measured(what: string, work: () => Promise<void>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpu = process.cpuUsage();
  delay.enable();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await new Promise((turn) => setTimeout(turn, 5));
  delay.disable();
  console.log(
    `${what.padEnd(10)} ${seconds.toFixed(2)} s  ${Math.round(count / seconds / 1000)}k routes/s  ` +
      `loop max ${Math.round(delay.max / 1e6)} ms  user ${(user / 1e6).toFixed(2)} s  system ${(system / 1e6).toFixed(2)} s  ` +
      `memory ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
  );
}

/** Changes routes while the agent's memory is large: to start a program would take its pages, and its time. */
const changer = spawn('ip', ['-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });

async function main(): Promise<void> {
  ip('link set lo up');
  ip('link add up0 type veth peer name up1');
  for (const link of ['up0', 'up1']) ip(`link set ${link} up`);
  for (const address of ['10.0.0.1/24', '2001:db8::1/64']) ip(`addr add ${address} dev up0`);
  const all = prefixes();
  const [first, second] =
    shape === 'ipv6' ? [next('2001:db8::2'), next('2001:db8::3')] : [next('10.0.0.2'), next('10.0.0.3')];
  const family = shape === 'ipv6' ? 'ipv6' : 'ipv4';
  const load = (at: number) => (into: Int32Array) => {
    if (family === 'ipv4') into[0] = all.words[at];
    else into.set([0x20010000 | (all.words[at] >>> 16), all.words[at] << 16, 0, 0]);
  };
  let fib = await open();
  const each = (target: NexthopSet | undefined) => async () => {
    const slice = 20_000; // as a speaker would: in turns of the event loop
    for (let i = 0; i < count; i += slice) {
      for (let at = i; at < Math.min(count, i + slice); at++) fib.setWords(family, load(at), all.lengths[at], target);
      await new Promise((turn) => setImmediate(turn));
    }
    await fib.settled();
  };
  console.log(`${count} routes, ${shape}`);
  await measured('add', each(first));
  await measured('replace', each(second));
  await measured('compare', () => fib.resync());
  await fib.close();
  let told = 0;
  const ear = listen(() => told++);
  await measured('restart', async () => {
    fib = await open();
    await each(second)();
    fib.reconciled();
    await fib.settled();
  });
  ear.drain();
  ear.close();
  console.log(`           the kernel tells of ${told} routes that were written or deleted meanwhile`);
  for (const shows of [false, true]) await failover(each, () => fib.settled(), shows);
  await measured('delete', each(undefined));
  console.log(JSON.stringify(fib.status()));
  await fib.close();
  changer.stdin.end();
}

/**
 * All routes on a next hop behind a router, and another router leads there from now on: how long after the kernel says
 * so. `shows`: as the kernel is set unless the agent has `--compact-nexthops`; packets take the new way at once then,
 * too, but the kernel goes through all routes before it does anything else.
 */
async function failover(
  each: (target: NexthopSet) => () => Promise<void>,
  settled: () => Promise<void>,
  shows: boolean,
): Promise<void> {
  const [network, routers, far] =
    shape === 'ipv6'
      ? ['2001:db8:9::/48', ['2001:db8::8', '2001:db8::9'], '2001:db8:9::7']
      : ['192.0.2.0/24', ['10.0.0.8', '10.0.0.9'], '192.0.2.7'];
  const failed = setShowsHops(shows);
  if (failed) console.error(String(failed));
  ip(`route replace ${network} via ${routers[0]}`);
  await each(next(far))();
  const times: number[] = [];
  const ends: number[] = [];
  for (let i = 1; i <= 20; i++) {
    let told = 0;
    const done = new Promise<void>((resolve) => {
      const monitor = listen((type) => {
        if (type === TYPE.newRoute) told ||= performance.now();
        else if (type === TYPE.newNexthop && told > 0) {
          monitor.close();
          resolve();
        }
      }, OWN_PROTOCOL);
    });
    changer.stdin.write(`route replace ${network} via ${routers[i % 2]}\n`);
    await done;
    times.push(performance.now() - told);
    await settled();
    ends.push(performance.now() - told);
    await new Promise((turn) => setTimeout(turn, 500));
  }
  const said = ([median, worst]: readonly number[]) =>
    `median ${median.toFixed(1)} ms, worst of 20 ${worst.toFixed(1)} ms`;
  const [way, end] = [times, ends].map((all) => said(all.sort((a, b) => a - b).filter((_, i) => i === 10 || i === 19)));
  console.log(
    `failover   nexthop_compat_mode ${Number(shows)}: ${way} after the kernel's word; the kernel has done with it after: ${end}`,
  );
}

/** Hears of every route, link and nexthop object that changes, but for routes of protocol `but`. */
function listen(hear: (type: number) => void, but = 0): Monitor {
  const events = {
    message: (_: Uint8Array, { type }: NetlinkMessage) => hear(type),
    lost: () => console.error('events were lost'),
  };
  const monitor = Monitor.open(dropRoutesOf(but), events, () => {});
  if (monitor instanceof KernelError) throw new Error(String(monitor));
  return monitor;
}

async function open(): Promise<Fib> {
  const fib = await Fib.open({ log: (level, message) => console.log(level, message) });
  if (fib instanceof KernelError) throw new Error(String(fib));
  return fib;
}

void main();
