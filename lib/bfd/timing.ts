/** Microseconds below which nothing is sent before a session is Up (RFC 5880 section 6.8.3). */
export const SLOW = 1_000_000;

/**
 * Microseconds until the next periodic packet: the greater of what we desire and what the remote system can take,
 * shortened by chance (0 to 1) so that systems do not fall into step, by up to a quarter; with a multiplier of 1 by a
 * tenth at least, so that a packet comes in time (RFC 5880 section 6.8.7).
 */
function transmitInterval(interval: number, detectMultiplier: number, chance: number): number {
  const [least, most] = detectMultiplier === 1 ? [0.75, 0.9] : [0.75, 1];
  return Math.round(interval * (least + (most - least) * chance));
}

/** Milliseconds: sessions send at multiples of it, so that many share a turn of the event loop. */
const GRID = 10;

/**
 * When the next periodic packet is sent, in milliseconds: by the chance drawn for it, and then at a multiple of
 * {@link GRID} within what the jitter allows.
 */
export function sendTime(sentAt: number, interval: number, detectMultiplier: number, chance: number): number {
  const after = (drawn: number) => sentAt + transmitInterval(interval, detectMultiplier, drawn) / 1000;
  const early = Math.floor(after(chance) / GRID) * GRID;
  return early >= after(0) ? early : Math.min(early + GRID, after(1));
}

/** Microseconds without a packet after which the remote system counts as gone (RFC 5880 section 6.8.4). */
export const detectionTime = (
  remote: { readonly detectMultiplier: number; readonly desiredMinTx: number },
  requiredMinRx: number,
): number => remote.detectMultiplier * Math.max(requiredMinRx, remote.desiredMinTx);
