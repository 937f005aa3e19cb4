import { KernelError } from '../../../lib/kernel/system/error';
import { prefix } from '../routing-world';
import { setUp, via } from './fake-node';

const made = setUp();

describe('nexthop objects', () => {
  test('of the run before are taken over with the routes on them', async () => {
    const { kernel, open } = made.node;
    const before = await open();
    before.set(prefix('192.0.2.0/24'), via('10.0.0.2', '10.0.0.3'));
    await before.settled();
    await before.close();
    const objects = [...kernel.objects.keys()];
    const fib = await open();
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2', '10.0.0.3'));
    fib.reconciled();
    await fib.settled();
    expect([...kernel.objects.keys()]).toEqual(objects);
    await fib.flush();
    expect(kernel.objects.size).toBe(0);
  });

  test('that somebody deletes without a word are found missing, with their routes, and written again', async () => {
    const { kernel, open } = made.node;
    const fib = await open();
    for (const to of ['192.0.2.0/24', '198.51.100.0/24']) fib.set(prefix(to), via('10.0.0.2'));
    await fib.settled();
    const wanted = kernel.routesOf();
    const [group] = [...kernel.objects.values()].filter((one) => one.group);
    kernel.isDeaf = true;
    kernel.removeObject(group.id);
    expect(kernel.routesOf()).toEqual([]);
    expect(await fib.check()).toMatchObject({ missing: 2 });
    expect(kernel.routesOf()).toEqual(wanted);
  });

  test('that the kernel has not are done without, which is said', async () => {
    const { kernel, open, log } = made.node;
    const { dump } = kernel;
    Object.assign(kernel, {
      dump: (request: Parameters<typeof dump>[0]) =>
        request.what === 'nexthop objects' ? KernelError.of('dump nexthop objects', 95) : dump(request),
    });
    const fib = await open();
    fib.set(prefix('192.0.2.0/24'), via('10.0.0.2'));
    await fib.settled();
    expect(kernel.routesOf()).toEqual(['192.0.2.0/24 unicast 10.0.0.2%5*1']);
    expect(log).toEqual([
      'warn: no nexthop objects (dump nexthop objects: EOPNOTSUPP): when a next hop goes away, each of its routes is rewritten individually',
    ]);
  });
});
