import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe.each([true, false])('when a link is set down (nexthop objects: %s)', (nexthopObjects) => {
  test('routes over it are known to be gone, of which the kernel says nothing, and come back with it', async () => {
    const { kernel, open } = made.node;
    kernel.link(6, 'eth1');
    kernel.address('10.2.0.1/24', 6);
    const fib = await open({ nexthopObjects });
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    fib.set(prefix('198.51.100.0/24'), via('10.2.0.2'));
    await fib.settled();
    const wanted = kernel.routesOf();
    kernel.link(6, 'eth1', { up: false, carrier: false });
    await fib.settled();
    expect(kernel.routesOf()).toEqual(wanted.slice(0, 1));
    expect(fib.status()).toMatchObject({ wanted: 2, installed: 1, waiting: [{ prefixes: 1 }] });
    kernel.link(6, 'eth1');
    kernel.address('10.2.0.1/24', 6);
    await fib.settled();
    expect(kernel.routesOf()).toEqual(wanted);
    expect(fib.status()).toMatchObject({ wanted: 2, installed: 2, waiting: [] });
  });
});
