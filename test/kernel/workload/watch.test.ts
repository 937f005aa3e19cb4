import { KernelError } from '../../../lib/kernel/system/error';
import { Watch, type WatchOptions } from '../../../lib/kernel/workload/watch';
import { FakeKernel } from '../fib/fake-kernel';
import { prefix } from '../routing-world';

/** A node with eth0 (5), and a workload's link cali1 (7), and what is told of it. */
async function watching(options: WatchOptions = {}) {
  const kernel = new FakeKernel();
  const told: string[] = [];
  kernel.link(5, 'eth0');
  kernel.link(7, 'cali1');
  kernel.address('10.0.0.1/24', 5);
  kernel.add('10.65.0.1/32', { link: 7, protocol: 3 });
  const open = () =>
    Watch.open(
      {
        workloads: { interfaces: ['cali*'] },
        appeared: (to, link) => told.push(`+${to} ${link}`),
        disappeared: (to) => told.push(`-${to}`),
        link: ({ name, up, carrier }, present) => told.push(`${present ? 'link' : 'no link'} ${name} ${up} ${carrier}`),
        address: ({ address }, present) => told.push(`${present ? 'address' : 'no address'} ${address}`),
        ...options,
      },
      kernel,
    );
  const watch = await open();
  if (watch instanceof KernelError) throw new Error(String(watch));
  return { kernel, watch, told };
}

/** The same with another workload, on a nexthop object of the link. */
async function withObject() {
  const { kernel, watch, told } = await watching();
  kernel.objects.set(9, { id: 9, interface: 7, protocol: 11 });
  kernel.add('10.65.0.9/32', { object: 9, protocol: 3 });
  const compare = () => watch.select({ interfaces: ['cali*'], protocols: [3] });
  await compare();
  return { kernel, watch, told, compare };
}

describe('a watch', () => {
  test('tells what is there when it opens, and every change', async () => {
    const { kernel, watch, told } = await watching();
    expect(told.splice(0)).toEqual([
      'link eth0 true true',
      'link cali1 true true',
      'address 10.0.0.1',
      '+10.65.0.1/32 cali1',
    ]);
    expect(watch.workloads()).toEqual([prefix('10.65.0.1/32')]);
    kernel.add('10.65.0.2/32', { link: 7, protocol: 3 });
    kernel.add('10.66.0.0/24', { via: '10.0.0.9', link: 5 });
    kernel.remove('10.65.0.1/32', 0);
    expect(told.splice(0)).toEqual(['+10.65.0.2/32 cali1', '-10.65.0.1/32']);
    watch.close();
  });

  test('tells of a workload with two routes once, and that it is gone with the last', async () => {
    const { kernel, watch, told } = await watching();
    told.length = 0;
    kernel.add('10.65.0.1/32', { link: 7, protocol: 3, metric: 10 });
    kernel.remove('10.65.0.1/32', 0);
    expect(told).toEqual([]);
    kernel.remove('10.65.0.1/32', 10);
    expect(told).toEqual(['-10.65.0.1/32']);
    watch.close();
  });

  test('takes no route of ours, of another table, or of the kernel to a link itself, for a workload', async () => {
    const { kernel, watch, told } = await watching();
    told.length = 0;
    kernel.add('10.65.0.3/32', { link: 7, protocol: 114, metric: 200 });
    kernel.add('10.65.0.4/32', { link: 7, protocol: 3, table: 77 });
    kernel.add('10.65.0.5/32', {});
    expect(told).toEqual([]);
    watch.close();
  });

  test('knows the links of default routes that came from router advertisements', async () => {
    const { kernel, watch } = await watching();
    const over = () => [5, 7].filter((index) => watch.hasAdvertisedDefault(index));
    kernel.add('::/0', { via: 'fe80::9', link: 5, protocol: 9, metric: 1024 });
    kernel.add('::/0', { via: 'fe80::9', link: 7, protocol: 3, metric: 50 });
    expect(over()).toEqual([5]);
    await watch.select({});
    expect(over()).toEqual([5]);
    kernel.remove('::/0', 1024);
    expect(over()).toEqual([]);
    kernel.add('::/0', { via: 'fe80::9', link: 5, protocol: 9, metric: 1024 });
    kernel.link(5, 'eth0', { up: false });
    expect(over()).toEqual([]);
    watch.close();
  });

  test('knows that workloads went with their link, of which the kernel says nothing', async () => {
    const { kernel, watch, told } = await watching();
    told.length = 0;
    kernel.link(7, 'cali1', { up: false, carrier: false });
    expect(told).toEqual(['-10.65.0.1/32', 'link cali1 false false']);
    watch.close();
  });

  test('tells the difference where other routes count from now on', async () => {
    const { kernel, watch, told } = await watching();
    kernel.add('10.66.0.0/24', { via: '10.0.0.9', link: 5 });
    told.length = 0;
    expect(await watch.select({ interfaces: ['eth*'] })).toBeUndefined();
    expect(told.sort()).toEqual(['+10.66.0.0/24 eth0', '-10.65.0.1/32']);
    watch.close();
  });

  test('knows that a workload on a nexthop object went with the carrier, though it compared just before', async () => {
    const { kernel, watch, told, compare } = await withObject();
    expect(watch.workloads()).toHaveLength(2);
    told.length = 0;
    kernel.isSlow = true; // the link has no carrier, its object and the route on it are still there
    kernel.link(7, 'cali1', { carrier: false });
    await compare();
    expect(told.splice(0)).toEqual(['link cali1 true false']);
    kernel.isSlow = false;
    kernel.link(7, 'cali1', { carrier: false });
    expect(told).toEqual(['-10.65.0.9/32']);
    watch.close();
  });

  test('loses no workload on a nexthop object where the carrier was back before the kernel acted', async () => {
    const { kernel, watch, told, compare } = await withObject();
    kernel.isSlow = true;
    kernel.link(7, 'cali1', { carrier: false });
    await compare();
    kernel.isSlow = false;
    kernel.link(7, 'cali1');
    expect(told.filter((one) => one.startsWith('-'))).toEqual([]);
    expect(watch.workloads()).toHaveLength(2);
    watch.close();
  });
});
