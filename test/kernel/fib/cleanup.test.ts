import { cleanUp, leaveOtherTables } from '../../../lib/kernel/fib/cleanup';
import { FakeKernel } from './fake-kernel';

/** A kernel with routes of ours in two tables, on a group and without, and with a stranger's. */
function left(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.link(5, 'eth0');
  kernel.objects.set(11, { id: 11, protocol: 114, interface: 5 });
  kernel.objects.set(12, { id: 12, protocol: 114, group: [{ id: 11, weight: 1 }] });
  kernel.objects.set(13, { id: 13, protocol: 11, interface: 5 });
  const ours = { protocol: 114, metric: 200 };
  kernel.add('10.1.0.0/16', { ...ours, object: 12 });
  kernel.add('10.2.0.0/16', { ...ours, via: '10.0.0.9', link: 5 });
  kernel.add('2001:db8:2::/48', { ...ours, link: 5 });
  kernel.add('10.2.0.0/16', { ...ours, via: '10.0.0.9', link: 5, table: 77, metric: 300 });
  kernel.add('10.3.0.0/16', { link: 5 });
  kernel.add('10.4.0.0/16', { object: 13 });
  return kernel;
}

describe('what an agent left in the kernel', () => {
  test('is taken away whole, in every table, and what others have stays', async () => {
    const kernel = left();
    expect(await cleanUp(114, kernel)).toEqual({ routes: 4, nexthopObjects: 2 });
    expect(kernel.routesOf(114)).toEqual([]);
    expect(kernel.routesOf(4)).toHaveLength(2);
    expect([...kernel.objects.keys()]).toEqual([13]);
    expect(await cleanUp(114, kernel)).toEqual({ routes: 0, nexthopObjects: 0 });
  });

  test('is taken away of all tables but one, where the table has changed', async () => {
    const kernel = left();
    expect(await leaveOtherTables(77, 114, kernel)).toBe(3);
    expect(kernel.routesOf(114)).toEqual(['10.2.0.0/16 unicast 10.0.0.9%5*1']);
    expect(kernel.objects.size).toBe(3);
  });

  test('is said to be there still where the kernel refuses', async () => {
    const kernel = left();
    kernel.errors.set('10.2.0.0/16', -1);
    expect(String(await cleanUp(114, kernel))).toMatch(/^remove our routes: EPERM/);
    expect(kernel.routesOf(4)).toHaveLength(2);
  });
});
