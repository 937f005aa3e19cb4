import { Problem } from '../problem';
import type { Raw } from './raw';

/** RFC 4271 section 4.2 (hold time) and section 10 (keepalive at most a third of the hold time). */
export function timers(holder: Raw, path: string): Problem[] {
  const { holdTime = 90, keepaliveTime } = holder;
  const at = (field: string) => (path === '' ? field : `${path}.${field}`);
  if (typeof holdTime !== 'number' || holdTime < 0) return [];
  if (holdTime === 1 || holdTime === 2)
    return [Problem.of('timers', `a hold time of ${holdTime} s is too short`, at('holdTime'))];
  if (typeof keepaliveTime !== 'number' || holdTime === 0 || keepaliveTime * 3 <= holdTime) return [];
  return [
    Problem.of(
      'timers',
      `a keepalive interval of ${keepaliveTime} s is more than a third of the hold time of ${holdTime} s`,
      at('keepaliveTime'),
    ),
  ];
}
