import {
  forGood,
  isReconfigured,
  restartsGracefully,
  retains,
  retainsInSilence,
  retentionAt,
  StaleRoutes,
} from '../../../lib/bgp/session/graceful-restart';
import type { Negotiated } from '../../../lib/bgp/session/negotiation';
import { TimerQueue } from '../../../lib/bgp/session/timers';
import type { Family } from '../../../lib/bgp/wire/family';
import { notification, unwrapHardReset } from '../../../lib/bgp/wire/notification';

const IPV4: Family = 'ipv4 unicast';
const IPV6: Family = 'ipv6 unicast';
const cease = (subcode: number) => notification(6, subcode);

/**
 * A session over both families, with these of graceful restart and of preserved forwarding state; null: none agreed.
 */
function agreed(families: readonly Family[] | null, forwarding = families ?? [], withNotification = false): Negotiated {
  const gracefulRestart = families && {
    ...{ restarted: true, notification: withNotification, restartTime: 120 },
    ...{ families: new Set(families), forwarding: new Set(forwarding) },
  };
  return {
    context: { families: new Set([IPV4, IPV6]) },
    ...(gracefulRestart && { gracefulRestart }),
  } as unknown as Negotiated;
}

describe('the routes of a neighbour over the end of a session (RFC 4724, RFC 8538)', () => {
  const lost = { event: 'TcpConnectionFails' } as const;
  const told = { event: 'Notification', received: cease(4) } as const;

  test('are retained where the connection fails and both announced graceful restart', () => {
    expect(retains(agreed([IPV4]), lost)).toBe(true);
    expect(retains(agreed([]), lost)).toBe(false);
    expect(retains(agreed(null), lost)).toBe(false);
  });

  test('are retained over a NOTIFICATION with the N bit only, and not over a Hard Reset', () => {
    expect(retains(agreed([IPV4]), told)).toBe(false);
    const both = agreed([IPV4], [IPV4], true);
    expect(retains(both, told)).toBe(true);
    expect(retains(both, { event: 'Notification', received: forGood(cease(2), both) })).toBe(false);
    expect(retains(both, { event: 'AutomaticStop', sent: forGood(cease(2), both) })).toBe(false);
  });

  test('are not retained where nothing failed', () => {
    expect(retains(agreed([IPV4]), { event: 'ManualStop' })).toBe(false);
  });

  test('are retained by a helper as well, as far as it announced', () => {
    expect(restartsGracefully(agreed([]))).toBe(false);
    expect([null, []].map((families) => retentionAt(agreed(families)))).toEqual(['nothing', 'connection-loss']);
    expect(retentionAt(agreed([], [], true))).toBe('notification');
    expect([agreed([]), agreed([], [], true), undefined].map(retainsInSilence)).toEqual([true, false, false]);
  });
});

test('a Cease for good is a Hard Reset with it inside, for those that know it alone', () => {
  const both = agreed([IPV4], [IPV4], true);
  const wrapped = forGood(cease(2), both);
  expect([wrapped.code, wrapped.subcode]).toEqual([6, 9]);
  expect(unwrapHardReset(wrapped)).toMatchObject({ code: 6, subcode: 2 });
  expect(forGood(cease(2), agreed([IPV4]))).toEqual(cease(2));
  expect(forGood(notification(2, 2), both)).toEqual(notification(2, 2));
});

test('a neighbour that was configured otherwise has not restarted', () => {
  expect(isReconfigured({ received: cease(6) })).toBe(true);
  expect(isReconfigured({ received: cease(4) })).toBe(false);
  expect(isReconfigured({})).toBe(false);
});

describe('stale routes', () => {
  let agenda: TimerQueue;
  let swept: (Family | 'all')[];
  let stale: StaleRoutes;
  beforeEach(() => {
    agenda = new TimerQueue();
    swept = [];
    stale = new StaleRoutes(agenda, (family) => swept.push(family ?? 'all'));
  });

  test('go when the restart time is over', () => {
    stale.begin(0, 120, false);
    agenda.run(119_999);
    expect([stale.active, swept]).toEqual([true, []]);
    agenda.run(120_000);
    expect([stale.active, swept]).toEqual([false, ['all']]);
  });

  test('of families that the neighbour no longer keeps go as soon as it is back, others at End-of-RIB', () => {
    stale.begin(0, 120, false);
    stale.resume(1000, agreed([IPV4, IPV6], [IPV4]), false);
    expect([swept, stale.awaits(IPV4), stale.awaits(IPV6)]).toEqual([[IPV6], true, false]);
    stale.endOfRib(IPV4);
    stale.endOfRib(IPV4);
    expect([swept, stale.awaits(IPV4)]).toEqual([[IPV6, IPV4], false]);
    agenda.run(Number.MAX_SAFE_INTEGER);
    expect(swept).toHaveLength(2);
  });

  test.each([
    ['six minutes', agreed([IPV4, IPV6]), 360],
    ['a minute, of a neighbour without the capability,', agreed(null), 60],
  ])('go %s after the neighbour is back, should End-of-RIB never come', (_, session, seconds) => {
    stale.begin(0, 120, false);
    stale.resume(0, session, true);
    agenda.run(seconds * 1000 - 1);
    expect(swept).toEqual([]);
    agenda.run(seconds * 1000);
    expect(swept).toEqual(['all']);
  });

  test('are not kept over a second restart, but over a reset for a configuration', () => {
    expect(stale.begin(0, 120, false)).toBe(true);
    stale.resume(0, agreed([IPV4]), false);
    expect(stale.begin(1, 120, true)).toBe(true);
    stale.resume(1, agreed([IPV4]), false);
    swept.length = 0;
    expect(stale.begin(2, 120, false)).toBe(false);
    expect(swept).toEqual(['all']);
  });

  test('are gone at once where the session ends for good', () => {
    stale.begin(0, 120, false);
    stale.end();
    stale.end();
    expect([stale.active, swept]).toEqual([false, ['all']]);
  });
});
