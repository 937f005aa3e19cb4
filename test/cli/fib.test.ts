import { describeFibCheck, isEqual } from '../../lib/cli/command/fib';
import type { FibCheck } from '../../lib/control/status';
import { FIB_CHECK, KERNEL } from '../control/answers';

const kernel = { ...KERNEL, wanted: 4, installed: 4 };
const check = (more: Partial<FibCheck> = {}): FibCheck => ({
  ...{ ...FIB_CHECK, routes: 4, missing: 0, tookMs: 3.4, kernel },
  ...more,
});

describe('peerform fib check', () => {
  test('says that the kernel has what BGP chose', () => {
    expect(isEqual(check())).toBe(true);
    expect(describeFibCheck(check())).toBe(
      'n1: 4 routes compared in 3 ms, 4 of 4 in place\nthe kernel has the routes that BGP selected, and nothing else of this agent\n',
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
        failed: [{ prefix: '10.51.0.0/16', reason: 'a route of protocol static exists at metric 200' }],
        waiting: [{ nextHop: '192.0.2.1', reason: 'no route to next hop 192.0.2.1', routes: 7 }],
        beside: [{ prefix: '10.52.0.0/16', protocol: 'bird', metric: 32 }],
      },
    });
    expect(isEqual(found)).toBe(false);
    expect(describeFibCheck(found).split('\n').slice(1, -1)).toEqual([
      'repaired: 2 missing, 0 extra, 0 different, since 2026-01-01T00:00:00.000Z',
      '  10.50.0.0/16 missing, by unknown',
      '  10.51.0.0/16 is not in the kernel: a route of protocol static exists at metric 200',
      '  next hop 192.0.2.1 is unreachable (7 routes): no route to next hop 192.0.2.1',
      '  10.52.0.0/16 is also a route of bird at metric 32',
    ]);
  });

  test('tells what others did since the agent started, and finds nothing wrong in what is repaired', () => {
    const found = check({
      kernel: {
        ...kernel,
        differences: { missing: 3, extra: 0, different: 1 },
        lastDifference: '2026-01-01T00:00:00.000Z',
        lastDisturbance: 'kernel routes changed by process 7 (ip): 10.50.0.0/16 deleted; repaired',
      },
    });
    expect(isEqual(found)).toBe(true);
    expect(describeFibCheck(found).split('\n').slice(1, -1)).toEqual([
      'the kernel has the routes that BGP selected, and nothing else of this agent',
      'since the agent started, repaired: 3 missing, 0 extra, 1 different, last at 2026-01-01T00:00:00.000Z',
      '  kernel routes changed by process 7 (ip): 10.50.0.0/16 deleted; repaired',
    ]);
  });

  test('tells which routes are held back, and finds nothing wrong in that', () => {
    const examples = [{ prefix: 'fd00::/64', reason: 'the link eth0 is connected to it' }];
    const found = check({ kernel: { ...kernel, withheld: { routes: 30, examples } } });
    expect(isEqual(found)).toBe(true);
    expect(describeFibCheck(found).split('\n').slice(1, -1)).toEqual([
      'the kernel has the routes that BGP selected, and nothing else of this agent',
      '30 routes are held back, as they would change routes or addresses of others:',
      '  fd00::/64 is not installed: the link eth0 is connected to it',
    ]);
  });
});
