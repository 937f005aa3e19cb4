import { Retry } from '../../../../lib/kernel/fib/state/retry';

describe('what is to be tried again', () => {
  test('waits twice as long each time, up to a minute, and is next when it is due', () => {
    const retry = new Retry();
    const pauses = Array.from({ length: 9 }, () => retry.refused(1, 'EINVAL', '', 0).due);
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    retry.refused(2, 'EINVAL', '', 0);
    expect([retry.next(0), retry.next(500), retry.next(60_000)]).toEqual([500, 60_000, Number.POSITIVE_INFINITY]);
    retry.forgive(1);
    expect([...retry.failures.keys()]).toEqual([2]);
  });

  test('shares one object for a swarm of the same, tried together', () => {
    const retry = new Retry();
    const all = Array.from({ length: 100 }, (_, i) =>
      retry.refused(i, 'ENETUNREACH', 'Nexthop has invalid gateway', i),
    );
    expect(new Set(all).size).toBe(1);
    expect(all[0].reason).toBe('ENETUNREACH: Nexthop has invalid gateway');
    expect(retry.refused(200, 'ENETUNREACH', 'Nexthop has invalid gateway', 150)).not.toBe(all[0]);
    expect(retry.refused(201, 'EINVAL', '', 150).code).toBe('EINVAL');
  });

  test('is written once a second where somebody keeps changing it, and one wait is enough for what he does meanwhile', () => {
    const retry = new Retry();
    expect(retry.fought(1, () => 'process 7', 0)).toMatchObject({ code: 'EBUSY', attempts: 0, due: 1000 });
    expect(retry.fought(1, () => 'process 7', 999)).toBeUndefined();
    expect(retry.fought(1, () => 'process 7', 1000)).toMatchObject({ due: 2000 });
  });
});
