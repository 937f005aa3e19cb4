import { spawn } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { cleanUp } from '../../lib/kernel/fib/cleanup';
import { Fib, type FibOptions, type NexthopSet } from '../../lib/kernel/fib/fib';
import { KernelError } from '../../lib/kernel/system/error';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { share } from '../breadth';
import { Namespace, until } from '../kernel/namespace';

const ip = (text: string) => sure(IpAddress.parse(text));
const prefix = (text: string) => sure(Prefix.parse(text));
const via = (...addresses: string[]): NexthopSet => ({ via: addresses.map((address) => ({ address: ip(address) })) });

let node: Namespace;
let fibs: Fib[];

async function fib(options: FibOptions = {}): Promise<Fib> {
  const opened = await Fib.open(options);
  if (opened instanceof KernelError) throw new Error(String(opened));
  fibs.push(opened);
  return opened;
}

/** Routes of ours in the kernel. */
const written = (table = 'main', families: readonly (4 | 6)[] = [4, 6]) =>
  families.flatMap((family) => node.routes(`table ${table} proto 114`, family)).map((line) => line.split(' ')[0]);

/**
 * What `ip monitor` tells of routes of ours from now on; routes that are set and seen at both ends say that it listens,
 * and has heard all.
 */
async function ownRouteEvents(): Promise<() => Promise<string[]>> {
  const monitor = spawn('ip', ['-n', node.name, 'monitor', 'route']);
  let text = '';
  monitor.stdout.on('data', (more) => {
    text += String(more);
  });
  const hears = async (host: string) => {
    await until(() => {
      node.ip(`route replace blackhole ${host} table 55`);
      return text.includes(host);
    });
  };
  await hears('192.0.2.1');
  return async () => {
    await hears('192.0.2.2');
    monitor.kill();
    return text.split('\n').filter((line) => line.includes('proto 114'));
  };
}

beforeEach(() => {
  fibs = [];
  node = Namespace.make();
  node.pair('up0', '10.0.0.1/24', '2001:db8::1/64');
  node.pair('up1', '10.0.1.1/24', '2001:db8:0:1::1/64');
  node.enter();
});

afterEach(async () => {
  for (const one of fibs) await one.close();
  node.remove();
});

describe('a route that a neighbour brings', () => {
  test('to a connected prefix is written while its link has no carrier, and at no other time', async () => {
    const routes = await fib();
    routes.set(prefix('2001:db8::/64'), via('2001:db8:0:1::9'));
    routes.set(prefix('10.9.0.0/16'), via('10.0.1.9'));
    await routes.settled();
    expect(written()).toEqual(['10.9.0.0/16']);
    expect(routes.status()).toMatchObject({
      wanted: 1,
      installed: 1,
      withheld: 1,
      heldBack: [{ prefix: '2001:db8::/64', reason: 'the link up0 is connected to it' }],
    });
    node.ip('link set up0-far down');
    await until(() => written().includes('2001:db8::/64'));
    expect(routes.status()).toMatchObject({ wanted: 2, withheld: 0 });
    node.ip('link set up0-far up');
    await until(() => !written().includes('2001:db8::/64'));
    expect(await routes.check()).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(routes.status()).toMatchObject({ wanted: 1, installed: 1, withheld: 1 });
    routes.remove(prefix('2001:db8::/64'));
    expect(routes.status()).toMatchObject({ withheld: 0 });
  });

  test.each([
    ['10.0.0.1/32', '10.0.0.1/24', '10.0.1.9', 'up0'],
    ['2001:db8::1/128', '2001:db8::1/64', '2001:db8:0:1::9', 'up0'],
    ['10.255.0.1/32', '10.255.0.1/32', '10.0.1.9', 'lo'],
  ])(
    'to an own address is written when that goes, and taken out when it comes back: %s',
    async (text, address, hop, link) => {
      if (link === 'lo') node.ip(`addr add ${address} dev lo`);
      const [name] = text.split('/');
      const routes = await fib();
      routes.set(prefix(text), via(hop));
      await routes.settled();
      expect(written()).toEqual([]);
      node.ip(`addr del ${address} dev ${link}`);
      await until(() => written().includes(name));
      node.ip(`addr add ${address} dev ${link}`);
      await until(() => !written().includes(name));
      expect(routes.status()).toMatchObject({ wanted: 0, withheld: 1 });
    },
  );

  test('and that the run before has left there goes at once', async () => {
    const before = await fib();
    before.set(prefix('2001:db8:0:5::/64'), via('2001:db8:0:1::9'));
    before.set(prefix('10.9.0.0/16'), via('10.0.1.9'));
    await before.settled();
    await before.close();
    node.ip('addr add 2001:db8:0:5::1/64 dev up0 nodad');
    const after = await fib();
    await after.settled();
    expect(written()).toEqual(['10.9.0.0/16']);
    await after.close();
  });

  test('does not change the path to a neighbour, nor to the gateway of another route, on a link', async () => {
    node.ip('route add 10.77.0.0/16 via 10.0.0.254 proto static');
    const routes = await fib();
    routes.setNeighbours([ip('10.0.0.2'), ip('2001:db8::2')]);
    for (const text of ['10.0.0.2/32', '10.0.0.0/25', '10.0.0.254/32', '10.0.0.192/26', '10.0.0.130/32'])
      routes.set(prefix(text), via('10.0.1.9'));
    routes.set(prefix('2001:db8::/100'), via('2001:db8:0:1::9'));
    await routes.settled();
    expect(written()).toEqual(['10.0.0.130']);
    routes.setNeighbours([]);
    node.ip('route del 10.77.0.0/16 via 10.0.0.254 proto static');
    await until(() => written().length === 6);
  });
});

describe('who is on a link by the word of somebody else alone', () => {
  const wayTo = (address: string) => / dev (\S+)/.exec(node.ip(`route get ${address}`))?.[1];

  test('a gateway that a host route leads to, at a metric above ours, stays there as long as a route needs it', async () => {
    node.ip('-6 route add 2001:db8:9::1/128 dev up0 proto static');
    node.ip('-6 route add 2001:db8:77::/48 via 2001:db8:9::1 dev up0 proto static');
    const routes = await fib();
    for (const text of ['2001:db8:9::1/128', '2001:db8:9::2/128', '2001:db8:9::/64'])
      routes.set(prefix(text), via('2001:db8:0:1::9'));
    await routes.settled();
    expect(written().sort()).toEqual(['2001:db8:9::/64', '2001:db8:9::2']);
    expect(wayTo('2001:db8:9::1')).toBe('up0');
    expect(routes.withheldReason(prefix('2001:db8:9::1/128'))).toBe(
      'it would change the path to gateway 2001:db8:9::1 on the link up0',
    );
    node.ip('-6 route del 2001:db8:77::/48');
    await until(() => written().includes('2001:db8:9::1'));
    node.ip('-6 route add 2001:db8:77::/48 via 2001:db8:9::1 dev up0 proto static');
    await until(() => !written().includes('2001:db8:9::1'));
    expect(wayTo('2001:db8:9::1')).toBe('up0');
  });

  test('gateways of nexthop objects of others count, of routes in any table', async () => {
    node.ip('nexthop add id 9 via 10.0.0.253 dev up0 proto static');
    node.ip('route add 10.78.0.0/16 nhid 9 proto static');
    node.ip('route add 10.79.0.0/16 via 10.0.0.252 proto static table 77');
    const routes = await fib();
    for (const text of ['10.0.0.253/32', '10.0.0.252/32', '10.0.0.251/32']) routes.set(prefix(text), via('10.0.1.9'));
    await routes.settled();
    expect(written()).toEqual(['10.0.0.251']);
    node.ip('nexthop replace id 9 via 10.0.0.251 dev up0 proto static');
    await until(() => written().join() === '10.0.0.253');
    node.ip('route flush table 77');
    await until(() => written().sort().join() === '10.0.0.252,10.0.0.253');
  });

  test('gateways of routes with an encapsulation count', async () => {
    node.ip('route add 10.80.0.0/16 encap ip id 3 dst 10.0.1.8 via 10.0.0.253 dev up0');
    node.ip('-6 route add 2001:db8:80::/48 encap ip6 id 3 dst 2001:db8::8 via 2001:db8::fd dev up0');
    const routes = await fib();
    for (const text of ['10.0.0.253/32', '10.0.0.251/32']) routes.set(prefix(text), via('10.0.1.9'));
    for (const text of ['2001:db8::fd/128', '2001:db8::fc/128']) routes.set(prefix(text), via('2001:db8:0:1::9'));
    await routes.settled();
    expect(written().sort()).toEqual(['10.0.0.251', '2001:db8::fc']);
    node.ip('route del 10.80.0.0/16');
    await until(() => written().sort().join() === '10.0.0.251,10.0.0.253,2001:db8::fc');
  });

  test('a prefix that becomes connected is given up in a moment, and a default route over that link is taken at once', async () => {
    const routes = await fib();
    routes.set(prefix('2001:db8:5::/64'), via('2001:db8:0:1::9'));
    await routes.settled();
    expect(written()).toEqual(['2001:db8:5::/64']);
    node.ip('addr add 2001:db8:5::1/64 dev up0 nodad');
    node.ip('-6 route add default via 2001:db8:5::ff dev up0');
    await until(() => written().length === 0);
    node.ip('-6 route replace default via 2001:db8:5::fe');
    expect(wayTo('2001:db8:5::fe')).toBe('up0');
  });
});

describe('in another table than main, which is looked up before it', () => {
  const LINK_LOCAL = ['169.254.0.0/16'];
  const UP0 = ['10.0.0.0/24', '2001:db8::/64'];
  const CONNECTED = [...UP0, '10.0.1.0/24', '2001:db8:0:1::/64'];
  const thrown = (table = '100') =>
    [4, 6]
      .flatMap((family) => node.routes(`table ${table} type throw proto 114`, family as 4 | 6))
      .map((line) => line.split(' ')[1])
      .sort();
  const leaving = (address: string, more = '') =>
    / dev (\S+)/.exec(node.ip(`route get ${address}${more}`))?.[1] ?? 'nowhere';
  const covering = (routes: Fib) => {
    routes.set(prefix('10.0.0.0/16'), via('10.0.1.9'));
    routes.set(prefix('2001:db8::/32'), via('2001:db8:0:1::9'));
    routes.set(prefix('0.0.0.0/0'), via('10.0.1.9'));
    routes.set(prefix('::/0'), via('2001:db8:0:1::9'));
  };

  beforeEach(() => {
    node.ip('rule add pref 100 lookup 100');
    node.ip('-6 rule add pref 100 lookup 100');
  });

  test('a route that covers a connected prefix takes nothing of it away, but what nobody is connected to', async () => {
    const routes = await fib({ table: 100 });
    covering(routes);
    routes.reconciled();
    await routes.settled();
    expect(thrown()).toEqual([...CONNECTED, ...LINK_LOCAL].sort());
    expect(['10.0.0.254', '2001:db8::fe', '10.0.3.1', '2001:db8:3::1'].map((one) => leaving(one))).toEqual([
      'up0',
      'up0',
      'up1',
      'up1',
    ]);
    expect(routes.status()).toMatchObject({ wanted: 4, installed: 4, withheld: 0, kept: 0, passedOn: 5 });
    expect(await routes.check()).toMatchObject({ routes: 4, missing: 0, extra: 0, different: 0 });
    node.ip('route del throw 10.0.0.0/24 table 100');
    await until(() => thrown().includes('10.0.0.0/24'));
  });

  test('that holds while its link has carrier, and for the address that it has', async () => {
    const routes = await fib({ table: 100 });
    covering(routes);
    routes.set(prefix('10.0.0.0/24'), via('10.0.1.9'));
    await routes.settled();
    expect(leaving('10.0.0.254')).toBe('up0');
    expect(routes.status()).toMatchObject({ withheld: 1 });
    node.ip('link set up0-far down');
    await until(() => UP0.every((one) => !thrown().includes(one)));
    expect(node.routes('10.0.0.0/24 table 100')).toEqual(['10.0.0.0/24 via 10.0.1.9 dev up1 proto 114 metric 200']);
    expect(['10.0.0.254', '2001:db8::fe'].map((one) => leaving(one))).toEqual(['up1', 'up1']);
    node.ip('link set up0-far up');
    await until(() => UP0.every((one) => thrown().includes(one)));
    expect(['10.0.0.254', '2001:db8::fe'].map((one) => leaving(one))).toEqual(['up0', 'up0']);
    node.ip('addr add 10.0.5.1/24 dev up0');
    node.ip('addr del 10.0.0.1/24 dev up0');
    await until(() => thrown().includes('10.0.5.0/24') && !thrown().includes('10.0.0.0/24'));
    expect(['10.0.5.254', '10.0.0.254'].map((one) => leaving(one))).toEqual(['up0', 'up1']);
  });

  test('a next hop on a link is resolved there, whatever covers it', async () => {
    const routes = await fib({ table: 100 });
    covering(routes);
    routes.set(prefix('203.0.113.0/24'), via('10.0.0.254'));
    await routes.settled();
    expect(node.routes('203.0.113.0/24 table 100')).toEqual([
      '203.0.113.0/24 via 10.0.0.254 dev up0 proto 114 metric 200',
    ]);
  });

  test('neither does it take a neighbour nor a gateway away that another route in main has on a link', async () => {
    for (const [host, to] of [
      ['172.16.0.1', '198.51.100.0/24'],
      ['2001:db8:16::1', '2001:db8:51::/48'],
    ]) {
      node.ip(`route add ${host} dev up0 proto static`);
      node.ip(`route add ${to} via ${host} proto static`);
    }
    node.ip('route add 172.16.0.2 dev up0 proto static');
    node.ip('route add 172.16.0.3 dev up0 proto static');
    const routes = await fib({ table: 100 });
    routes.setNeighbours([ip('172.16.0.2')]);
    covering(routes);
    routes.set(prefix('172.16.0.1/32'), via('10.0.1.9'));
    await routes.settled();
    const ways = () => ['172.16.0.1', '2001:db8:16::1', '172.16.0.2', '172.16.0.3'].map((one) => leaving(one));
    expect(ways()).toEqual(['up0', 'up0', 'up0', 'up1']);
    routes.setNeighbours([]);
    node.ip('route del 198.51.100.0/24 proto static');
    await until(() => !thrown().includes('172.16.0.2') && !thrown().includes('172.16.0.1'));
    expect(node.routes('172.16.0.1/32 table 100')).toEqual(['172.16.0.1 via 10.0.1.9 dev up1 proto 114 metric 200']);
  });

  test('where somebody else’s route in that table covers a prefix, that one’s word counts', async () => {
    node.ip('route add 10.0.0.0/24 dev up1 table 100 proto static metric 1000');
    const routes = await fib({ table: 100 });
    covering(routes);
    await routes.settled();
    expect(thrown()).not.toContain('10.0.0.0/24');
    expect(leaving('10.0.0.254')).toBe('up1');
    node.ip('route add unreachable ::/0 table 100 proto static metric 5000');
    await until(() => thrown().every((one) => !one.includes(':')));
    node.ip('route del 10.0.0.0/24 table 100 proto static');
    node.ip('route del unreachable ::/0 table 100 proto static metric 5000');
    await until(() => thrown().length === 5);
    expect(leaving('10.0.0.254')).toBe('up0');
  });

  test('the next run takes over what stands there, without a change, and with the last wish all is gone', async () => {
    const before = await fib({ table: 100 });
    covering(before);
    await before.settled();
    await before.close();
    const heard = await ownRouteEvents();
    const after = await fib({ table: 100 });
    covering(after);
    after.reconciled();
    await after.check();
    expect(after.status()).toMatchObject({ wanted: 4, installed: 4, kept: 0, passedOn: 5 });
    expect(await heard()).toEqual([]);
    await after.flush();
    expect(written('100')).toEqual([]);
    node.ip('link set up0-far down');
    node.ip('link set up0-far up');
    await after.check();
    expect(written('100')).toEqual([]);
    covering(after);
    await until(() => thrown().length === 5);
    expect(leaving('10.0.0.254')).toBe('up0');
    await after.close();
    expect(await cleanUp()).toMatchObject({ routes: 9 });
    expect(written('100')).toEqual([]);
  });

  test('main, which has the connected routes itself, has none of it', async () => {
    const routes = await fib();
    covering(routes);
    await routes.settled();
    expect(thrown('main')).toEqual([]);
    expect(routes.status()).toMatchObject({ passedOn: 0 });
  });
});

describe('a route to nowhere', () => {
  test('never takes the place of the default route, nor of another to the same prefix', async () => {
    node.ip('route add default via 10.0.0.254 proto dhcp metric 1024');
    node.ip('-6 route add default via fe80::1 dev up0 proto ra metric 1024');
    node.ip('-6 route add 2001:db8:7::/48 via 2001:db8::9 proto static metric 1024');
    const routes = await fib();
    for (const text of ['0.0.0.0/0', '::/0', '2001:db8:7::/48', '2001:db8::/64', '10.0.0.128/25', '10.7.0.0/16'])
      routes.set(prefix(text), 'blackhole');
    await routes.settled();
    expect(written()).toEqual(['blackhole']);
    expect(node.ip('route get 198.51.100.1')).toContain('via 10.0.0.254');
    expect(node.ip('-6 route get 2001:db8:ffff::1')).toContain('via fe80::1');
    expect(node.ip('-6 route get 2001:db8:7::1')).toContain('via 2001:db8::9');
    node.ip('-6 route del 2001:db8:7::/48 proto static metric 1024');
    await until(() => written().length === 2);
  });
});

test.each([[254], [100]])(
  'whatever neighbours bring, in whatever order, and whatever links do: nothing changes in how the node reaches itself, its neighbours and its gateways (table %d)',
  async (table) => {
    node.ip('rule add pref 100 lookup 100');
    node.ip('-6 rule add pref 100 lookup 100');
    node.ip('route add default via 10.0.0.6 proto static');
    const kept = ['10.0.0.1', '10.0.0.2', '10.0.0.6', '10.0.1.1', '10.0.1.2', '2001:db8::2', '2001:db8::1'];
    const ways = () =>
      kept.map((address) =>
        node
          .ip(`route get ${address}`)
          .replace(/\s+cache.*/s, '')
          .replace(/ metric \d+/, '')
          .trim(),
      );
    const host = fc.integer({ min: 0, max: 7 });
    const four = fc.tuple(
      fc.constantFrom(0, 1),
      host,
      fc.integer({ min: 22, max: 32 }),
      fc.constantFrom('10.0.0.3', '10.0.1.3'),
    );
    const six = fc.tuple(host, fc.integer({ min: 60, max: 128 }), fc.constantFrom('2001:db8::3', '2001:db8:0:1::3'));
    const act = fc.oneof(
      { weight: 6, arbitrary: four.map(([net, last, length, hop]) => ({ to: `10.0.${net}.${last}/${length}`, hop })) },
      { weight: 6, arbitrary: six.map(([last, length, hop]) => ({ to: `2001:db8::${last}/${length}`, hop })) },
      { weight: 1, arbitrary: fc.constantFrom('up0', 'up1').map((flap) => ({ flap })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 40 }), async (acts) => {
        const routes = await fib({ table });
        routes.reconciled();
        await routes.settled();
        const before = ways();
        routes.setNeighbours(['10.0.0.2', '10.0.1.2', '2001:db8::2'].map(ip));
        for (const one of acts)
          if ('to' in one) routes.set(prefix(one.to), via(one.hop));
          else {
            node.ip(`link set ${one.flap}-far down`);
            await routes.settled();
            node.ip(`link set ${one.flap}-far up`);
          }
        await routes.check();
        await routes.settled();
        await until(() => routes.status().heldBack.length > 0 || routes.status().withheld === 0);
        // The kernel notifies of a carrier that is back up to a second later.
        await until(() => isDeepStrictEqual(ways(), before)).catch(() => {});
        expect(ways()).toEqual(before);
        await routes.flush();
        await routes.close();
      }),
      { numRuns: share(25), seed: 11 },
    );
  },
);
