/** A NOTIFICATION to be sent: code, subcode (RFC 4271 section 4.5) and data. */
export interface NotificationContent {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/**
 * The handling of an UPDATE by RFC 7606 section 2, from mildest to strictest. `attribute-discard`: use the routes
 * without the named attributes. `treat-as-withdraw`: the routes of the message are withdrawn. `session-reset`: nothing
 * milder is possible; send the notification and close.
 */
export type UpdateVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'attribute-discard'; readonly reason: string }
  | {
      readonly kind: 'treat-as-withdraw';
      readonly reason: string;
      /** What to send if the message has no reachable route and only a reset remains (section 5.2). */
      readonly notification?: NotificationContent;
    }
  | { readonly kind: 'session-reset'; readonly reason: string; readonly notification: NotificationContent };

export const ACCEPT: UpdateVerdict = { kind: 'accept' };

/** The error handling approaches of section 2. */
export type Handling = 'attribute-discard' | 'treat-as-withdraw' | 'session-reset';

const STRICTNESS = { accept: 0, 'attribute-discard': 1, 'treat-as-withdraw': 2, 'session-reset': 3 } as const;

/** RFC 7606 section 3 (h): of several errors the strictest verdict applies; of equals the first. */
export function stricter(a: UpdateVerdict, b: UpdateVerdict): UpdateVerdict {
  return STRICTNESS[b.kind] > STRICTNESS[a.kind] ? b : a;
}
