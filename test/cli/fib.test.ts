import { isEqual, describe as told } from '../../lib/cli/command/fib';
import type { FibCheck, KernelStatus } from '../../lib/control/status';

const kernel: KernelStatus = {
  wanted: 4,
  installed: 4,
  failed: [],
  waiting: [],
  workloads: 0,
  differences: { missing: 0, extra: 0, different: 0 },
  beside: [],
  duplicates: [],
};
const check = (more: Partial<FibCheck> = {}): FibCheck => ({
  node: 'n1',
  routes: 4,
  missing: 0,
  extra: 0,
  different: 0,
  examples: [],
  tookMs: 3.4,
  kernel,
  ...more,
});

describe('peerform fib check', () => {
  test('says that the kernel has what BGP chose', () => {
    expect(isEqual(check())).toBe(true);
    expect(told(check())).toBe(
      'n1: 4 routes compared in 3 ms, 4 of 4 in place\nthe kernel has what BGP chose, and nothing else of this agent\n',
    );
  });

  test('names what differed, since when, and what is not in the kernel and why', () => {
    const found = check({
      missing: 2,
      since: '2026-01-01T00:00:00.000Z',
      examples: [{ prefix: '10.50.0.0/16', kind: 'missing', by: 'unknown' }],
      kernel: {
        ...kernel,
        installed: 2,
        failed: [{ prefix: '10.51.0.0/16', reason: 'a route of protocol static stands at metric 200' }],
        waiting: [{ nextHop: '192.0.2.1', reason: 'no route to next hop 192.0.2.1', routes: 7 }],
        beside: [{ prefix: '10.52.0.0/16', protocol: 'bird', metric: 32 }],
      },
    });
    expect(isEqual(found)).toBe(false);
    expect(told(found).split('\n').slice(1, -1)).toEqual([
      'mended: 2 missing, 0 extra, 0 different, since 2026-01-01T00:00:00.000Z',
      '  10.50.0.0/16 missing, by unknown',
      '  10.51.0.0/16 is not in the kernel: a route of protocol static stands at metric 200',
      '  next hop 192.0.2.1 is not reached (7 routes): no route to next hop 192.0.2.1',
      '  10.52.0.0/16 is also a route of bird at metric 32',
    ]);
  });
});
