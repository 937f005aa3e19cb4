/** Writing route requests on the way of a million routes: into a buffer that is there, no allocation. */

import { NLM_FLAG, NLMSG_HEADER_LENGTH, TYPE, writeNetlinkHeader } from './header';
import { putU16, putU32 } from './octets';
import { FAMILY, ROUTE_FLAG, ROUTE_HEADER, RTA, SCOPE, TABLE } from './route';
import type { RouteInfoOctets } from './route-info';

/** What all routes of one writer have in common. */
export interface RouteOwner {
  readonly table: number;
  /** rtm_protocol: only a route that bears it is ever deleted. */
  readonly protocol: number;
  /** RTA_PRIORITY, not 0: a route of ours never stands at the place of one that was written without a metric. */
  readonly metric: number;
}

/** add: only where there is nothing at this prefix and metric. replace: only where there is something. */
export type RouteVerb = 'add' | 'replace' | 'delete';

const VERBS: Readonly<Record<RouteVerb, readonly [type: number, flags: number]>> = {
  add: [TYPE.newRoute, NLM_FLAG.request | NLM_FLAG.create | NLM_FLAG.exclusive],
  replace: [TYPE.newRoute, NLM_FLAG.request | NLM_FLAG.replace],
  delete: [TYPE.delRoute, NLM_FLAG.request],
};

/** The most octets that one request takes beside the attributes of its route info. */
export const REQUEST_OVERHEAD = NLMSG_HEADER_LENGTH + ROUTE_HEADER + 20 + 8 + 8;

/**
 * Writes one request at `at` and answers where it ends. The prefix is `length` bits of the `octets` (4 or 16) octets
 * that stand in the first words of `key`, each in network order as a number. A delete names the prefix and the owner
 * alone.
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
  // A delete with the scope "nowhere" matches every scope; with any other it would miss routes.
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

/** IPv4 wants the scope "link" where there is no gateway to reach first; IPv6 has no scopes. */
function scopeOf(octets: number, info: RouteInfoOctets | undefined): number {
  return octets === 4 && info?.onLink ? SCOPE.link : SCOPE.universe;
}

/** Asks for the acknowledgement of the request that begins at `at`: of a batch only the last one needs it. */
export function askAcknowledgement(bytes: Uint8Array, at: number): void {
  bytes[at + 6] |= NLM_FLAG.ack;
}

function putNumber(bytes: Uint8Array, at: number, type: number, value: number): number {
  putU16(bytes, at, 8);
  putU16(bytes, at + 2, type);
  putU32(bytes, at + 4, value);
  return at + 8;
}

/** The payload that asks for a dump of a family's routes in a table, of one protocol or (0) of all. */
export function routeDumpRequest(family: number, table: number, protocol: number): Uint8Array {
  const bytes = new Uint8Array(ROUTE_HEADER + (table > 255 ? 8 : 0));
  bytes[0] = family;
  bytes[4] = table < 256 ? table : TABLE.unspecified;
  bytes[5] = protocol;
  if (table > 255) putNumber(bytes, ROUTE_HEADER, RTA.table, table);
  return bytes;
}

/** The payload that asks which route leads to an address: the entry of the table itself, not the path made of it. */
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
