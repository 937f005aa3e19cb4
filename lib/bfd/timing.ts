/** Microseconds below which nothing is sent before a session is Up (RFC 5880 section 6.8.3). */
export const SLOW = 1_000_000;

/**
 * Microseconds until the next periodic packet: the greater of what we desire and what the remote system can take,
 * shortened by chance (0 to 1) so that systems don't fall into step, by up to a quarter; with a multiplier of 1 by a
 * tenth at least, so that a packet comes in time (RFC 5880 section 6.8.7).
 */
export function transmitInterval(interval: number, detectMultiplier: number, chance: number): number {
  const [least, most] = detectMultiplier === 1 ? [0.75, 0.9] : [0.75, 1];
  return Math.round(interval * (least + (most - least) * chance));
}

/** Microseconds without a packet after which the remote system counts as gone (RFC 5880 section 6.8.4). */
export const detectionTime = (
  remote: { readonly detectMultiplier: number; readonly desiredMinTx: number },
  requiredMinRx: number,
): number => remote.detectMultiplier * Math.max(requiredMinRx, remote.desiredMinTx);
