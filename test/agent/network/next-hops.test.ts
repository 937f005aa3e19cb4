import { NextHops } from '../../../lib/agent/network/next-hops';
import type { NextHopReach } from '../../../lib/kernel/fib/fib';
import { IpAddress } from '../../../lib/model/address';

const address = (n: number) => IpAddress.fromBytes(Uint8Array.of(10, 77, n >> 8, n & 255));
const addresses = (count: number) => Array.from({ length: count }, (_, n) => address(n));
const reach = (one: IpAddress): NextHopReach => ({
  ...{ address: one, reachable: true, metric: 0, onLink: true, isDefault: false, reason: '' },
});

/** Notes what the kernel is asked for, and how much of it at once. */
function asker() {
  const tracked = new Set<string>();
  const steps: number[] = [];
  let told = 0;
  const note = (all: readonly IpAddress[], what: 'add' | 'delete') => {
    steps.push(all.length);
    for (const one of all) tracked[what](String(one));
  };
  const fib = {
    track: (all: readonly IpAddress[]) => {
      note(all, 'add');
      return all.map(reach);
    },
    untrack: (all: readonly IpAddress[]) => note(all, 'delete'),
  };
  const hops = new NextHops(
    fib,
    (input) => {
      if (input.kind === 'nextHops') told += [...input.changes].length;
    },
    { say: () => {} },
  );
  return { hops, tracked, steps, told: () => told };
}

const until = async (condition: () => boolean) => {
  for (let i = 0; i < 10_000 && !condition(); i++) await new Promise((turn) => setImmediate(turn));
  expect(condition()).toBe(true);
};

describe('next hops of the speaker', () => {
  test('are answered at once where they are few', () => {
    const { hops, told } = asker();
    hops.ask(addresses(3), []);
    expect(told()).toBe(3);
  });

  test('are asked for and let go of in small steps where they are many', async () => {
    const { hops, tracked, steps, told } = asker();
    hops.ask(addresses(5000), []);
    expect(tracked.size).toBe(100); // the rest in later turns
    await until(() => told() === 5000);
    hops.ask([], addresses(5000));
    expect(tracked.size).toBe(4900);
    await until(() => tracked.size === 0);
    expect(Math.max(...steps)).toBe(100);
  });

  test('are as the last word had it, though it came while the first waited', async () => {
    const { hops, tracked, told } = asker();
    hops.ask(addresses(1000), []);
    hops.ask([], addresses(1000).slice(500)); // none of these was asked for yet
    hops.ask([address(999)], []);
    await until(() => told() === 501);
    expect(tracked.size).toBe(501);
    expect(tracked.has(String(address(999)))).toBe(true);
  });
});
