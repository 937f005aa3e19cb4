/** A NOTIFICATION to be sent: code, subcode (RFC 4271 section 4.5) and data. */
export interface NotificationContent {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/**
 * What RFC 7606 section 2 says of an UPDATE, from mildest to strictest.
 * `attribute-discard`: use the routes without the named attributes. `treat-as-withdraw`: the routes of the message are
 * withdrawn. `session-reset`: nothing milder is left; send the notification and close.
 */
export type UpdateVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'attribute-discard'; readonly reason: string }
  | {
      readonly kind: 'treat-as-withdraw';
      readonly reason: string;
      /** What to send where the message names no reachable route and a reset is all that is left (section 5.2). */
      readonly notification?: NotificationContent;
    }
  | { readonly kind: 'session-reset'; readonly reason: string; readonly notification: NotificationContent };

export const ACCEPT: UpdateVerdict = { kind: 'accept' };

/** The ways of section 2 to deal with an error. */
export type Handling = 'attribute-discard' | 'treat-as-withdraw' | 'session-reset';

const STRICTNESS = { accept: 0, 'attribute-discard': 1, 'treat-as-withdraw': 2, 'session-reset': 3 } as const;

/** RFC 7606 section 3 (h): where several errors come together, the strictest verdict stands; of equals the first. */
export function stricter(a: UpdateVerdict, b: UpdateVerdict): UpdateVerdict {
  return STRICTNESS[b.kind] > STRICTNESS[a.kind] ? b : a;
}
