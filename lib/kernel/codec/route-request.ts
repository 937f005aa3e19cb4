/** Writes route requests into an existing buffer, without allocating: the hot path of a million routes. */

import { NLM_FLAG, NLMSG_HEADER_LENGTH, TYPE, writeNetlinkHeader } from './header';
import { putU16, putU32 } from './octets';
import { FAMILY, ROUTE_FLAG, ROUTE_HEADER, RTA, SCOPE, TABLE } from './route';
import type { RouteInfoOctets } from './route-info';

/** What all routes of one writer have in common. */
export interface RouteOwner {
  readonly table: number;
  /** rtm_protocol: only routes that carry it are ever deleted. */
  readonly protocol: number;
  /** RTA_PRIORITY, not 0: our routes never collide with those written without a metric. */
  readonly metric: number;
}

/** add: only if there is no route with this prefix and metric. replace: only if there is one. */
export type RouteVerb = 'add' | 'replace' | 'delete';

const VERBS: Readonly<Record<RouteVerb, readonly [type: number, flags: number]>> = {
  add: [TYPE.newRoute, NLM_FLAG.request | NLM_FLAG.create | NLM_FLAG.exclusive],
  replace: [TYPE.newRoute, NLM_FLAG.request | NLM_FLAG.replace],
  delete: [TYPE.delRoute, NLM_FLAG.request],
};

/** Maximum octets of a request, without the attributes of its route info. */
export const REQUEST_OVERHEAD = NLMSG_HEADER_LENGTH + ROUTE_HEADER + 20 + 8 + 8;

/**
 * Writes one request at `at` and returns its end. The prefix is the first `length` bits of an address of `octets` (4 or
 * 16) octets, stored in `key` as 32-bit words, most significant first. A delete contains only the prefix and the owner.
 */
export function writeRouteRequest(
  bytes: Uint8Array,
  at: number,
  verb: RouteVerb,
  sequence: number,
  owner: RouteOwner,
  key: Int32Array,
  octets: number,
  length: number,
  info: RouteInfoOctets | undefined,
): number {
  const [type, flags] = VERBS[verb];
  const body = at + NLMSG_HEADER_LENGTH;
  let end = body + ROUTE_HEADER;
  bytes[body] = octets === 4 ? FAMILY.ipv4 : FAMILY.ipv6;
  bytes[body + 1] = length;
  bytes[body + 2] = bytes[body + 3] = 0;
  bytes[body + 4] = owner.table < 256 ? owner.table : TABLE.unspecified;
  bytes[body + 5] = owner.protocol;
  // A delete with scope "nowhere" matches every scope; any other scope would miss routes.
  bytes[body + 6] = verb === 'delete' ? SCOPE.nowhere : scopeOf(octets, info);
  bytes[body + 7] = verb === 'delete' || !info ? 0 : info.type;
  putU32(bytes, body + 8, verb === 'delete' || !info ? 0 : info.flags);

  putU16(bytes, end, 4 + octets);
  putU16(bytes, end + 2, RTA.destination);
  end += 4;
  for (let word = 0; word < octets / 4; word++, end += 4) {
    const value = key[word];
    bytes[end] = value >>> 24;
    bytes[end + 1] = value >>> 16;
    bytes[end + 2] = value >>> 8;
    bytes[end + 3] = value;
  }
  end = putNumber(bytes, end, RTA.priority, owner.metric);
  if (owner.table > 255) end = putNumber(bytes, end, RTA.table, owner.table);
  if (verb !== 'delete' && info) {
    bytes.set(info.attributes, end);
    end += info.attributes.length;
  }
  writeNetlinkHeader(bytes, at, end - at, type, flags, sequence);
  return end;
}

/** IPv4 needs scope "link" for routes without a gateway; IPv6 has no scopes. */
function scopeOf(octets: number, info: RouteInfoOctets | undefined): number {
  return octets === 4 && info?.onLink ? SCOPE.link : SCOPE.universe;
}

/** Asks for an acknowledgement of the request at `at`: in a batch only the last one needs it. */
export function askAcknowledgement(bytes: Uint8Array, at: number): void {
  bytes[at + 6] |= NLM_FLAG.ack;
}

function putNumber(bytes: Uint8Array, at: number, type: number, value: number): number {
  putU16(bytes, at, 8);
  putU16(bytes, at + 2, type);
  putU32(bytes, at + 4, value);
  return at + 8;
}

/** Payload of a dump request for a family's routes in a table, of one protocol or (0) of all. */
export function routeDumpRequest(family: number, table: number, protocol: number): Uint8Array {
  const bytes = new Uint8Array(ROUTE_HEADER + (table > 255 ? 8 : 0));
  bytes[0] = family;
  bytes[4] = table < 256 ? table : TABLE.unspecified;
  bytes[5] = protocol;
  if (table > 255) putNumber(bytes, ROUTE_HEADER, RTA.table, table);
  return bytes;
}

/** Payload of a look-up of an address that returns the matching table entry, not the path derived from it. */
export function routeLookupRequest(address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ROUTE_HEADER + 4 + address.length);
  bytes[0] = address.length === 4 ? FAMILY.ipv4 : FAMILY.ipv6;
  bytes[1] = address.length * 8;
  putU32(bytes, 8, ROUTE_FLAG.fibMatch | ROUTE_FLAG.lookupTable);
  putU16(bytes, ROUTE_HEADER, 4 + address.length);
  putU16(bytes, ROUTE_HEADER + 2, RTA.destination);
  bytes.set(address, ROUTE_HEADER + 4);
  return bytes;
}
