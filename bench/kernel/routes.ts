/**
 * Routes a second into the kernel and out again, and how long the event loop stood still.
 *
 *   npx esbuild bench/kernel/routes.ts --bundle --platform=node --external:koffi --outfile=dist/bench-kernel.js
 *   unshare -n node dist/bench-kernel.js [COUNT] [sorted|real|ipv6]
 */
import { execFileSync } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { KernelError } from '../../lib/kernel/error';
import { Fib, type Target } from '../../lib/kernel/fib';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';

const count = Number(process.argv[2] ?? 100_000),
  shape = process.argv[3] ?? 'real';

const ip = (command: string) => execFileSync('ip', command.split(' '));
const next = (address: string): Target => ({ via: [{ address: sure(IpAddress.parse(address)) }] });

/** Prefixes, unique, in the order of their coming: /24s one after another, or spread with the Internet's mix of lengths. */
function prefixes(): { address: Uint8Array; length: number }[] {
  if (shape === 'sorted')
    return Array.from({ length: count }, (_, i) => ({ address: octets(0x14000000 + i * 256, 4), length: 24 }));
  const mix = [24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 18, 16],
    seen = new Set<string>();
  let state = 1;
  const all: { address: Uint8Array; length: number }[] = [];
  while (all.length < count) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const v6 = shape === 'ipv6',
      length = v6 ? 48 : mix[(state >>> 24) % mix.length];
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const network = v6 ? state : ((0x14000000 + (state % 0xb0000000)) & (0xffffffff << (32 - length))) >>> 0;
    if (seen.has(`${network}/${length}`)) continue;
    seen.add(`${network}/${length}`);
    all.push(
      v6
        ? { address: Uint8Array.of(0x20, 1, ...octets(network, 4), ...new Uint8Array(10)), length }
        : { address: octets(network, 4), length },
    );
  }
  return all;
}

const octets = (value: number, length: number) =>
  Uint8Array.from({ length }, (_, i) => value / 256 ** (length - 1 - i));

async function measured(what: string, work: () => Promise<void>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 }),
    cpu = process.cpuUsage();
  delay.enable();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000,
    { user, system } = process.cpuUsage(cpu);
  await new Promise((turn) => setTimeout(turn, 5));
  delay.disable();
  console.log(
    `${what.padEnd(10)} ${seconds.toFixed(2)} s  ${Math.round(count / seconds / 1000)}k routes/s  ` +
      `loop max ${Math.round(delay.max / 1e6)} ms  user ${(user / 1e6).toFixed(2)} s  system ${(system / 1e6).toFixed(2)} s  ` +
      `memory ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
  );
}

async function main(): Promise<void> {
  ip('link set lo up');
  ip('link add up0 type veth peer name up1');
  for (const link of ['up0', 'up1']) ip(`link set ${link} up`);
  for (const address of ['10.0.0.1/24', '2001:db8::1/64']) ip(`addr add ${address} dev up0`);
  const all = prefixes();
  const [first, second] =
    shape === 'ipv6' ? [next('2001:db8::2'), next('2001:db8::3')] : [next('10.0.0.2'), next('10.0.0.3')];
  let fib = await open();
  const each = (target: Target | undefined) => async () => {
    const slice = 20_000; // as a speaker would: in turns of the event loop
    for (let i = 0; i < all.length; i += slice) {
      for (const { address, length } of all.slice(i, i + slice)) fib.setOctets(address, length, target);
      await new Promise((turn) => setImmediate(turn));
    }
    await fib.settled();
  };
  console.log(`${count} routes, ${shape}`);
  await measured('add', each(first));
  await measured('replace', each(second));
  await measured('compare', () => fib.resync());
  await fib.close();
  await measured('restart', async () => {
    fib = await open();
    await each(second)();
    fib.reconciled();
    await fib.settled();
  });
  await measured('delete', each(undefined));
  console.log(JSON.stringify(fib.status()));
  await fib.close();
}

async function open(): Promise<Fib> {
  const fib = await Fib.open({ log: (level, message) => console.log(level, message) });
  if (fib instanceof KernelError) throw new Error(String(fib));
  return fib;
}

void main();
