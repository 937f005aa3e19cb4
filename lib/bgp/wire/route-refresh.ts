import { type Family, familyOf, numbersOf } from './family';
import { MESSAGE, message } from './message';
import { read16 } from './octets';
import type { NotificationContent } from './verdict';

/**
 * Subtypes of ROUTE-REFRESH: a request (RFC 2918), and the markers before and after the routes (BoRR and EoRR, RFC 7313
 * section 3.2).
 */
export const REFRESH = { request: 0, begin: 1, end: 2 } as const;

export interface RouteRefresh {
  readonly afi: number;
  readonly safi: number;
  /** The family with these numbers, if the speaker carries it. */
  readonly family?: Family;
  /** See {@link REFRESH}; others must be ignored (RFC 7313 section 5). */
  readonly subtype: number;
  /** Outbound route filters that follow a request (RFC 5291), unread. */
  readonly filters?: Uint8Array;
}

/** Reads the body of a ROUTE-REFRESH. BoRR and EoRR with a length other than 4 are an error (RFC 7313 section 5). */
export function decodeRouteRefresh(body: Uint8Array): RouteRefresh | NotificationContent {
  if (body.length < 4) return { code: 1, subcode: 2, data: lengthOf(body) };
  const [afi, subtype, safi] = [read16(body, 0), body[2], body[3]];
  // Outbound route filters (RFC 5291) may follow a request; both markers have exactly four octets.
  if (body.length !== 4 && (subtype === REFRESH.begin || subtype === REFRESH.end))
    return { code: 7, subcode: 1, data: message(MESSAGE.routeRefresh, body) };
  const family = familyOf(afi, safi);
  return { afi, safi, subtype, ...(family && { family }), ...(body.length > 4 && { filters: body.slice(4) }) };
}

/** A complete ROUTE-REFRESH message for a family. */
export function encodeRouteRefresh(family: Family, subtype: number = REFRESH.request): Uint8Array {
  return encodeRouteRefreshOf({ ...numbersOf(family), subtype });
}

/** A complete ROUTE-REFRESH message of any family. */
export function encodeRouteRefreshOf({ afi, safi, subtype, filters }: RouteRefresh): Uint8Array {
  return message(MESSAGE.routeRefresh, Uint8Array.of(afi >>> 8, afi, subtype, safi, ...(filters ?? [])));
}

function lengthOf(body: Uint8Array): Uint8Array {
  const length = message(MESSAGE.routeRefresh, body).length;
  return Uint8Array.of(length >>> 8, length);
}
