import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUp } from '../../lib/kernel/fib/cleanup';
import type { FibFinding } from '../../lib/kernel/fib/drift';
import { Fib, type NexthopSet } from '../../lib/kernel/fib/fib';
import { KernelError } from '../../lib/kernel/system/error';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { Namespace, until } from '../kernel/namespace';

const prefix = (text: string) => sure(Prefix.parse(text));
const via = (address: string): NexthopSet => ({ via: [{ address: sure(IpAddress.parse(address)) }] });
const OWN = 'proto 114';

let node: Namespace;
let fibs: Fib[];
let said: string[];

async function fib(options = {}): Promise<Fib> {
  const opened = await Fib.open({ disturbed: (message: string) => said.push(message), ...options });
  if (opened instanceof KernelError) throw new Error(String(opened));
  fibs.push(opened);
  return opened;
}

const found = (finding: FibFinding | KernelError): FibFinding => {
  if (finding instanceof KernelError) throw new Error(String(finding));
  return finding;
};

beforeEach(() => {
  fibs = [];
  said = [];
  node = Namespace.make();
  node.pair('up0', '10.0.0.1/24', '2001:db8::1/64');
  node.ip('route add 172.16.0.0/16 via 10.0.0.77 proto static');
  node.enter();
});

afterEach(async () => {
  for (const one of fibs) await one.close();
  const foreign = node.routes('172.16.0.0/16');
  node.remove();
  expect(foreign).toEqual(['172.16.0.0/16 via 10.0.0.77 dev up0 proto static']);
});

describe('a comparison with the kernel', () => {
  test('finds nothing where all is as it should be', async () => {
    const table = await fib();
    for (const text of ['10.50.0.0/16', '10.51.0.0/16', '2001:db8:50::/48'])
      table.set(prefix(text), via(text.includes(':') ? '2001:db8::2' : '10.0.0.2'));
    await table.settled();
    expect(found(await table.check())).toMatchObject({ routes: 3, missing: 0, extra: 0, different: 0, sinceMs: null });
    expect(found(await table.check())).toMatchObject({ routes: 3, sinceMs: expect.any(Number) });
    expect(table.status()).toMatchObject({
      differences: { missing: 0, extra: 0, different: 0 },
      lastDifferenceMs: null,
    });
  });

  test('names a foreign route beside ours as long as it is there, though the kernel does not tell that it went', async () => {
    const table = await fib();
    const beside = async () => {
      await table.check();
      return table.status().competing.map(({ prefix: to, metric }) => `${to} ${metric}`);
    };
    node.pair('up1', '10.0.1.1/24');
    node.ip('route add 10.50.0.0/16 via 10.0.1.9 metric 50');
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    expect(await beside()).toEqual(['10.50.0.0/16 50']);
    node.ip('link set up1 down'); // takes the route with it, without a word
    expect(await beside()).toEqual([]);
  });

  test('counts what the kernel told by itself, with the process that did it', async () => {
    const table = await fib();
    for (const text of ['10.50.0.0/16', '10.51.0.0/16']) table.set(prefix(text), via('10.0.0.2'));
    await table.settled();
    node.ip('route del 10.50.0.0/16');
    node.ip('route replace 10.51.0.0/16 via 10.0.0.3 metric 200 proto 114');
    node.ip('route add 10.52.0.0/16 via 10.0.0.3 metric 200 proto 114');
    await until(
      () =>
        node.routes(OWN).join() ===
        '10.50.0.0/16 via 10.0.0.2 dev up0 metric 200,10.51.0.0/16 via 10.0.0.2 dev up0 metric 200',
    );
    expect(table.status()).toMatchObject({ differences: { missing: 1, extra: 1, different: 1 } });
    expect(table.status().lastDifferenceMs).not.toBeNull();
    await until(() => said.length > 0);
    const told = said.join('; ');
    expect(told).toMatch(/^kernel routes changed by process \d+ \(.+\)/);
    for (const deed of ['10.50.0.0/16 deleted', '10.51.0.0/16 replaced', '10.52.0.0/16 added', 'repaired'])
      expect(told).toContain(deed);
    expect(table.status().lastDisturbance).toBe(said.at(-1));
  });

  test('tells of nexthop objects that somebody deleted, with the routes that went', async () => {
    const table = await fib();
    for (const text of ['10.50.0.0/16', '10.51.0.0/16']) table.set(prefix(text), via('10.0.0.2'));
    await table.settled();
    node.ip('nexthop flush');
    await until(() => said.length > 0);
    expect(said.join()).toMatch(
      /^kernel routes changed by .*process.*: \d nexthop objects? deleted, with 2 routes; repaired/,
    );
    expect(node.routes(OWN)).toHaveLength(2);
  });

  test('says nothing of what goes with a link that is set down', async () => {
    const table = await fib();
    for (const text of ['10.50.0.0/16', '2001:db8:50::/48'])
      table.set(prefix(text), via(text.includes(':') ? '2001:db8::2' : '10.0.0.2'));
    await table.settled();
    node.ip('link set up0 down');
    await until(() => table.status().waiting.length === 2);
    await table.check();
    await table.close(); // tells what was not told yet
    node.ip('link set up0 up');
    node.ip('route replace 172.16.0.0/16 via 10.0.0.77 proto static');
    expect(said).toEqual([]);
  });

  test('names foreign routes to prefixes of ours at another metric, those before and those after', async () => {
    node.ip('route add 10.50.0.0/16 via 10.0.0.7 proto static metric 300');
    const table = await fib();
    for (const text of ['10.50.0.0/16', '10.51.0.0/16']) table.set(prefix(text), via('10.0.0.2'));
    await table.settled();
    node.ip('route add 10.51.0.0/16 via 10.0.0.7 proto bird metric 32');
    await table.check();
    const byMetric = [...table.status().competing].sort((a, b) => a.metric - b.metric);
    expect(byMetric).toEqual([
      { prefix: '10.51.0.0/16', protocol: 'bird', metric: 32 },
      { prefix: '10.50.0.0/16', protocol: 'static', metric: 300 },
    ]);
    node.ip('route del 10.51.0.0/16 proto bird');
    await until(() => table.status().competing.length === 1);
  });

  test('answers somebody who deletes a route again and again once a second, and says so', async () => {
    const table = await fib();
    table.set(prefix('10.50.0.0/16'), via('10.0.0.2'));
    await table.settled();
    const file = join(mkdtempSync(join(tmpdir(), 'peerform-')), 'batch');
    writeFileSync(file, 'route del 10.50.0.0/16 proto 114\n');
    while (table.status().refused === 0) {
      await until(() => table.status().refused === 1 || node.routes(OWN).length === 1);
      if (table.status().refused === 0) node.ip(`-batch ${file}`);
    }
    rmSync(file);
    expect(table.status().failed).toEqual([
      {
        prefix: '10.50.0.0/16',
        reason: expect.stringMatching(/^process \d+ .*keeps deleting or changing it; writing it again once a second$/),
      },
    ]);
    expect(node.routes(OWN)).toEqual([]);
    await until(() => table.status().refused === 0); // after the pause
    expect(node.routes(OWN)).toHaveLength(1);
    node.ip('route del 10.50.0.0/16 proto 114');
    await until(() => table.status().refused === 1); // the fight goes on
    await until(() => table.status().refused === 0);
    await table.close();
    expect(
      said.filter((message) => /keeps? deleting or changing 10.50.0.0.16; writing it again in 1 s$/.test(message)),
    ).not.toEqual([]);
    expect(said.filter((message) => message.includes('rejected'))).toEqual([]);
  });
});

describe('a cleanup', () => {
  test('leaves nothing of ours in any table, and everything of others', async () => {
    for (const options of [{}, { table: 1000, metric: 77 }, { metric: 300, nexthopObjects: false }]) {
      const table = await fib(options);
      for (let i = 0; i < 700; i++) table.setOctets(Uint8Array.of(20, i >> 8, i & 0xff, 0), 24, via('10.0.0.2'));
      table.set(prefix('2001:db8:50::/48'), via('2001:db8::2'));
      table.set(prefix('10.99.0.0/16'), 'blackhole');
      await table.settled();
      await table.close();
    }
    node.ip('nexthop add id 7 via 10.0.0.77 dev up0 proto static');
    const cleaned = await cleanUp();
    // Table 1000 passes look-ups for the subnets of the link and for link-local addresses on.
    expect(cleaned).toMatchObject({ routes: 3 * 702 + 3 });
    expect([...node.routes(`table all ${OWN}`), ...node.routes(`table all ${OWN}`, 6)]).toEqual([]);
    expect([...node.nexthops().keys()]).toEqual(['7']);
    expect(await cleanUp()).toEqual({ routes: 0, nexthopObjects: 0 });
  });
});
