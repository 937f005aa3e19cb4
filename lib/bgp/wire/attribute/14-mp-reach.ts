import type { WireContext } from '../context';
import { type Family, familyOf, numbersOf } from '../family';
import { decodeNlri, encodeNlri, type Nlri } from '../nlri';
import { UPDATE_ERROR } from '../notification-codes';
import { type OctetWriter, read16 } from '../octets';
import type { PathAttributes } from '../path-attributes';
import { type AttributeCodec, Malformed } from './attribute';

/** Routes of one family: prefixes, or octets where the session does not carry the family. */
export interface Routes {
  readonly afi: number;
  readonly safi: number;
  /** Prefixes of `family`, or octets that nobody here reads. */
  readonly routes: readonly Nlri[] | Uint8Array;
}

/** MP_REACH_NLRI (RFC 4760 section 3). */
export interface MpReach extends Routes {
  /** As it came: one address, a global and a link-local one, or what an unknown family has. */
  readonly nextHop: Uint8Array;
}

/** The checks are those of `splitUpdate`, which sees every message first; the same errors end here too. */
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

/** Whether the routes are octets of a family that the session does not carry. */
export const isOpaque = (routes: Routes['routes']): routes is Uint8Array => routes instanceof Uint8Array;

/** The family with these numbers where the session carries it. */
export function carriedFamily(afi: number, safi: number, context: WireContext): Family | undefined {
  const family = familyOf(afi, safi);
  return family && context.families.has(family) ? family : undefined;
}

/** One address, or a global and a link-local one (RFC 2545 section 3); a second that is not link-local says nothing. */
export function splitNextHop(octets: Uint8Array): Pick<PathAttributes, 'nextHop' | 'nextHopLinkLocal'> {
  if (octets.length !== 32) return { nextHop: octets };
  const [nextHop, second] = [octets.slice(0, 16), octets.slice(16)];
  return second[0] === 0xfe && (second[1] & 0xc0) === 0x80 ? { nextHop, nextHopLinkLocal: second } : { nextHop };
}

/** Undefined where the prefixes are malformed. */
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
