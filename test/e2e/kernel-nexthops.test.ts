import { spawnSync } from 'node:child_process';
import { dropRoutesOf } from '../../lib/kernel/codec/filter';
import { type NetlinkMessage, TYPE } from '../../lib/kernel/codec/header';
import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import { Fib, type FibOptions, type NexthopSet } from '../../lib/kernel/fib/fib';
import { silent } from '../../lib/kernel/log';
import { Monitor } from '../../lib/kernel/netlink/monitor';
import { KernelError } from '../../lib/kernel/system/error';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { Namespace, until } from '../kernel/namespace';

const prefix = (text: string) => sure(Prefix.parse(text));
const via = (...addresses: string[]): NexthopSet => ({
  via: addresses.map((address) => ({ address: sure(IpAddress.parse(address)) })),
});
const OWN = 'proto 114';
/** So many that they move together or not at all. */
const MANY = 3000;
const addressOf = (i: number) => Uint8Array.of(20, i >> 8, i & 0xff, 0);

let node: Namespace;
let open: (Fib | Monitor)[];
let lines: string[];

async function fib(options: FibOptions = {}): Promise<Fib> {
  const opened = await Fib.open({ ...options, log: (level, message) => lines.push(`${level} ${message}`) });
  if (opened instanceof KernelError) throw new Error(String(opened));
  open.push(opened);
  return opened;
}

/** Types of the events about routes of ours from now on, whoever causes them. */
function routeEvents(): { seen: () => number[] } {
  const types: number[] = [];
  const isOurs = (bytes: Uint8Array, one: NetlinkMessage) => bytes[one.start + 5] === OWN_PROTOCOL;
  const message = (bytes: Uint8Array, one: NetlinkMessage) => void (isOurs(bytes, one) && types.push(one.type));
  const monitor = Monitor.open(dropRoutesOf(0), { message, lost: () => {} }, silent);
  if (monitor instanceof KernelError) throw new Error(String(monitor));
  open.push(monitor);
  return {
    seen() {
      monitor.drain();
      return types.filter((type) => type === TYPE.newRoute || type === TYPE.delRoute);
    },
  };
}

/** How many objects of ours somebody made or deleted from now on. */
function objectEvents(): () => number {
  let count = 0;
  const message = (_: Uint8Array, { type }: NetlinkMessage) => {
    if (type === TYPE.newNexthop || type === TYPE.delNexthop) count++;
  };
  const monitor = Monitor.open(dropRoutesOf(0), { message, lost: () => {} }, silent);
  if (monitor instanceof KernelError) throw new Error(String(monitor));
  open.push(monitor);
  return () => {
    monitor.drain();
    return count;
  };
}

const many = (table: Fib, target: NexthopSet | undefined, from = 0, to = MANY) => {
  for (let i = from; i < to; i++) table.setOctets(addressOf(i), 24, target);
};
const countOver = (text: string) => node.routes(OWN).filter((line) => line.includes(text)).length;
/** The numbers of objects that routes of ours refer to. */
const inUse = () => new Set([...node.ip(`route show ${OWN}`).matchAll(/nhid (\d+)/g)].map(([, id]) => id));

/** What others have; the kernel drops it with the carrier of its link. */
function foreignAgain(): void {
  node.ip('nexthop add id 7 via 10.0.0.77 dev up0 proto static');
  node.ip('route add 172.16.0.0/16 nhid 7 proto static');
}

beforeEach(() => {
  open = [];
  lines = [];
  node = Namespace.make();
  node.pair('up0', '10.0.0.1/24', '2001:db8::1/64');
  node.pair('up1', '10.0.1.1/24', '2001:db8:0:1::1/64');
  foreignAgain();
  node.nexthopCompatMode = 0; // an object that moves is told of alone
  node.enter();
});

afterEach(async () => {
  const foreign = [node.nexthops().get('7'), node.ip('route show proto static').trim()];
  for (const one of open) await one.close();
  node.remove();
  expect(foreign).toEqual([
    'via 10.0.0.77 dev up0 scope link proto static',
    expect.stringMatching(/^172.16.0.0\/16 nhid 7( via 10.0.0.77 dev up0)?$/),
  ]);
});

describe('routes on nexthop objects', () => {
  test('of one target are on one group, IPv4 and IPv6, and the objects go with the last of them', async () => {
    const table = await fib();
    for (const text of ['10.50.0.0/16', '10.51.0.0/16', '2001:db8:50::/48'])
      table.set(prefix(text), via('2001:db8::2', '2001:db8:0:1::2'));
    await table.settled();
    expect(node.nexthops().size).toBe(1 + 3);
    expect(inUse().size).toBe(1);
    expect([...node.nexthops()].filter(([, what]) => what.includes(OWN)).every(([id]) => Number(id) > 0x42000000)).toBe(
      true,
    );
    await table.flush();
    await until(() => node.nexthops().size === 1);
  });

  test('move with one object when their next hop is reached another way', async () => {
    node.ip('route add 192.0.2.0/24 via 10.0.0.9');
    const table = await fib();
    many(table, via('192.0.2.7'));
    await table.settled();
    expect(countOver('via 10.0.0.9 dev up0')).toBe(MANY);
    node.ip('route replace 192.0.2.0/24 via 10.0.1.9');
    const events = routeEvents();
    await until(() => countOver('via 10.0.1.9 dev up1') === MANY);
    await table.settled();
    expect(events.seen()).toEqual([]);
    expect(table.status()).toMatchObject({ wanted: MANY, installed: MANY });
  });

  test('go on over the other member when the link of one has no carrier, and come back', async () => {
    const table = await fib();
    many(table, via('10.0.0.2', '10.0.1.2'));
    await table.settled();
    const events = routeEvents();
    node.ip('link set up0-far down');
    await until(() => countOver('via 10.0.1.2 dev up1') === MANY);
    node.ip('link set up0-far up');
    await until(() => countOver('nexthop via 10.0.0.2') === MANY);
    await table.settled();
    expect(events.seen()).toEqual([]);
    foreignAgain();
  });

  test('are moved, lost, mended and taken over where the kernel shows them with their hops, too', async () => {
    node.nexthopCompatMode = 1;
    node.ip('route add 192.0.2.0/24 via 10.0.0.9');
    const first = await fib();
    many(first, via('192.0.2.7'));
    many(first, via('10.0.0.2', '10.0.1.2'), 0, 100);
    await first.settled();
    node.ip('route replace 192.0.2.0/24 via 10.0.1.9');
    await until(() => countOver('via 10.0.1.9 dev up1') === MANY - 100);
    node.ip('link set up0-far down');
    await until(() => countOver('via 10.0.1.2 dev up1') === 100);
    node.ip('link set up0-far up');
    await until(() => countOver('nexthop via 10.0.0.2') === 100);
    await first.close();
    const second = await fib();
    many(second, via('192.0.2.7'));
    many(second, via('10.0.0.2', '10.0.1.2'), 0, 100);
    second.reconciled();
    await second.settled();
    expect(await second.check()).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(second.status()).toMatchObject({ wanted: MANY, installed: MANY, kept: 0, movesSlowly: false });
    foreignAgain();
  });

  test('are moved together when all of them want one other target', async () => {
    const table = await fib();
    many(table, via('10.0.0.2'));
    await table.settled();
    const before = inUse();
    const events = routeEvents();
    many(table, via('10.0.1.2'));
    await table.settled();
    expect(countOver('via 10.0.1.2 dev up1')).toBe(MANY);
    expect([inUse(), events.seen()]).toEqual([before, []]);
    // A route of its own way leaves the group; the rest follows a change of the new target.
    table.setOctets(addressOf(5), 24, via('10.0.0.2'));
    many(table, via('10.0.1.2', '10.0.0.2'), 6);
    await table.settled();
    expect(countOver('20.0.5.0/24 via 10.0.0.2 dev up0')).toBe(1);
    expect(table.status()).toMatchObject({ wanted: MANY, installed: MANY, refused: 0 });
  });

  test('are written one by one when they want different targets', async () => {
    const table = await fib();
    many(table, via('10.0.0.2'));
    await table.settled();
    many(table, via('10.0.1.2'), 0, MANY / 2);
    many(table, via('10.0.1.3'), MANY / 2);
    await table.settled();
    expect([countOver('via 10.0.1.2 dev up1'), countOver('via 10.0.1.3 dev up1')]).toEqual([MANY / 2, MANY / 2]);
    await until(() => node.nexthops().size === 1 + 4);
  });

  test('are deleted one by one when nobody wants them any more, so that everybody hears of each', async () => {
    const table = await fib();
    many(table, via('10.0.0.2'));
    table.set(prefix('10.50.0.0/16'), via('10.0.1.2'));
    await table.settled();
    const events = routeEvents();
    many(table, undefined);
    await table.settled();
    expect(node.routes(OWN)).toEqual(['10.50.0.0/16 via 10.0.1.2 dev up1 metric 200']);
    await until(() => events.seen().length >= MANY);
    expect(events.seen()).toEqual(new Array(MANY).fill(TYPE.delRoute));
    expect(table.status()).toMatchObject({ wanted: 1, installed: 1 });
    many(table, via('10.0.0.2'));
    await table.settled();
    expect(countOver('via 10.0.0.2 dev up0')).toBe(MANY);
  });

  test('come back when somebody deletes the objects, or puts them elsewhere', async () => {
    const table = await fib();
    many(table, via('10.0.0.2'));
    await table.settled();
    node.ip(`nexthop flush ${OWN}`);
    await until(() => countOver('via 10.0.0.2 dev up0') === MANY);
    const [id] = inUse();
    node.ip(`nexthop replace id ${id} group 7 ${OWN}`);
    await until(() => node.nexthops().get(id) !== `group 7 ${OWN}`);
    expect(countOver('via 10.0.0.2 dev up0')).toBe(MANY);
    await table.settled();
    expect(table.status()).toMatchObject({ wanted: MANY, installed: MANY, refused: 0 });
  });

  test('are written again at once, objects first, when a daemon deletes routes and objects as systemd-networkd does', async () => {
    const table = await fib();
    const routed = ['10.50.0.0/16', '10.51.0.0/16', '2001:db8:50::/48'];
    for (const text of routed) table.set(prefix(text), via(text.includes(':') ? '2001:db8::2' : '10.0.0.2'));
    table.set(prefix('10.52.0.0/16'), via('10.0.0.2', '10.0.1.2'));
    await table.settled();
    const shown = () => [...node.routes(OWN), ...node.routes(OWN, 6)].join('\n');
    const whole = shown();
    for (let round = 0; round < 3; round++) {
      const deletes = [
        ...['10.50.0.0/16', '10.51.0.0/16', '10.52.0.0/16'].map((text) => `route del ${text} ${OWN}`),
        `-6 route del 2001:db8:50::/48 ${OWN}`,
        ...[...node.nexthops()].filter(([, what]) => what.includes(OWN)).map(([id]) => `nexthop del id ${id}`),
      ];
      spawnSync('ip', ['-n', node.name, '-force', '-batch', '-'], { input: deletes.join('\n') });
      await until(() => shown() === whole);
    }
    await table.settled();
    expect(shown()).toBe(whole);
    expect(lines.filter((line) => /reject|refuse/.test(line))).toEqual([]);
  });

  test('are not fought for without end', async () => {
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    const events = objectEvents();
    let rounds = 0;
    for (const ends = performance.now() + 2000; performance.now() < ends; rounds++) {
      node.ip(`nexthop flush ${OWN}`);
      await new Promise((turn) => setTimeout(turn, 20));
    }
    expect(events()).toBeLessThan(2 * rounds); // of four a round where each was answered
    await until(() => node.routes(OWN).length === 1);
  });

  test('come back with a link that was down, which drops them without an event', async () => {
    const table = await fib();
    many(table, via('10.0.0.2'), 0, 2000);
    many(table, via('10.0.0.2', '10.0.1.2'), 2000);
    table.set(prefix('2001:db8:50::/48'), via('2001:db8:0:1::2'));
    await table.settled();
    node.ip('link set up0 down');
    await until(() => node.routes(OWN).length === MANY - 2000);
    expect(countOver('via 10.0.1.2 dev up1')).toBe(MANY - 2000);
    node.ip('link set up0 up');
    await until(() => countOver('via 10.0.0.2 dev up0') === MANY);
    await table.settled();
    expect(table.status()).toMatchObject({ wanted: MANY + 1, installed: MANY + 1 });
    foreignAgain();
  });
});

describe('routes of one next hop', () => {
  test('go with the carrier of its link, and are back with it', async () => {
    const table = await fib();
    many(table, via('10.0.0.2'));
    await table.settled();
    node.ip('link set up0-far down');
    await until(() => table.status().waiting.length === 1);
    expect(node.routes(OWN)).toEqual([]);
    node.ip('link set up0-far up');
    await until(() => countOver('via 10.0.0.2 dev up0') === MANY);
    await table.settled();
    expect(table.status()).toMatchObject({ wanted: MANY, installed: MANY, waiting: [] });
    foreignAgain();
  });
});

describe('the run after', () => {
  test('takes the objects over with their routes, and writes nothing', async () => {
    const first = await fib();
    many(first, via('10.0.0.2', '10.0.1.2'));
    first.set(prefix('2001:db8:50::/48'), via('2001:db8::2'));
    await first.settled();
    const before = [...node.nexthops()];
    await first.close();
    const second = await fib();
    const events = routeEvents();
    expect(second.status()).toMatchObject({ kept: MANY + 1 });
    many(second, via('10.0.0.2', '10.0.1.2'));
    second.set(prefix('2001:db8:50::/48'), via('2001:db8::2'));
    second.reconciled();
    await second.settled();
    expect([[...node.nexthops()], events.seen()]).toEqual([before, []]);
    expect(second.status()).toMatchObject({ wanted: MANY + 1, installed: MANY + 1, kept: 0 });
  });

  test('leaves nothing of what nobody wants, but not before that is known', async () => {
    const first = await fib();
    many(first, via('10.0.0.2'));
    first.set(prefix('10.50.0.0/16'), via('10.0.1.2'));
    await first.settled();
    await first.close();
    const second = await fib();
    await second.settled();
    expect(node.routes(OWN).length).toBe(MANY + 1);
    second.reconciled();
    await second.settled();
    await until(() => node.nexthops().size === 1);
    expect(node.routes(OWN)).toEqual([]);
  });

  test('takes routes over that stand on their own, and the other way round', async () => {
    const first = await fib({ nexthopObjects: false });
    many(first, via('10.0.0.2'));
    await first.settled();
    expect(node.nexthops().size).toBe(1);
    await first.close();
    const second = await fib();
    many(second, via('10.0.0.2'));
    second.reconciled();
    await second.settled();
    expect([countOver('via 10.0.0.2 dev up0'), inUse().size]).toEqual([MANY, 1]);
    await second.close();
    const third = await fib({ nexthopObjects: false });
    many(third, via('10.0.0.2'));
    third.reconciled();
    await third.settled();
    expect([countOver('via 10.0.0.2 dev up0'), inUse().size]).toEqual([MANY, 0]);
  });

  test('does not touch an object of somebody else in the range of ours', async () => {
    node.ip('nexthop add id 1114767361 via 10.0.0.88 dev up0 proto static'); // 0x42720001
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.1.2'));
    await table.settled();
    await table.flush();
    expect(node.nexthops().get('1114767361')).toBe('via 10.0.0.88 dev up0 scope link proto static');
  });
});
