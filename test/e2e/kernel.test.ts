import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeCapabilities, probeCapabilities } from '../../lib/kernel/capabilities';
import { dropRoutesOf } from '../../lib/kernel/codec/filter';
import { TYPE } from '../../lib/kernel/codec/header';
import { ADDRESS_FLAG } from '../../lib/kernel/codec/interface-address';
import { Fib, type NextHopReach, type NexthopSet } from '../../lib/kernel/fib/fib';
import { silent } from '../../lib/kernel/log';
import { Monitor } from '../../lib/kernel/netlink/monitor';
import { KernelError } from '../../lib/kernel/system/error';
import { lockAgent } from '../../lib/kernel/system/lock';
import { Watch, type WatchOptions } from '../../lib/kernel/workload/watch';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { Namespace, until } from '../kernel/namespace';

const prefix = (text: string) => sure(Prefix.parse(text));
const via = (...addresses: string[]): NexthopSet => ({
  via: addresses.map((address) => ({ address: sure(IpAddress.parse(address)) })),
});
const OWN = 'proto 114';

let node: Namespace;
let fibs: Fib[];
let watches: Watch[];
let lines: string[];

async function fib(options = {}): Promise<Fib> {
  const opened = await Fib.open({ ...options, log: (level, message) => lines.push(`${level} ${message}`) });
  if (opened instanceof KernelError) throw new Error(String(opened));
  fibs.push(opened);
  return opened;
}

async function watching(options: WatchOptions): Promise<Watch> {
  const opened = await Watch.open({ ...options, log: (level, message) => lines.push(`${level} ${message}`) });
  if (opened instanceof KernelError) throw new Error(String(opened));
  watches.push(opened);
  return opened;
}

beforeEach(() => {
  fibs = [];
  watches = [];
  lines = [];
  node = Namespace.make();
  node.pair('up0', '10.0.0.1/24', '2001:db8::1/64');
  node.pair('up1', '10.0.1.1/24', '2001:db8:0:1::1/64');
  node.enter();
});

afterEach(async () => {
  for (const one of watches) one.close();
  for (const one of fibs) await one.close();
  node.remove();
});

describe('routes of this node', () => {
  test('are added and withdrawn, IPv4 and IPv6', async () => {
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    table.set(prefix('0.0.0.0/0'), via('10.0.0.3'));
    table.set(prefix('2001:db8:50::/48'), via('2001:db8::2'));
    await table.settled();
    expect(node.routes(OWN)).toEqual([
      'default via 10.0.0.3 dev up0 metric 200',
      '10.50.0.0/16 via 10.0.0.2 dev up0 metric 200',
    ]);
    expect(node.routes(OWN, 6)).toEqual(['2001:db8:50::/48 via 2001:db8::2 dev up0 metric 200']);
    expect(table.status()).toMatchObject({ wanted: 3, installed: 3, refused: 0, waiting: [], conflicts: [] });
    for (const text of ['10.50.0.0/16', '0.0.0.0/0', '2001:db8:50::/48']) table.remove(prefix(text));
    await table.settled();
    expect([...node.routes(OWN), ...node.routes(OWN, 6)]).toEqual([]);
    expect(table.status()).toMatchObject({ wanted: 0, installed: 0 });
  });

  test('have several next hops, and change them in place', async () => {
    const table = await fib();
    for (const target of [via('10.0.0.2'), via('10.0.0.2', '10.0.1.2'), via('10.0.1.3')]) {
      table.set(prefix('10.50.0.0/16'), target);
      await table.settled();
    }
    expect(node.routes(OWN)).toEqual(['10.50.0.0/16 via 10.0.1.3 dev up1 metric 200']);
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2', '10.0.1.2'));
    table.set(prefix('2001:db8:50::/48'), via('2001:db8::2', '2001:db8:0:1::2'));
    await table.settled();
    const hops = ['nexthop via HOP0 dev up0 weight 1', 'nexthop via HOP1 dev up1 weight 1'];
    const seen = (lines: string[]) => lines.map((line) => line.replace(/via \S+?2 dev up(\d)/, 'via HOP$1 dev up$1'));
    expect(seen(node.routes(OWN))).toEqual(['10.50.0.0/16 metric 200', ...hops]);
    expect(seen(node.routes(OWN, 6))).toEqual(['2001:db8:50::/48 metric 200', ...hops]);
  });

  test('go nowhere when told so, and back', async () => {
    const table = await fib();
    for (const text of ['10.50.0.0/16', '2001:db8:50::/48']) {
      table.set(prefix(text), 'blackhole');
      await table.settled();
      table.set(prefix(text), via(text.includes(':') ? '2001:db8::2' : '10.0.0.2'));
      await table.settled();
      table.set(prefix(text), 'unreachable');
      await table.settled();
    }
    expect(node.routes(OWN)).toEqual(['unreachable 10.50.0.0/16 metric 200']);
    expect(node.routes(OWN, 6)).toEqual(['unreachable 2001:db8:50::/48 dev lo metric 200']);
    expect(table.status()).toMatchObject({ installed: 2, refused: 0 });
  });

  test('lead an IPv4 prefix over an IPv6 next hop', async () => {
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('2001:db8::2'));
    table.set(prefix('10.51.0.0/16'), {
      via: [{ address: sure(IpAddress.parse('fe80::2')), interface: 'up1' }],
    });
    await table.settled();
    expect(node.routes(OWN)).toEqual([
      '10.50.0.0/16 via inet6 2001:db8::2 dev up0 metric 200',
      '10.51.0.0/16 via inet6 fe80::2 dev up1 metric 200',
    ]);
  });

  test('follow a next hop that is reached over another router, and wait for one that is not reached', async () => {
    node.ip('route add 192.0.2.0/24 via 10.0.0.9');
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('192.0.2.7'));
    table.set(prefix('10.51.0.0/16'), via('198.51.100.7'));
    await table.settled();
    expect(node.routes(OWN)).toEqual(['10.50.0.0/16 via 10.0.0.9 dev up0 metric 200']);
    expect(table.status().waiting).toEqual([
      { target: '198.51.100.7%*1', reason: 'no route to next hop 198.51.100.7', prefixes: 1 },
    ]);
    node.ip('route replace 192.0.2.0/24 via 10.0.1.9');
    node.ip('route add 198.51.100.0/24 via 10.0.1.8');
    await until(() => table.status().installed === 2);
    await until(
      () =>
        node.routes(OWN).join('|') ===
        '10.50.0.0/16 via 10.0.1.9 dev up1 metric 200|10.51.0.0/16 via 10.0.1.8 dev up1 metric 200',
    );
  });

  test('tell of next hops that are reached no longer, also when nobody uses them, and at what cost they are', async () => {
    const told: string[] = [];
    const table = await fib({
      nextHops: (changes: readonly NextHopReach[]) =>
        told.push(...changes.map(({ address, reachable, metric }) => `${address} ${reachable} ${metric}`)),
    });
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    table.set(prefix('10.51.0.0/16'), via('198.51.100.7'));
    await until(() => told.length === 1);
    table.remove(prefix('10.51.0.0/16')); // the speaker has another way
    await table.settled();
    expect(table.status()).toMatchObject({ waiting: [], unreached: [{ target: '198.51.100.7', prefixes: 1 }] });
    node.ip('route add 198.51.100.0/24 via 10.0.1.8 metric 30');
    await until(() => told.length === 2);
    node.ip('link set up0-far down');
    await until(() => told.length === 3);
    node.ip('link set up0-far up');
    await until(() => told.length === 4);
    expect(told).toEqual(['198.51.100.7 false 0', '198.51.100.7 true 30', '10.0.0.2 false 0', '10.0.0.2 true 0']);
  });

  test('stand in any table', async () => {
    const table = await fib({ table: 1000, metric: 77 });
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    // Look-ups for the links go on to the next table: ours is not to come before them.
    const [routes, passed] = [false, true].map((isThrow) =>
      node.routes('table 1000').filter((line) => line.startsWith('throw ') === isThrow),
    );
    expect(routes).toEqual(['10.50.0.0/16 via 10.0.0.2 dev up0 proto 114 metric 77']);
    expect(passed).toContain('throw 10.0.0.0/24 proto 114 metric 77');
    expect(node.routes(OWN)).toEqual([]);
    await table.flush();
    expect(node.routes('table 1000')).toEqual([]);
  });

  test('come in thousands, and only the latest word counts', async () => {
    const table = await fib();
    const count = 5000;
    const address = (i: number) => Uint8Array.of(20, i >> 8, i & 0xff, 0);
    const [first, second] = [via('10.0.0.2'), via('10.0.1.2')];
    for (let i = 0; i < count; i++) table.setOctets(address(i), 24, first);
    for (let i = 0; i < count; i += 2) table.setOctets(address(i), 24, undefined);
    for (let i = 1; i < count; i += 4) table.setOctets(address(i), 24, second);
    await table.settled();
    for (const link of ['up0', 'up1'])
      expect(node.routes(OWN).filter((line) => line.includes(`dev ${link}`)).length).toBe(count / 4);
    expect(table.status()).toMatchObject({ wanted: count / 2, installed: count / 2, refused: 0 });
    await table.flush();
    expect(node.routes(OWN)).toEqual([]);
  });
});

describe('a foreign route', () => {
  test.each([
    [4, '10.50.0.0/16', '10.0.0.7', '10.0.0.2'],
    [6, '2001:db8:50::/48', '2001:db8::7', '2001:db8::2'],
  ] as const)(
    'at the same prefix and metric stays as it is and is reported, IPv%i',
    async (family, text, theirs, ours) => {
      node.ip(`-${family} route add ${text} via ${theirs} metric 200 proto static`);
      const before = node.routes(text, family);
      const table = await fib();
      table.set(prefix(text), via(ours));
      await table.settled();
      expect(node.routes(text, family)).toEqual(before);
      expect(table.status()).toMatchObject({
        installed: 0,
        conflicts: [{ prefix: text, protocol: 'static' }],
        failed: [{ prefix: text, reason: 'a route of protocol static exists at metric 200' }],
      });
      table.remove(prefix(text));
      table.reconciled();
      await table.settled();
      expect(node.routes(text, family)).toEqual(before);
      expect(table.status()).toMatchObject({ wanted: 0, conflicts: [], failed: [] });
    },
  );

  test('gives way to ours only when its owner takes it away', async () => {
    node.ip('route add 10.50.0.0/16 via 10.0.0.7 metric 200 proto static');
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    node.ip('route del 10.50.0.0/16');
    await until(() => table.status().installed === 1);
    expect(node.routes('10.50.0.0/16')).toEqual(['10.50.0.0/16 via 10.0.0.2 dev up0 proto 114 metric 200']);
    expect(table.status().conflicts).toEqual([]);
  });

  test('that takes the place of ours is not overwritten in turn', async () => {
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    node.ip('route replace 10.50.0.0/16 via 10.0.0.7 metric 200 proto static');
    await until(() => table.status().conflicts.length === 1);
    table.set(prefix('10.50.0.0/16'), via('10.0.1.2'));
    await table.settled();
    expect(node.routes('10.50.0.0/16')).toEqual(['10.50.0.0/16 via 10.0.0.7 dev up0 proto static metric 200']);
  });

  test('at another metric lives beside ours', async () => {
    node.ip('route add 10.50.0.0/16 via 10.0.0.7 proto static');
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    await table.flush();
    expect(node.routes('10.50.0.0/16')).toEqual(['10.50.0.0/16 via 10.0.0.7 dev up0 proto static']);
  });
});

describe('the run after', () => {
  test('takes over what stands, and sweeps what nobody wants any more', async () => {
    const first = await fib();
    for (const text of ['10.50.0.0/16', '10.51.0.0/16', '2001:db8:50::/48'])
      first.set(prefix(text), via(text.includes(':') ? '2001:db8::2' : '10.0.0.2'));
    await first.settled();
    await first.close();
    const before = [...node.routes(OWN), ...node.routes(OWN, 6)];
    expect(before.length).toBe(3);

    const second = await fib();
    expect(second.status()).toMatchObject({ wanted: 0, kept: 3 });
    second.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await second.settled();
    expect([...node.routes(OWN), ...node.routes(OWN, 6)]).toEqual(before);
    second.reconciled();
    await second.settled();
    expect([...node.routes(OWN), ...node.routes(OWN, 6)]).toEqual(['10.50.0.0/16 via 10.0.0.2 dev up0 metric 200']);
  });

  test('writes nothing where the kernel has what is wanted', async () => {
    const first = await fib();
    const wish = (table: Fib) => {
      table.set(prefix('10.50.0.0/16'), via('10.0.0.2', '10.0.1.2'));
      table.set(prefix('2001:db8:50::/48'), via('2001:db8:0:1::2', '2001:db8::2'));
      table.set(prefix('10.51.0.0/16'), 'blackhole');
      table.set(prefix('2001:db8:51::/48'), 'unreachable');
      table.set(prefix('10.52.0.0/16'), via('2001:db8::2'));
    };
    wish(first);
    await first.settled();
    await first.close();
    const second = await fib();
    const events: number[] = [];
    const monitor = Monitor.open(
      dropRoutesOf(0),
      { message: (_, one) => events.push(one.type), lost: () => {} },
      silent,
    );
    if (monitor instanceof KernelError) throw new Error(String(monitor));
    wish(second);
    expect(second.status()).toMatchObject({ wanted: 5, installed: 5, kept: 0 });
    second.reconciled();
    await second.settled();
    monitor.drain();
    expect(events).toEqual([]);
    second.set(prefix('10.51.0.0/16'), 'unreachable');
    await second.settled();
    monitor.drain();
    expect(events).toEqual([TYPE.newRoute]);
    monitor.close();
  });

  test('with another metric sweeps what the one before left', async () => {
    const first = await fib({ metric: 300 });
    first.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await first.settled();
    await first.close();
    const second = await fib();
    second.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await second.settled();
    expect(node.routes(OWN).length).toBe(2);
    second.reconciled();
    await second.settled();
    expect(node.routes(OWN)).toEqual(['10.50.0.0/16 via 10.0.0.2 dev up0 metric 200']);
  });
});

describe('what others do to routes of ours is mended', () => {
  test.each([
    [4, '10.50.0.0/16', '10.0.0.2', '10.0.1.2'],
    [6, '2001:db8:50::/48', '2001:db8::2', '2001:db8:0:1::2'],
  ] as const)('when they are deleted or changed, IPv%i', async (family, text, one, other) => {
    const table = await fib();
    table.set(prefix(text), via(one, other));
    await table.settled();
    const whole = node.routes(OWN, family);
    expect(whole.length).toBe(3);
    node.ip(`-${family} route del ${text}`);
    await until(() => node.routes(OWN, family).join() === whole.join());
    node.ip(`-${family} route replace ${text} via ${one} metric 200 proto 114`);
    await until(() => node.routes(OWN, family).join() === whole.join());
    if (family === 6) node.ip(`-6 route del ${text} via ${one}`);
    await until(() => node.routes(OWN, family).join() === whole.join());
  });

  test('when a route with our number appears that nobody wants', async () => {
    const table = await fib();
    node.ip('route add 10.50.0.0/16 via 10.0.0.2 metric 200 proto 114');
    await until(() => node.routes(OWN).length === 0);
    expect(table.status()).toMatchObject({ wanted: 0 });
  });

  test('when the link was down, which drops IPv4 routes without an event', async () => {
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    table.set(prefix('10.51.0.0/16'), via('10.0.0.2', '10.0.1.2'));
    table.set(prefix('2001:db8:50::/48'), via('2001:db8::2'));
    await table.settled();
    const whole = [...node.routes(OWN), ...node.routes(OWN, 6)];
    node.ip('link set up0 down');
    await until(() => table.status().installed === 1);
    await until(() => node.routes(OWN).join() === '10.51.0.0/16 via 10.0.1.2 dev up1 metric 200');
    node.ip('link set up0 up');
    node.ip('addr add 2001:db8::1/64 dev up0 nodad'); // the kernel took it away with the link
    await until(() => table.status().installed === 3);
    await until(() => [...node.routes(OWN), ...node.routes(OWN, 6)].join() === whole.join());
  });

  test('when the last address of an interface went and came back', async () => {
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    node.ip('addr del 10.0.0.1/24 dev up0');
    await until(() => table.status().waiting.length === 1);
    node.ip('addr add 10.0.0.1/24 dev up0');
    // The kernel drops the route and tells nobody, so for a moment what is known of it is what was.
    await until(() => node.routes(OWN).includes('10.50.0.0/16 via 10.0.0.2 dev up0 metric 200'));
    await table.settled();
    expect(table.status()).toMatchObject({ wanted: 1, installed: 1 });
  });
});

describe('more events than the kernel keeps for us', () => {
  const count = 60_000;
  const prefixOf = (i: number) => `20.${i >> 8}.${i & 0xff}.0/24`;
  const batch = (lines: string[]) => {
    const file = join(mkdtempSync(join(tmpdir(), 'peerform-')), 'batch');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    node.ip(`-batch ${file}`); // synchronously: nobody reads events meanwhile
    rmSync(dirname(file), { recursive: true });
  };

  test('are made up for by comparing: routes of ours that were deleted come back', async () => {
    const table = await fib();
    const target = via('10.0.0.2');
    for (let i = 0; i < count; i++) table.set(prefix(prefixOf(i)), target);
    await table.settled();
    batch(Array.from({ length: count }, (_, i) => `route del ${prefixOf(i)} proto 114`));
    await until(() => lines.some((line) => line.includes('dropped events')));
    await until(() => table.status().installed < count);
    await until(() => table.status().installed === count);
    await table.settled();
    expect(node.routes(OWN).length).toBe(count);
    expect(table.status()).toMatchObject({ wanted: count, installed: count, refused: 0, conflicts: [] });
  });

  test('are made up for by comparing: workloads that came and went are told', async () => {
    const seen = new Set<string>();
    node.pair('veth-w1');
    await watching({
      workloads: { interfaces: ['veth-w*'] },
      appeared: (one) => seen.add(`${one}`),
      disappeared: (one) => seen.delete(`${one}`),
    });
    batch(Array.from({ length: count }, (_, i) => `route add ${prefixOf(i)} dev veth-w1`));
    await until(() => lines.some((line) => line.includes('dropped events')));
    await until(() => seen.size === count);
    batch(Array.from({ length: count - 3 }, (_, i) => `route del ${prefixOf(i)} dev veth-w1`));
    await until(() => seen.size === 3);
  });
});

describe('a workload', () => {
  const told: string[] = [];
  let watch: Watch;

  beforeEach(async () => {
    told.length = 0;
    node.pair('veth-w1');
    node.ip('route add 10.244.0.9/32 dev veth-w1');
    watch = await watching({
      workloads: { interfaces: ['veth-w*'], protocols: [42] },
      appeared: (one) => told.push(`+${one}`),
      disappeared: (one) => told.push(`-${one}`),
    });
  });

  test('that is there is told at once, and every one that comes and goes', async () => {
    expect(told).toEqual(['+10.244.0.9/32']);
    node.ip('route add 10.244.0.10/32 dev veth-w1');
    node.ip('-6 route add 2001:db8:244::10/128 dev veth-w1');
    await until(() => told.length === 3);
    node.ip('route del 10.244.0.10/32');
    node.ip('-6 route del 2001:db8:244::10/128');
    await until(() => told.length === 5);
    expect(told.slice(1)).toEqual([
      '+10.244.0.10/32',
      '+2001:db8:244::10/128',
      '-10.244.0.10/32',
      '-2001:db8:244::10/128',
    ]);
  });

  test('is gone with its interface, though the kernel says nothing of the route', async () => {
    node.ip('link set veth-w1 down');
    await until(() => told.length === 2);
    node.ip('link set veth-w1 up');
    node.ip('route add 10.244.0.9/32 dev veth-w1');
    node.ip('link del veth-w1');
    await until(() => told.length === 4);
    expect(told).toEqual(['+10.244.0.9/32', '-10.244.0.9/32', '+10.244.0.9/32', '-10.244.0.9/32']);
  });

  test('is one of two metrics only once, and moves without going', async () => {
    node.ip('route add 10.244.0.9/32 dev veth-w1 metric 5');
    node.ip('route del 10.244.0.9/32 metric 0');
    node.pair('veth-w2');
    node.ip('route replace 10.244.0.9/32 dev veth-w2 metric 5');
    node.ip('route replace 10.244.0.9/32 dev up0 metric 5');
    await until(() => told.length === 3);
    expect(told).toEqual(['+10.244.0.9/32', '+10.244.0.9/32', '-10.244.0.9/32']); // again, with its other interface
  });

  test.each([
    ['with their hops', 1],
    ['by the number of their object alone', 0],
  ])('counts by the interface that its nexthop object leads to, where the kernel shows routes %s', async (_, mode) => {
    node.nexthopCompatMode = mode;
    node.pair('other');
    const routed = (to: string) => {
      node.ip(`nexthop replace id 9 dev ${to} proto zebra`);
      node.ip('nexthop replace id 10 group 9 proto zebra');
    };
    routed('veth-w1');
    node.ip('route add 10.244.0.11/32 nhid 9 proto zebra');
    node.ip('route add 10.244.0.12/32 nhid 10 proto zebra');
    await until(() => told.length === 3);
    routed('other');
    await until(() => told.length === 5);
    routed('veth-w1');
    await until(() => told.length === 7);
    node.ip('nexthop del id 10'); // the kernel does not tell of its route
    await until(() => told.length === 8);
    node.ip('link set veth-w1-far down'); // nor of the object's going, and the route's with it
    await until(() => told.length === 9);
    const [one, other] = ['10.244.0.11/32', '10.244.0.12/32'];
    const [coming, going, again] = [told.slice(1, 3), told.slice(3, 5).sort(), told.slice(5, 7).sort()];
    expect([coming, going, again]).toEqual([
      [`+${one}`, `+${other}`],
      [`-${one}`, `-${other}`],
      [`+${one}`, `+${other}`],
    ]);
    expect(told.slice(7)).toEqual([`-${other}`, `-${one}`]);
  });

  test('is none when the route is ours, link-local, of the interface itself, or leads elsewhere', async () => {
    node.ip('route add 10.60.0.0/16 via 10.0.0.2 proto 114');
    node.ip('route add 10.61.0.0/16 via 10.0.0.2');
    node.ip('addr add 10.62.0.1/24 dev veth-w1');
    node.ip('-6 route add fe80:5::/64 dev veth-w1');
    node.ip('route add blackhole 10.63.0.0/16');
    node.ip('route add 10.64.0.0/16 via 10.0.0.2 proto babel');
    await until(() => told.length === 2);
    expect(told).toEqual(['+10.244.0.9/32', '+10.64.0.0/16']);
  });

  test('counts or not as the selector is changed', async () => {
    await watch.select({ connected: ['up*'] });
    expect(told.slice(1).sort()).toEqual([
      '+10.0.0.0/24',
      '+10.0.1.0/24',
      '+2001:db8:0:1::/64',
      '+2001:db8::/64',
      '-10.244.0.9/32',
    ]);
  });

  test('comes with the links and addresses of the node', async () => {
    expect(watch.links().find(({ name }) => name === 'up0')).toMatchObject({ up: true, carrier: true });
    const texts = () => watch.addresses().map(({ address, length }) => `${address}/${length}`);
    expect(texts()).toContain('10.0.0.1/24');
    node.ip('addr del 10.0.0.1/24 dev up0');
    node.ip('link set up0-far down');
    await until(() => !texts().includes('10.0.0.1/24'));
    await until(() => watch.links().find(({ name }) => name === 'up0')?.carrier === false);
  });
});

test('an address is told of again when it may be used, and when it is to go', async () => {
  const told: string[] = [];
  const { tentative, deprecated } = ADDRESS_FLAG;
  await watching({
    address: ({ address, flags = 0 }, isThere) => {
      if (String(address) !== '2001:db8:5::1' || !isThere) return;
      told.push((flags & tentative) !== 0 ? 'tentative' : (flags & deprecated) !== 0 ? 'deprecated' : 'usable');
    },
  });
  node.ip('address add 2001:db8:5::1/64 dev up0');
  await until(() => told.includes('usable')); // duplicate address detection takes a second
  node.ip('address change 2001:db8:5::1/64 dev up0 preferred_lft 0');
  await until(() => told.at(-1) === 'deprecated');
  expect(told.slice(-2)).toEqual(['usable', 'deprecated']);
});

describe('the agent of a namespace', () => {
  test('is one: a second one is told who is there', () => {
    const first = lockAgent(114);
    if (first instanceof KernelError) throw new Error(String(first));
    expect(String(lockAgent(114))).toContain(
      `EADDRINUSE (the agent with process id ${process.pid} is already running here: user root, command `,
    );
    const other = lockAgent(115);
    expect(other).not.toBeInstanceOf(KernelError);
    if (!(other instanceof KernelError)) other.release();
    first.release();
    const again = lockAgent(114);
    expect(again).not.toBeInstanceOf(KernelError);
    if (!(again instanceof KernelError)) again.release();
  });

  describe('where any process may take the name of the lock', () => {
    const NOBODY = 65534;
    let folder: string;
    let stranger: ChildProcess;
    /** A process of that user listens under the name, hears nobody, and lets so many wait. */
    const hold = async (uid: number, waiting = 0) => {
      const socket = (name: string) => `socket(my $${name}, AF_UNIX, SOCK_STREAM, 0)`;
      const program = `use Socket; my $name = pack("Sa*", AF_UNIX, "\\0peerform-agent-114");
        ${socket('s')}; bind($s, $name) or die; listen($s, 1) or die;
        for (1..${waiting}) { ${socket('c')}; connect($c, $name) or die; push @c, $c }
        $| = 1; print "holds"; sleep`;
      stranger = spawn('perl', ['-e', program], { uid, stdio: ['ignore', 'pipe', 'inherit'] });
      await once(stranger.stdout!, 'data');
    };
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'peerform-lock-'));
    });
    afterEach(async () => {
      stranger.kill();
      await once(stranger, 'exit');
      rmSync(folder, { recursive: true });
    });

    test.each([0, 2])(
      'a file keeps a second agent out, and is said to, with %i that wait to be heard',
      async (waiting) => {
        await hold(NOBODY, waiting);
        const lock = lockAgent(114, folder);
        if (lock instanceof KernelError) throw new Error(String(lock));
        expect(lock.warning).toMatch(/^process .* \(user nobody.*holds the name @peerform-agent-114/);
        expect(String(lockAgent(114, folder))).toContain(
          `the agent with process id ${process.pid} is already running here`,
        );
        lock.release();
        expect(readdirSync(folder)).toEqual([]);
        const again = lockAgent(114, folder);
        expect(again).not.toBeInstanceOf(KernelError);
        if (!(again instanceof KernelError)) again.release();
      },
    );

    test('a folder that others may write to vouches for nothing: the agent says so and who holds the name', async () => {
      await hold(NOBODY);
      chmodSync(folder, 0o777);
      expect(String(lockAgent(114, folder))).toMatch(
        new RegExp(`process ${stranger.pid} \\(user nobody, command .*holds the name.*can be changed by others`),
      );
    });

    test('what runs as root, or as the user of the service, is an agent, also one of before, which takes no file', async () => {
      await hold(0);
      expect(String(lockAgent(114, folder))).toContain(
        `the agent with process id ${stranger.pid} is already running here: user root, command perl`,
      );
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('knows what it may do', () => {
    const has = probeCapabilities();
    if (has instanceof KernelError) throw new Error(String(has));
    expect(has).toMatchObject({ routes: undefined, md5: true });
    expect(describeCapabilities({ ...has, routes: KernelError.of('write routes', 1), md5: false })).toEqual(
      expect.arrayContaining([
        expect.stringContaining('CAP_NET_ADMIN'),
        expect.stringContaining('sessions with a password'),
      ]),
    );
  });
});
