/** Minimum transmit interval in microseconds while a session is not Up (RFC 5880 section 6.8.3). */
export const SLOW = 1_000_000;

/**
 * Microseconds until the next periodic packet: the greater of our desired interval and the remote system's minimum,
 * reduced by random jitter (0 to 1) of up to a quarter so that systems do not synchronise; with a multiplier of 1 by at
 * least a tenth, so that a packet arrives in time (RFC 5880 section 6.8.7).
 */
function transmitInterval(interval: number, detectMultiplier: number, chance: number): number {
  const [least, most] = detectMultiplier === 1 ? [0.75, 0.9] : [0.75, 1];
  return Math.round(interval * (least + (most - least) * chance));
}

/**
 * Milliseconds: transmit times are rounded to multiples of this, so that many sessions share a turn of the event loop.
 */
const GRID = 10;

/**
 * When the next periodic packet is sent, in milliseconds: with the jitter drawn for it, rounded to a multiple of {@link
 * GRID} within the jitter's bounds.
 */
export function sendTime(sentAt: number, interval: number, detectMultiplier: number, chance: number): number {
  const after = (drawn: number) => sentAt + transmitInterval(interval, detectMultiplier, drawn) / 1000;
  const early = Math.floor(after(chance) / GRID) * GRID;
  return early >= after(0) ? early : Math.min(early + GRID, after(1));
}

/** Microseconds without a packet after which the session goes down (RFC 5880 section 6.8.4). */
export const detectionTime = (
  remote: { readonly detectMultiplier: number; readonly desiredMinTx: number },
  requiredMinRx: number,
): number => remote.detectMultiplier * Math.max(requiredMinRx, remote.desiredMinTx);
