import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();
const open = async () => {
  const fib = await made.node.open({ nexthopObjects: false });
  fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
  await fib.settled();
  return fib;
};
const WANTED = ['192.0.2.0/24 unicast 10.0.0.2%5*1'];

describe('what others do to routes', () => {
  test('of ours is put right five times at once, and after that once a second, and told as a quarrel', async () => {
    const fib = await open();
    const { kernel, log } = made.node;
    for (let i = 0; i < 6; i++) {
      expect(kernel.routesOf()).toEqual(WANTED);
      kernel.remove('192.0.2.0/24');
      await fib.settled();
    }
    expect(kernel.routesOf()).toEqual([]);
    expect(fib.status()).toMatchObject({
      refused: 1,
      failed: [
        {
          reason: expect.stringMatching(
            /^process 4711.* keeps deleting or changing it; writing it again once a second$/,
          ),
        },
      ],
    });
    await new Promise((turn) => setTimeout(turn, 1100));
    await fib.settled();
    expect(kernel.routesOf()).toEqual(WANTED);
    expect(log.some((line) => line.includes('keeps deleting or changing 192.0.2.0/24; writing it again in 1 s'))).toBe(
      true,
    );
  });

  test('at our metric with our protocol, where nobody wants one, is removed', async () => {
    const fib = await open();
    const { kernel } = made.node;
    fib.reconciled();
    kernel.add('203.0.113.0/24', { via: '10.0.0.9', link: 5, protocol: 114, metric: 200, port: 4711 });
    await fib.settled();
    expect(kernel.routesOf()).toEqual(WANTED);
    expect(fib.status().differences).toEqual({ missing: 0, extra: 1, different: 0 });
  });

  test('that replaces ours stays, and is a conflict', async () => {
    const fib = await open();
    const { kernel } = made.node;
    kernel.add('192.0.2.0/24', { via: '10.0.0.9', link: 5, metric: 200, port: 4711 }, true);
    await fib.settled();
    expect([kernel.routesOf(), kernel.routesOf(4)]).toEqual([[], ['192.0.2.0/24 unicast 10.0.0.9%5*1']]);
    expect(fib.status()).toMatchObject({ installed: 0, conflicts: [{ prefix: '192.0.2.0/24', protocol: 'static' }] });
  });

  test('at another metric competes with ours, until it goes or ours is not wanted', async () => {
    const fib = await open();
    const { kernel } = made.node;
    const beside = { prefix: '192.0.2.0/24', protocol: 'static', metric: 100 };
    kernel.add('192.0.2.0/24', { via: '10.0.0.9', link: 5, metric: 100 });
    expect(fib.status().competing).toEqual([beside]);
    kernel.remove('192.0.2.0/24', 100);
    expect(fib.status().competing).toEqual([]);
    kernel.add('192.0.2.0/24', { via: '10.0.0.9', link: 5, metric: 100 });
    fib.remove(prefix('192.0.2.0/24'));
    await fib.settled();
    expect(fib.status().competing).toEqual([]);
  });
});
