import { BGP_HEADER_LENGTH, MESSAGE, message } from './message';
import { codeNames, subcodeNames } from './notification-codes';
import { NO_OCTETS } from './octets';
import { decodeUtf8, encodeUtf8 } from './utf8';
import type { NotificationContent } from './verdict';

/** Whether a decoder returned a NOTIFICATION to be sent rather than a value. */
export const isNotification = (value: object): value is NotificationContent => 'code' in value && 'subcode' in value;

/** A NOTIFICATION (RFC 4271 section 4.5). */
export const notification = (code: number, subcode: number, data: Uint8Array = NO_OCTETS): NotificationContent => ({
  code,
  subcode,
  data,
});

/** A complete NOTIFICATION message of at most `most` octets; data that does not fit is cut off (RFC 8654 section 5). */
export function encodeNotification({ code, subcode, data }: NotificationContent, most = 65535): Uint8Array {
  const kept = data.subarray(0, most - BGP_HEADER_LENGTH - 2);
  const body = new Uint8Array(2 + kept.length);
  body.set([code, subcode]);
  body.set(kept, 2);
  return message(MESSAGE.notification, body);
}

/** Reads the body of a NOTIFICATION; one that is too short becomes code 0, which no speaker sends. */
export function decodeNotification(body: Uint8Array): NotificationContent {
  return body.length < 2 ? notification(0, 0) : notification(body[0], body[1], body.slice(2));
}

/**
 * A Cease with a shutdown communication (RFC 9003): `subcode` 2 or 4, up to 255 octets of UTF-8; the rest is cut off.
 */
export function shutdown(subcode: number, text: string): NotificationContent {
  const said = encodeUtf8(text, 255);
  const data = new Uint8Array(1 + said.length);
  data[0] = said.length;
  data.set(said, 1);
  return notification(6, subcode, data);
}

/** The text of a shutdown communication (RFC 9003), if there is a valid one. */
export function shutdownCommunication({ code, subcode, data }: NotificationContent): string | undefined {
  if (code !== 6 || (subcode !== 2 && subcode !== 4) || data.length < 1 || data[0] === 0) return undefined;
  return data[0] > data.length - 1 ? undefined : decodeUtf8(data.subarray(1, 1 + data[0]));
}

/** The NOTIFICATION within a Hard Reset (RFC 8538 section 3.1); any other is returned unchanged. */
export function unwrapHardReset(content: NotificationContent): NotificationContent {
  const { code, subcode, data } = content;
  return code === 6 && subcode === 9 && data.length >= 2 ? notification(data[0], data[1], data.slice(2)) : content;
}

/**
 * For display: `Cease: Administrative Shutdown ("maintenance")`. A Hard Reset within a Hard Reset has no meaning and is
 * not unwrapped.
 */
export function describeNotification(content: NotificationContent): string {
  const inner = unwrapHardReset(content);
  return inner === content ? describeOne(content) : `Cease: Hard Reset (${describeOne(inner)})`;
}

function describeOne(content: NotificationContent): string {
  const { code, subcode } = content;
  const name = codeNames[code] ?? `code ${code}`;
  const detail = subcodeNames[code]?.[subcode] ?? (subcode === 0 ? undefined : `subcode ${subcode}`);
  const said = shutdownCommunication(content);
  return `${name}${detail ? `: ${detail}` : ''}${said === undefined ? '' : ` (${JSON.stringify(said)})`}`;
}
