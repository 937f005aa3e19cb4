import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe('what stands where ours shall', () => {
  test('is named where it is foreign, and stays; ours comes when it is taken away', async () => {
    const { kernel, open, log } = made.node;
    const fib = await open({ nexthopObjects: false });
    kernel.isDeaf = true;
    kernel.add('192.0.2.0/24', { via: '10.0.0.9', link: 5, metric: 200 });
    kernel.isDeaf = false;
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    await fib.settled();
    expect(kernel.routesOf()).toEqual([]);
    expect(fib.status()).toMatchObject({
      refused: 1,
      conflicts: [{ prefix: '192.0.2.0/24', protocol: 'static' }],
      failed: [{ prefix: '192.0.2.0/24', reason: 'a route of protocol static exists at metric 200' }],
    });
    expect(log).toEqual(['warn: 192.0.2.0/24: a route of protocol static exists at metric 200; it stays']);
    kernel.remove('192.0.2.0/24');
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.2%5*1']);
    expect(fib.status()).toMatchObject({ refused: 0, conflicts: [], failed: [] });
  });

  test('is replaced where it is a leftover of ours that was overlooked', async () => {
    const { kernel, open } = made.node;
    const fib = await open({ nexthopObjects: false });
    kernel.isDeaf = true;
    kernel.add('192.0.2.0/24', { via: '10.0.0.9', link: 5, protocol: 114, metric: 200 });
    kernel.isDeaf = false;
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.2%5*1']);
  });

  test('costs no wait where it is gone when it is looked for', async () => {
    const { kernel, open } = made.node;
    const fib = await open({ nexthopObjects: false });
    kernel.errors.set('192.0.2.0/24', 17);
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    while (kernel.requests === 0) await new Promise((turn) => setImmediate(turn));
    kernel.errors.clear();
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.2%5*1']);
  });
});
