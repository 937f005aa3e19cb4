import { KernelLookup } from '../../../lib/kernel/fib/kernel-lookup';
import { ip } from '../routing-world';
import { FakeKernel } from './fake-kernel';

const links = new Map([[5, { index: 5, name: 'eth0', up: true, carrier: true }]]);

function asked(kernel: FakeKernel, address: string): unknown {
  const found = new KernelLookup(kernel.open(), 114).ask(ip(address), links);
  if (typeof found === 'string') return found;
  const { hops, metric, onLink, isDefault } = found;
  return { over: hops.map(({ interface: index, gateway }) => `${gateway}%${index}`), metric, onLink, isDefault };
}

describe('the kernel, asked for a next hop', () => {
  const kernel = new FakeKernel();
  kernel.link(5, 'eth0');
  kernel.address('10.0.0.1/24', 5);
  kernel.add('0.0.0.0/0', { via: '10.0.0.254', link: 5, metric: 50 });
  kernel.add('172.16.0.0/16', { via: '10.0.0.7', link: 5, metric: 20 });
  kernel.add('172.17.0.0/16', { via: '10.0.0.7', link: 5, metric: 200, protocol: 114 });
  kernel.add('172.18.0.0/16', {});

  test.each<[string, unknown]>([
    ['10.0.0.2', { over: ['10.0.0.2%5'], metric: 0, onLink: true, isDefault: false }],
    ['172.16.0.1', { over: ['10.0.0.7%5'], metric: 20, onLink: false, isDefault: false }],
    ['192.0.2.1', { over: ['10.0.0.254%5'], metric: 50, onLink: false, isDefault: true }],
    ['172.17.0.1', 'ours'],
    ['172.18.0.1', 'next hop 172.18.0.1 is behind a route that drops traffic'],
    ['2001:db8::1', 'no route to next hop 2001:db8::1'],
  ])('%s', (address, answer) => {
    expect(asked(kernel, address)).toEqual(answer);
  });
});
