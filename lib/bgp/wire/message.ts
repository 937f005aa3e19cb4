// On the hot path: `frame` runs once for each message received.
import { NO_OCTETS, read16 } from './octets';
import type { NotificationContent } from './verdict';

/** Octets of the header: 16 of marker, 2 of length, 1 of type (RFC 4271 section 4.1). */
export const BGP_HEADER_LENGTH = 19;

/** Message types (RFC 4271 section 4.1, RFC 2918). */
export const MESSAGE = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

/** Minimum length by message type, including the header (RFC 4271 section 6.1, RFC 2918). */
const LEAST = [0, 29, 23, 21, 19, 23];

/** The beginning of a stream of octets. `start` and `end` delimit the body, which follows the header. */
export type Frame =
  | { readonly kind: 'message'; readonly type: number; readonly start: number; readonly end: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'error'; readonly notification: NotificationContent };

const INCOMPLETE: Frame = { kind: 'incomplete' };

/**
 * The first message in `bytes` from `offset` to `end` (RFC 4271 section 6.1). `maxLength` is 4096 or 65535 octets (RFC
 * 8654) and applies to UPDATE, NOTIFICATION and ROUTE-REFRESH; OPEN and KEEPALIVE are limited to 4096.
 */
export function frame(bytes: Uint8Array, offset: number, end: number, maxLength: number): Frame {
  const here = end - offset;
  for (let i = 0; i < 16 && i < here; i++) if (bytes[offset + i] !== 0xff) return error(1, NO_OCTETS);
  if (here < BGP_HEADER_LENGTH) return INCOMPLETE;
  const length = read16(bytes, offset + 16);
  const type = bytes[offset + 18];
  if (type < 1 || type >= LEAST.length) return error(3, bytes.slice(offset + 18, offset + 19));
  const most = type === MESSAGE.open || type === MESSAGE.keepalive ? Math.min(maxLength, 4096) : maxLength;
  if (length < LEAST[type] || length > most || (type === MESSAGE.keepalive && length !== BGP_HEADER_LENGTH))
    return error(2, bytes.slice(offset + 16, offset + 18));
  if (here < length) return INCOMPLETE;
  return { kind: 'message', type, start: offset + BGP_HEADER_LENGTH, end: offset + length };
}

/** A complete message: header and `body`. */
export function message(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BGP_HEADER_LENGTH + body.length);
  writeHeader(bytes, 0, bytes.length, type);
  bytes.set(body, BGP_HEADER_LENGTH);
  return bytes;
}

/** Writes the header of a message at `at`; `length` includes the header. */
export function writeHeader(bytes: Uint8Array, at: number, length: number, type: number): void {
  bytes.fill(0xff, at, at + 16);
  bytes[at + 16] = length >>> 8;
  bytes[at + 17] = length;
  bytes[at + 18] = type;
}

/** Message Header Error: 1 Connection Not Synchronized, 2 Bad Message Length, 3 Bad Message Type. */
const error = (subcode: number, data: Uint8Array): Frame => ({
  kind: 'error',
  notification: { code: 1, subcode, data },
});
