import { KernelError } from '../../../lib/kernel/system/error';
import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe('a comparison', () => {
  test('finds what the kernel did not tell of, and puts it right', async () => {
    const { kernel, open } = made.node;
    const told: string[] = [];
    const fib = await open({ nexthopObjects: false, disturbed: (text) => told.push(text) });
    for (const to of ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24']) fib.set(prefix(to), via('10.0.0.2'));
    fib.reconciled();
    await fib.settled();
    const wanted = kernel.routesOf();
    kernel.isDeaf = true;
    kernel.remove('192.0.2.0/24');
    kernel.add('198.51.100.0/24', { via: '10.0.0.9', link: 5, protocol: 114, metric: 200 });
    kernel.add('10.9.0.0/24', { via: '10.0.0.9', link: 5, protocol: 114, metric: 200 });
    const found = await fib.check();
    if (found instanceof KernelError) throw new Error(String(found));
    expect(found).toMatchObject({ routes: 3, missing: 1, extra: 1, different: 1 });
    expect(found.examples.map(({ prefix: to, kind, by }) => `${to} ${kind} ${by}`).sort()).toEqual([
      '10.9.0.0/24 extra unknown',
      '192.0.2.0/24 missing unknown',
      '198.51.100.0/24 different unknown',
    ]);
    expect(kernel.routesOf()).toEqual(wanted);
    expect(told).toEqual([
      expect.stringMatching(
        /^the kernel routes differed from what was installed: 1 missing, 1 extra, 1 different, such as .*; repaired$/,
      ),
    ]);
    expect(await fib.check()).toMatchObject({ routes: 3, missing: 0, extra: 0, different: 0 });
  });

  test('finds foreign routes that compete, and that they are gone', async () => {
    const { kernel, open } = made.node;
    const fib = await open();
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    await fib.settled();
    kernel.isDeaf = true;
    kernel.add('192.0.2.0/24', { via: '10.0.0.9', link: 5, metric: 100 });
    await fib.check();
    expect(fib.status().competing).toEqual([{ prefix: '192.0.2.0/24', protocol: 'static', metric: 100 }]);
    kernel.remove('192.0.2.0/24', 100);
    await fib.check();
    expect(fib.status().competing).toEqual([]);
  });

  test('waits for the one before, however many ask', async () => {
    const { open } = made.node;
    const fib = await open();
    const found = await Promise.all([fib.check(), fib.check(), fib.resync()]);
    expect(found.slice(0, 2)).toMatchObject([{ missing: 0 }, { missing: 0 }]);
  });

  test('says why where the kernel does not answer, and finds nothing missing', async () => {
    const { kernel, open, log } = made.node;
    let fails = false;
    const { dump } = kernel;
    Object.assign(kernel, {
      dump: (request: Parameters<typeof dump>[0]) => (fails ? KernelError.of('dump routes', 105) : dump(request)),
    });
    const fib = await open();
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    await fib.settled();
    fails = true;
    expect(String(await fib.check())).toMatch(/dump routes: ENOBUFS/);
    expect(fib.status()).toMatchObject({ wanted: 1, installed: 1, differences: { missing: 0 } });
    expect(log.some((line) => line.startsWith('error: dump routes: ENOBUFS'))).toBe(true);
  });
});
