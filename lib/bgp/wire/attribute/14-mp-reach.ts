import type { WireContext } from '../context';
import { type Family, familyOf, numbersOf } from '../family';
import { decodeNlri, encodeNlri, type Nlri } from '../nlri';
import { UPDATE_ERROR } from '../notification-codes';
import { type OctetWriter, read16 } from '../octets';
import type { PathAttributes } from '../path-attributes';
import { type AttributeCodec, Malformed } from './attribute';

/** Routes of one family. */
export interface Routes {
  readonly afi: number;
  readonly safi: number;
  /** The prefixes, or the octets received if the session does not carry the family. */
  readonly routes: readonly Nlri[] | Uint8Array;
}

/** MP_REACH_NLRI (RFC 4760 section 3). */
export interface MpReach extends Routes {
  /** As received: one address, a global and a link-local one, or whatever an unknown family has. */
  readonly nextHop: Uint8Array;
}

/** The same checks as those of `splitUpdate`, which examines every message first. */
export const mpReach: AttributeCodec<MpReach> = {
  decode(bytes, start, end, context) {
    if (end - start < 5) return malformed;
    const nextHopEnd = start + 4 + bytes[start + 3];
    if (nextHopEnd + 1 > end) return malformed;
    const [afi, safi] = [read16(bytes, start), bytes[start + 2]];
    const routes = decodeRoutes(bytes, nextHopEnd + 1, end, afi, safi, context);
    return routes ? { afi, safi, nextHop: bytes.slice(start + 4, nextHopEnd), routes } : malformed;
  },
  encode({ afi, safi, nextHop, routes }, out, context) {
    out.write16(afi).write8(safi).write8(nextHop.length).write(nextHop).write8(0);
    encodeRoutes(routes, out, afi, safi, context);
  },
};

/** Whether the routes are the octets of a family that the session does not carry. */
export const isOpaque = (routes: Routes['routes']): routes is Uint8Array => routes instanceof Uint8Array;

/** The family with these numbers, if the session carries it. */
function carriedFamily(afi: number, safi: number, context: WireContext): Family | undefined {
  const family = familyOf(afi, safi);
  return family && context.families.has(family) ? family : undefined;
}

/**
 * One address, or a global and a link-local one (RFC 2545 section 3); a second one that is not link-local is ignored. A
 * neighbour without a global address sends its link-local one alone, twice, or after `::`: it is the next hop then. For
 * IPv4 routes an IPv4-mapped address is an IPv4 one (with RFC 8950 it has 16 octets).
 */
export function splitNextHop(
  octets: Uint8Array,
  family: Family | undefined,
): Pick<PathAttributes, 'nextHop' | 'nextHopLinkLocal'> {
  const nextHop = octets.length === 32 ? octets.slice(0, 16) : octets;
  if (family === 'ipv4 unicast' && isMapped(nextHop)) return { nextHop: nextHop.slice(12) };
  if (octets.length !== 32 || !isLinkLocal(octets, 16)) return { nextHop };
  const second = octets.slice(16);
  if (isLinkLocal(nextHop, 0) || nextHop.every((octet) => octet === 0)) return { nextHop: second };
  return { nextHop, nextHopLinkLocal: second };
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
const isLinkLocal = (octets: Uint8Array, at: number): boolean =>
  octets[at] === 0xfe && (octets[at + 1] & 0xc0) === 0x80;

/** ::ffff:0:0/96 (RFC 4291 section 2.5.5.2). */
const isMapped = (octets: Uint8Array): boolean =>
  octets.length === 16 && octets.subarray(0, 12).every((octet, i) => octet === (i < 10 ? 0 : 0xff));

/** Undefined if the prefixes are malformed. */
export function decodeRoutes(
  bytes: Uint8Array,
  start: number,
  end: number,
  afi: number,
  safi: number,
  context: WireContext,
): Routes['routes'] | undefined {
  const family = carriedFamily(afi, safi, context);
  if (!family) return bytes.slice(start, end);
  return decodeNlri(bytes, start, end, numbersOf(family).address, context.addPathReceive.has(family));
}

export function encodeRoutes(
  routes: Routes['routes'],
  out: OctetWriter,
  afi: number,
  safi: number,
  context: WireContext,
): void {
  if (isOpaque(routes)) out.write(routes);
  else encodeNlri(routes, context.addPathSend.has(familyOf(afi, safi)!), out);
}

const malformed = new Malformed(UPDATE_ERROR.optionalAttribute, 'the routes are malformed');
