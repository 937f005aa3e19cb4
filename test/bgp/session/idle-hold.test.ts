import type { SessionConfig } from '../../../lib/bgp/session/config';
import type { TransitionCause } from '../../../lib/bgp/session/connection';
import { forGood } from '../../../lib/bgp/session/graceful-restart';
import { idleHoldTime, isDeliberate, isTooMany } from '../../../lib/bgp/session/idle-hold';
import type { Negotiated } from '../../../lib/bgp/session/negotiation';
import { backedOff } from '../../../lib/bgp/session/timers';
import { notification } from '../../../lib/bgp/wire/notification';

const config = { connectRetryTime: 5 } as SessionConfig;
const failed: TransitionCause = { event: 'TcpConnectionFails' };
const received = (subcode: number): TransitionCause => ({ event: 'Notification', received: notification(6, subcode) });

describe('the idle hold', () => {
  test('is a second after a session that was up, and after a collision', () => {
    expect(idleHoldTime(0, 'Established', failed, 0, config)).toBe(1);
    expect(idleHoldTime(9, 'OpenSent', received(7), 0, config)).toBe(1);
    expect(idleHoldTime(9, 'Established', received(6), 0, config)).toBe(1);
  });

  test('backs off while attempts fail', () => {
    const times = [1, 2, 3, 4].map((failures) => idleHoldTime(failures, 'Connect', failed, 0, config));
    expect(times).toEqual([0, 1, 2, 3].map((n) => backedOff(5, n)));
    expect(idleHoldTime(3, 'Established', failed, 0, config)).toBe(backedOff(5, 2));
  });

  test('is never shorter than what damping asks for', () => {
    expect(idleHoldTime(0, 'Established', failed, 40, config)).toBe(40);
  });
});

const both = { gracefulRestart: { notification: true } } as Negotiated;
const cease = (subcode: number) => notification(6, subcode);

test.each([1, 8])('Cease subcode %d is about too much, in a Hard Reset as well', (subcode) => {
  expect(isTooMany(cease(subcode))).toBe(true);
  expect(isTooMany(forGood(cease(subcode), both))).toBe(true);
  expect(isDeliberate(cease(subcode))).toBe(false);
});

test.each([4, 6])('Cease subcode %d is on purpose, in a Hard Reset as well', (subcode) => {
  expect(isDeliberate(cease(subcode))).toBe(true);
  expect(isDeliberate(forGood(cease(subcode), both))).toBe(true);
  expect(isTooMany(cease(subcode))).toBe(false);
});

test('no other NOTIFICATION, and none, is either', () => {
  for (const content of [cease(2), notification(3, 1), notification(4, 0), undefined])
    expect([isTooMany(content), isDeliberate(content)]).toEqual([false, false]);
});
