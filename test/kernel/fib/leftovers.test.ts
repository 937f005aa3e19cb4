import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe('leftovers of the run before', () => {
  test('at another metric, or of another protocol or table, are no place of ours: only the first go, at the sweep', async () => {
    const { kernel, open } = made.node;
    kernel.add('192.0.2.0/24', { via: '10.0.0.2', link: 5, protocol: 114, metric: 300 });
    kernel.add('192.0.2.0/24', { via: '10.0.0.2', link: 5, protocol: 4, metric: 100 });
    kernel.add('203.0.113.0/24', { via: '10.0.0.2', link: 5, protocol: 114, metric: 200, table: 77 });
    const fib = await open({ nexthopObjects: false });
    expect(fib.status()).toMatchObject({ wanted: 0, kept: 1 });
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.3'));
    await fib.settled();
    fib.reconciled();
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.3%5*1', '203.0.113.0/24 unicast 10.0.0.2%5*1']);
    expect(kernel.routesOf(4)).toEqual(['192.0.2.0/24 unicast 10.0.0.2%5*1']);
    expect(fib.status()).toMatchObject({ wanted: 1, installed: 1, kept: 0 });
  });

  test('stay as they are until it was said that all is said, and resolve next hops meanwhile', async () => {
    const { kernel, open } = made.node;
    kernel.add('192.0.2.0/24', { via: '10.0.0.2', link: 5, protocol: 114, metric: 200 });
    const fib = await open({ nexthopObjects: false });
    fib.set(prefix('198.51.100.0/24'), via('192.0.2.1'));
    await fib.settled();
    expect(kernel.routesOf()).toContain('198.51.100.0/24 unicast 10.0.0.2%5*1');
    fib.reconciled();
    await fib.settled();
    expect(kernel.routesOf()).toEqual([]);
    expect(fib.status().waiting).toMatchObject([{ target: expect.stringContaining('192.0.2.1'), prefixes: 1 }]);
  });
});
