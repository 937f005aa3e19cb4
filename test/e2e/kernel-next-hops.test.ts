import fc from 'fast-check';
import { Fib, type FibOptions, type NextHopReach, type NexthopSet } from '../../lib/kernel/fib/fib';
import { resolve } from '../../lib/kernel/fib/resolution/resolution';
import { KernelError } from '../../lib/kernel/system/error';
import { Namespace, until } from '../kernel/namespace';
import { type Foreign, ip, type Own, prefix, World } from '../kernel/routing-world';

const OWN = 'proto 114';
const via = (...addresses: string[]): NexthopSet => ({ via: addresses.map((address) => ({ address: ip(address) })) });
const onLink = (address: string): NexthopSet => ({ via: [{ address: ip(address), isDirect: true }] });

/** Until nothing is under way any more that would have next hops looked at again anyway. */
const rest = () => new Promise((turn) => setTimeout(turn, 1500));

let node: Namespace;
let fibs: Fib[];
let told: string[];

async function fib(options: FibOptions = {}): Promise<Fib> {
  const nextHops = (changes: readonly NextHopReach[]) => {
    for (const { address, reachable, metric } of changes) told.push(`${address} ${reachable ? metric : 'lost'}`);
  };
  const opened = await Fib.open({ nextHops, ...options });
  if (opened instanceof KernelError) throw new Error(String(opened));
  fibs.push(opened);
  return opened;
}

beforeEach(() => {
  [fibs, told] = [[], []];
  node = Namespace.make();
  node.pair('up0', '10.0.0.1/24', '2001:db8::1/64');
  node.pair('up1', '10.0.1.1/24', '2001:db8:0:1::1/64');
  node.enter();
});

afterEach(async () => {
  for (const one of fibs) await one.close();
  node.remove();
});

/** Runs what happens; answers how many events of routes of ours the kernel has told of in a second after it. */
async function eventsOf(happens: () => Promise<void>): Promise<number> {
  let events = 0;
  const { Monitor } = await import('../../lib/kernel/netlink/monitor');
  const { emptyRoute, readRoute } = await import('../../lib/kernel/codec/route');
  const route = emptyRoute();
  const monitor = Monitor.open(
    new Uint8Array([6, 0, 0, 0, 0xff, 0xff, 0, 0]),
    {
      message: (bytes, one) => {
        if (readRoute(bytes, one.start, one.end, route) && route.protocol === 114) events++;
      },
      lost: () => {},
    },
    () => {},
  );
  if (monitor instanceof KernelError) throw new Error(String(monitor));
  await happens();
  await new Promise((turn) => setTimeout(turn, 1500));
  monitor.close();
  return events;
}

describe.each([
  [4, '192.0.2.2', '192.0.2.2/32', '10.0.0.9', '192.0.2.0/24'],
  [6, '2001:db8:2::2', '2001:db8:2::2/128', '2001:db8::9', '2001:db8:2::/48'],
] as const)('a route to its own next hop, IPv%i', (family, hop, host, router, subnet) => {
  const dev = () => node.routes(OWN, family);

  test('leads where the default route does, and stays', async () => {
    node.ip(`-${family} route add default via ${router}`);
    const table = await fib();
    const events = await eventsOf(async () => {
      table.set(prefix(host), via(hop));
      table.set(prefix(subnet), via(hop));
      await table.settled();
    });
    expect(events).toBe(2);
    expect(dev().every((line) => line.includes(`via ${router} dev up0`))).toBe(true);
    expect(dev().length).toBe(2);
    node.ip(`-${family} route del default`);
    await until(() => dev().length === 0);
    expect(table.status().waiting[0].reason).toBe(
      `next hop ${hop} is reachable only through a route that depends on it`,
    );
  });
});

test('a route does not vouch for its own next hop when the link is renumbered', async () => {
  const table = await fib();
  table.set(prefix('10.0.0.2/32'), via('10.0.0.2'));
  table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
  await table.settled();
  expect(node.routes(OWN).length).toBe(2);
  node.ip('addr add 10.9.0.1/24 dev up0');
  node.ip('addr del 10.0.0.1/24 dev up0');
  await until(() => node.routes(OWN).length === 0);
});

test('what waits for its next hop is told once, when it was looked for and not before', async () => {
  const table = await fib();
  const ask = (...addresses: string[]) =>
    table.track(addresses.map(ip)).map(({ address, reachable, onLink: isOn }) => `${address} ${reachable} ${isOn}`);
  expect(ask('10.0.0.2', '198.51.100.7')).toEqual(['10.0.0.2 true true', '198.51.100.7 false false']);
  node.ip('route add 198.51.100.0/24 via 10.0.1.8 metric 30');
  await until(() => told.length === 1);
  table.untrack([ip('198.51.100.7')]);
  node.ip('route del 198.51.100.0/24');
  node.ip('link set up0 down');
  await until(() => told.length === 2);
  expect(told).toEqual(['198.51.100.7 30', '10.0.0.2 lost']);
});

describe('a next hop of a neighbour on a link', () => {
  test.each(['link set up0 down', 'addr del 10.0.0.1/24 dev up0'])(
    'is behind no default route after %s',
    async (command) => {
      node.ip('route add default via 10.0.1.254');
      const table = await fib();
      table.set(prefix('10.50.0.0/16'), onLink('10.0.0.2'));
      table.set(prefix('10.51.0.0/16'), via('10.0.0.2'));
      await table.settled();
      node.ip(command);
      await until(() => node.routes(OWN).join() === '10.51.0.0/16 via 10.0.1.254 dev up1 metric 200');
    },
  );
});

describe('with a table other than main', () => {
  /** Ours that lead somewhere: connected prefixes are passed on to main. */
  const routesIn = (table: number) =>
    node
      .routes(`table ${table} ${OWN}`)
      .filter((line) => !line.startsWith('throw'))
      .join();

  test('a next hop follows its route in main', async () => {
    node.ip('route add 192.0.2.0/24 via 10.0.0.9');
    const table = await fib({ table: 1000 });
    table.set(prefix('10.50.0.0/16'), via('192.0.2.7'));
    await table.settled();
    await rest();
    node.ip('route replace 192.0.2.0/24 via 10.0.1.9');
    await until(() => routesIn(1000) === '10.50.0.0/16 via 10.0.1.9 dev up1 metric 200');
  });

  test.each([254, 1000])('a next hop follows rules (table %i)', async (number) => {
    node.ip('route add 192.0.2.0/24 via 10.0.0.9');
    node.ip('route add 192.0.2.0/24 via 10.0.1.9 table 77');
    const table = await fib({ table: number });
    const leads = () => routesIn(number);
    table.set(prefix('10.50.0.0/16'), via('192.0.2.7'));
    await table.settled();
    await rest();
    node.ip('rule add to 192.0.2.0/25 lookup 77');
    await until(() => leads() === '10.50.0.0/16 via 10.0.1.9 dev up1 metric 200');
    await rest();
    node.ip('rule del to 192.0.2.0/25 lookup 77');
    await until(() => leads() === '10.50.0.0/16 via 10.0.0.9 dev up0 metric 200');
  });
});

test('a next hop follows the nexthop object that its route is on', async () => {
  node.ip('nexthop add id 5 via 10.0.0.9 dev up0');
  node.ip('route add 192.0.2.0/24 nhid 5');
  const table = await fib();
  table.set(prefix('10.50.0.0/16'), via('192.0.2.7'));
  await table.settled();
  await rest();
  node.ip('nexthop replace id 5 via 10.0.1.9 dev up1');
  await until(() => node.routes(OWN).join() === '10.50.0.0/16 via 10.0.1.9 dev up1 metric 200');
});

/** The invariant of docs/invariants.md for next hops, against a real kernel. */
test('whatever routes come and go, in whatever order, ours lead where the resolution says', async () => {
  const address = fc.record({ third: fc.nat(1), last: fc.nat(2) }).map(({ third, last }) => `10.50.${third}.${last}`);
  const to = fc
    .record({ address, length: fc.constantFrom(0, 23, 24, 31, 32) })
    .map((one) => ({ to: `${one.address}/${one.length}` }))
    .map((one) => String(prefix(one.to)));
  const foreign: fc.Arbitrary<Foreign> = fc.record({
    to,
    via: fc.constantFrom('10.0.0.9', '10.0.1.9'),
    link: fc.constant(0),
    metric: fc.constantFrom(100, 300),
    table: fc.constantFrom(254, 77),
  });
  const own: fc.Arbitrary<Own> = fc.record({
    to,
    via: fc.uniqueArray(address, { minLength: 1, maxLength: 2 }),
    isDirect: fc.boolean(),
  });
  const step = fc.oneof(
    fc.record({ foreign, isThere: fc.boolean() }),
    fc.record({ own, isThere: fc.boolean() }),
    fc.constantFrom('rule' as const, 'settle' as const),
  );
  // A route whose next hop moves within it was looked for by its former self, unless something else changed in time.
  const leads = (text: string, via: string) => ({ own: { to: text, via: [via], isDirect: false }, isThere: true });
  const moves = [
    leads('10.50.0.0/23', '10.50.0.1'),
    { foreign: { to: '10.50.0.0/24', via: '10.0.1.9', link: 0, metric: 300, table: 254 }, isThere: true },
    leads('0.0.0.0/0', '10.50.1.0'),
    'rule' as const,
    'settle' as const,
    leads('10.50.0.0/23', '10.50.1.2'),
  ];
  const table = await fib();
  let installed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const world = new World();
      const rows = new Map<string, Foreign>();
      let isRuled = false;
      for (const one of steps) {
        if (one === 'settle') await table.settled();
        else if (one === 'rule') {
          isRuled = !isRuled;
          node.ip(`rule ${isRuled ? 'add' : 'del'} lookup 77 pref 100`);
        } else if ('own' in one) {
          if (one.isThere) {
            world.want(one.own);
            table.set(prefix(one.own.to), {
              via: one.own.via.map((hop) => ({ address: ip(hop), isDirect: one.own.isDirect === true })),
            });
          } else {
            world.own.delete(one.own.to);
            table.remove(prefix(one.own.to));
          }
        } else {
          const { to: text, metric, table: number, via: router } = one.foreign;
          const key = `${text} ${metric} ${number}`;
          if (one.isThere) node.ip(`route replace ${text} via ${router} metric ${metric} table ${number}`);
          else if (rows.has(key)) node.ip(`route del ${text} metric ${metric} table ${number}`);
          if (one.isThere) rows.set(key, { ...one.foreign, link: router === '10.0.0.9' ? 1 : 2 });
          else rows.delete(key);
        }
      }
      for (const row of rows.values()) world.put(row);
      for (const [link, third] of [
        [1, 0],
        [2, 1],
      ])
        world.put({ to: `10.0.${third}.0/24`, link });
      world.stops = isRuled ? [77, 254] : [254];
      const shall: string[] = [];
      for (const { prefix: text, leads } of world.own.values()) {
        if (typeof leads !== 'object' || !('via' in leads)) continue;
        const ways = leads.via.flatMap(({ address: hop, isDirect }) => {
          const { ways: all } = resolve(world.view, hop!);
          return (isDirect ? all.find(({ isDefault }) => !isDefault) : all[0])?.hops ?? [];
        });
        const routers = new Set(ways.map(({ gateway }) => String(gateway)));
        if (routers.size > 0) shall.push(`${text} ${[...routers].sort().join(' ')}`);
      }
      installed += shall.length;
      const is = () => {
        const lines: string[] = [];
        for (const line of node.routes(OWN)) {
          const router = / via (\S+)/.exec(line)?.[1];
          if (!line.startsWith('nexthop')) lines.push(`${line.split(' ')[0].replace('default', '0.0.0.0/0')}`);
          if (router) lines.push(`${lines.pop()} ${router}`);
        }
        return lines
          .map((line) => (line.includes('/') ? line : line.replace(' ', '/32 ')))
          .map((line) => {
            const [text, ...hops] = line.split(' ');
            return `${text} ${hops.sort().join(' ')}`;
          });
      };
      const [wanted, start] = [shall.sort().join('|'), performance.now()];
      while (is().sort().join('|') !== wanted && performance.now() < start + 5000)
        await new Promise((turn) => setTimeout(turn, 5));
      expect(is().sort()).toEqual(shall);
      await table.flush();
      for (const { to: text, metric, table: number } of rows.values())
        node.ip(`route del ${text} metric ${metric} table ${number}`);
      if (isRuled) node.ip('rule del lookup 77 pref 100');
    }),
    { numRuns: 60, endOnFailure: true, examples: [[moves], [moves], [moves]] },
  );
  expect(installed).toBeGreaterThan(20);
});
