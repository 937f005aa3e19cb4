import { ip, prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe('admission', () => {
  test('holds back routes to own addresses, subnets and neighbours, and says why; they come when there is no reason any more', async () => {
    const { kernel, open } = made.node;
    const fib = await open({ nexthopObjects: false });
    fib.setNeighbours([ip('10.0.0.2')]);
    for (const to of ['10.0.0.1/32', '10.0.0.0/24', '10.0.0.2/31', '192.0.2.0/24'])
      fib.set(prefix(to), via('10.0.0.3'));
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.3%5*1']);
    expect(fib.status()).toMatchObject({ wanted: 1, withheld: 3 });
    expect(fib.withheldReason(prefix('10.0.0.1/32'))).toMatch(/address of this node/);
    expect(fib.withheldReason(prefix('192.0.2.0/24'))).toBeUndefined();
    fib.setNeighbours([]);
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['10.0.0.2/31 unicast 10.0.0.3%5*1', '192.0.2.0/24 unicast 10.0.0.3%5*1']);
  });

  test('removes a route that is there when an address takes its prefix', async () => {
    const { kernel, open } = made.node;
    const fib = await open({ nexthopObjects: false });
    fib.set(prefix('10.1.0.0/24'), via('10.0.0.3'));
    await fib.settled();
    expect(kernel.routesOf()).toHaveLength(1);
    kernel.address('10.1.0.1/24', 5);
    await fib.settled();
    expect(kernel.routesOf()).toEqual([]);
    expect(fib.status()).toMatchObject({ wanted: 0, withheld: 1 });
  });

  test('writes no blackhole where the prefix is connected, says so once, and counts it nowhere', async () => {
    const { kernel, open, log } = made.node;
    const fib = await open();
    for (let i = 0; i < 2; i++) fib.set(prefix('10.0.0.0/24'), 'blackhole');
    await fib.settled();
    expect(kernel.routesOf()).toEqual([]);
    expect(log.filter((line) => line.includes('does not need a blackhole route'))).toHaveLength(1);
    expect(fib.status()).toMatchObject({ wanted: 0, withheld: 0 });
  });

  test('has another table than main send look-ups for connected prefixes on, until nothing is wanted any more', async () => {
    const { kernel, open } = made.node;
    const fib = await open({ table: 77, nexthopObjects: false });
    fib.set(prefix('0.0.0.0/0'), via('10.0.0.3'));
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['0.0.0.0/0 unicast 10.0.0.3%5*1', '10.0.0.0/24 throw', '169.254.0.0/16 throw']);
    expect(fib.status()).toMatchObject({ wanted: 1, passedOn: 2 });
    await fib.flush();
    expect(kernel.routesOf()).toEqual([]);
    fib.set(prefix('0.0.0.0/0'), via('10.0.0.3'));
    await fib.settled();
    expect(kernel.routesOf()).toHaveLength(3);
  });

  test('tells the subnets of links when they are others than they were, and not while it opens', async () => {
    const { kernel, open } = made.node;
    const told: string[][] = [];
    const fib = await open({ links: (subnets) => told.push(subnets.map((one) => `${one.prefix} ${one.interface}`)) });
    expect(told).toEqual([]);
    expect(fib.subnets.map((one) => String(one.prefix))).toEqual(['10.0.0.0/24']);
    kernel.link(6, 'eth1');
    kernel.address('10.2.0.1/24', 6);
    await fib.settled();
    expect(told.at(-1)).toEqual(['10.0.0.0/24 eth0', '10.2.0.0/24 eth1']);
  });
});
