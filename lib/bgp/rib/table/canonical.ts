import { decodeAttributeList } from '../../wire/attribute-list';
import type { WireContext } from '../../wire/context';
import type { PathAttributes } from '../../wire/path-attributes';
import { encodeAttributes, routeAttributes } from '../../wire/route-attributes';

/** The format of stored attribute sets: complete, four-octet AS numbers. */
const CANONICAL: WireContext = {
  session: 'ibgp',
  as4: true,
  addPathReceive: new Set(),
  addPathSend: new Set(),
  extendedMessage: true,
  localAs: 0,
  peerAs: 0,
  families: new Set(),
  extendedNextHop: new Set(),
};
const NEXT_HOP: ReadonlySet<number> = new Set([3]);

/** Attributes in the RIB's format: types ascending, four-octet AS numbers, no next hop. */
export function toCanonical(attributes: PathAttributes): Uint8Array {
  const { nextHop: _, ...rest } = attributes;
  return encodeAttributes(rest, CANONICAL);
}

/** Decodes what {@link toCanonical} or {@link toTwoOctet} wrote; any NEXT_HOP is ignored. */
export function fromCanonical(bytes: Uint8Array, start: number, end: number, as4 = true): PathAttributes {
  const context = as4 ? CANONICAL : { ...CANONICAL, as4 };
  return routeAttributes(decodeAttributeList(bytes, start, end, context, NEXT_HOP).attributes, context);
}

/** Canonical octets (possibly with a NEXT_HOP) for a neighbour with two-octet AS numbers only (RFC 6793). */
export function toTwoOctet(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const list = decodeAttributeList(bytes, start, end, CANONICAL).attributes;
  return encodeAttributes(routeAttributes(list, CANONICAL), { ...CANONICAL, as4: false });
}
