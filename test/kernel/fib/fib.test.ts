import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe.each([true, false])('a FIB (nexthop objects: %s)', (nexthopObjects) => {
  const shown = (text: string) => (nexthopObjects ? `group ${text}` : text);

  test('writes what is wanted, replaces it, and removes it', async () => {
    const { kernel, open } = made.node;
    const fib = await open({ nexthopObjects });
    fib.reconciled();
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    fib.set(prefix('198.51.100.0/24'), 'blackhole');
    await fib.settled();
    expect(kernel.routesOf()).toEqual([`192.0.2.0/24 ${shown('unicast 10.0.0.2%5*1')}`, '198.51.100.0/24 blackhole']);
    expect(fib.status()).toMatchObject({ wanted: 2, installed: 2, refused: 0, waiting: [] });
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2', '10.0.0.3'));
    fib.remove(prefix('198.51.100.0/24'));
    await fib.settled();
    expect(kernel.routesOf()).toEqual([`192.0.2.0/24 ${shown('unicast 10.0.0.2%5*1 10.0.0.3%5*1')}`]);
    await fib.flush();
    expect([kernel.routesOf(), kernel.objects.size]).toEqual([[], 0]);
  });

  test('takes over what the run before left, writes nothing that is there, and sweeps what nobody wants', async () => {
    const { kernel, open } = made.node;
    const before = await open({ nexthopObjects });
    for (const to of ['192.0.2.0/24', '198.51.100.0/24']) before.set(prefix(to), via('10.0.0.2'));
    await before.settled();
    await before.close();
    const { requests } = kernel;
    const fib = await open({ nexthopObjects });
    expect(fib.status()).toMatchObject({ wanted: 0, kept: 2 });
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    await fib.settled();
    expect(kernel.requests).toBe(requests);
    fib.reconciled();
    await fib.settled();
    expect(kernel.routesOf()).toEqual([`192.0.2.0/24 ${shown('unicast 10.0.0.2%5*1')}`]);
    expect(fib.status()).toMatchObject({ wanted: 1, installed: 1, kept: 0 });
  });

  test('writes again what somebody deletes or replaces, and says who did', async () => {
    const { kernel, open } = made.node;
    const told: string[] = [];
    const fib = await open({ nexthopObjects, disturbed: (text) => told.push(text) });
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    await fib.settled();
    const wanted = kernel.routesOf();
    kernel.remove('192.0.2.0/24');
    expect(kernel.routesOf()).toEqual([]);
    await fib.settled();
    expect(kernel.routesOf()).toEqual(wanted);
    expect(fib.status().differences).toEqual({ missing: 1, extra: 0, different: 0 });
    await fib.close();
    expect(told).toEqual([
      expect.stringMatching(/^kernel routes changed by process 4711.*: 192\.0\.2\.0\/24 deleted; /),
    ]);
  });
});
