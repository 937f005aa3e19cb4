import { constants } from 'node:os';
import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe('what the kernel refuses', () => {
  test('is logged for the first twenty routes, then counted', async () => {
    const { kernel, open, log } = made.node;
    const fib = await open();
    for (let i = 0; i < 50; i++) {
      kernel.errors.set(`192.0.${i}.0/24`, constants.errno.ENETUNREACH);
      fib.set(prefix(`192.0.${i}.0/24`), via('10.0.0.2'));
    }
    await fib.settled();
    expect(log).toHaveLength(21);
    expect(log[0]).toMatch(/^warn: 192\.0\.\d+\.0\/24: the kernel rejected the route: ENETUNREACH$/);
    expect(log[20]).toBe('warn: the kernel rejects further routes; they are counted in the status');
    expect(fib.status()).toMatchObject({ wanted: 50, installed: 0, refused: 50 });
    expect(fib.status().failed).toHaveLength(20);
  });

  test('of nexthop objects is logged once, and their routes stand on their own', async () => {
    const { kernel, open, log } = made.node;
    const fib = await open();
    kernel.refusesObjects = true;
    for (const [i, hop] of ['10.0.0.2', '10.0.0.3'].entries()) fib.set(prefix(`192.0.${i}.0/24`), via(hop));
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.0.0/24 unicast 10.0.0.2%5*1', '192.0.1.0/24 unicast 10.0.0.3%5*1']);
    expect(log).toEqual(['warn: the kernel rejected a nexthop object: ENOSPC; its routes are installed individually']);
  });
});
