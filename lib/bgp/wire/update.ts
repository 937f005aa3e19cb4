import { ATTRIBUTES, type Attribute } from './attribute';
import { isOpaque, type Routes, splitNextHop } from './attribute/14-mp-reach';
import { decodeAttributeList, encodeAttributeList } from './attribute-list';
import type { WireContext } from './context';
import { decodeAttributes, reachNextHop, sourceOf, weigh } from './decoded-attributes';
import { type Family, familyOf } from './family';
import { MESSAGE, message } from './message';
import { decodeNlri, encodeNlri, type Nlri } from './nlri';
import { OctetWriter } from './octets';
import type { PathAttributes } from './path-attributes';
import { attributeOf, routeAttributes } from './route-attributes';
import { splitAttributes, splitUpdate, UpdateSplit } from './split';
import { ACCEPT, stricter, type UpdateVerdict } from './verdict';

export { encodeAttributeList } from './attribute-list';
export {
  copyAttributes,
  decodeAttributes,
  type RouteSource,
  weigh,
} from './decoded-attributes';
export { encodeAttributes } from './route-attributes';
export { splitUpdate, UpdateSplit } from './split';
export { endOfRib, UpdateWriter } from './update-writer';

/** A completely decoded message: for display, tests, and code that is not time-critical. */
export interface DecodedUpdate {
  /** By RFC 7606, after `weigh`. After session-reset the rest is what could be decoded, possibly nothing. */
  readonly verdict: UpdateVerdict;
  readonly discarded: readonly number[];
  /** The Withdrawn Routes field, then MP_UNREACH_NLRI. */
  readonly withdrawn: readonly Nlri[];
  readonly announced: readonly AnnouncedNlri[];
  /** Routes of families that the session does not carry. */
  readonly opaque: readonly OpaqueRoutes[];
  /**
   * Attributes of the routes of MP_REACH_NLRI if it has any of the session's families, otherwise of those of the NLRI
   * field.
   */
  readonly attributes: PathAttributes;
  /** The message's parts as received: the input of {@link encodeUpdate}. */
  readonly parts: UpdateParts;
  /** The family that this message is the End-of-RIB of. */
  readonly endOfRib?: Family;
}

export interface AnnouncedNlri extends Nlri {
  /** 4 or 16 octets. */
  readonly nextHop?: Uint8Array;
  readonly nextHopLinkLocal?: Uint8Array;
}

/** `reach` and `unreach`: the octets after the next hop, or after the header. */
export interface OpaqueRoutes {
  readonly afi: number;
  readonly safi: number;
  readonly nextHop?: Uint8Array;
  readonly reach?: Uint8Array;
  readonly unreach?: Uint8Array;
}

/** The three fields of an UPDATE, decoded, in their order. */
interface UpdateParts {
  readonly withdrawn: readonly Nlri[];
  readonly attributes: readonly Attribute[];
  readonly nlri: readonly Nlri[];
}

const NOTHING_READ: UpdateParts = { withdrawn: [], attributes: [], nlri: [] };

/** Reads an UPDATE body from `start` to `end`. */
export function decodeUpdate(bytes: Uint8Array, start: number, end: number, context: WireContext): DecodedUpdate {
  const split = new UpdateSplit();
  const found = splitUpdate(bytes, start, end, context, split);
  if (found.kind === 'session-reset') return summary(found, [], {}, NOTHING_READ);
  const addPath = context.addPathReceive.has('ipv4 unicast');
  const list = decodeAttributeList(bytes, split.attributesStart, split.attributesEnd, context);
  const parts: UpdateParts = {
    withdrawn: decodeNlri(bytes, split.withdrawnStart, split.withdrawnEnd, 'ipv4', addPath) ?? [],
    attributes: list.attributes,
    nlri: decodeNlri(bytes, split.nlriStart, split.nlriEnd, 'ipv4', addPath) ?? [],
  };
  const source = sourceOf(split);
  const main = decodeAttributes(bytes, split, context, source);
  // A message may carry routes of both sources; each has its own next hop and may lack its own attributes.
  const both = source === 'reach' && split.nlriEnd > split.nlriStart;
  const other = both ? decodeAttributes(bytes, split, context, 'nlri').verdict : ACCEPT;
  const verdict = weigh(stricter(stricter(found, main.verdict), other), split);
  const whole = summary(verdict, main.discarded, main.attributes, parts);
  return split.endOfRib ? { ...whole, endOfRib: split.endOfRib } : whole;
}

/** Decodes a bare block of path attributes, as an UPDATE without routes and without mandatory attributes. */
export function decodeAttributeBlock(bytes: Uint8Array, context: WireContext): DecodedUpdate {
  const split = new UpdateSplit();
  split.attributesEnd = bytes.length;
  const found = splitAttributes(bytes, context, split);
  if (found.kind === 'session-reset') return summary(found, [], {}, NOTHING_READ);
  const list = decodeAttributeList(bytes, 0, bytes.length, context);
  const attributes = { ...routeAttributes(list.attributes, context), ...reachNextHop(bytes, split) };
  const parts = { ...NOTHING_READ, attributes: list.attributes };
  return summary(stricter(found, list.verdict), list.discarded, attributes, parts);
}

/** Encodes an UPDATE message from its decoded parts: to the octets that they were decoded from. */
export function encodeUpdate({ withdrawn, attributes, nlri }: UpdateParts, context: WireContext): Uint8Array {
  const addPath = context.addPathSend.has('ipv4 unicast');
  const [gone, out] = [new OctetWriter(), new OctetWriter()];
  encodeNlri(withdrawn, addPath, gone);
  const block = encodeAttributeList(attributes, context);
  out.write16(gone.length).write(gone.toBytes()).write16(block.length).write(block);
  encodeNlri(nlri, addPath, out);
  return message(MESSAGE.update, out.toBytes());
}

function summary(
  verdict: UpdateVerdict,
  discarded: readonly number[],
  attributes: PathAttributes,
  parts: UpdateParts,
): DecodedUpdate {
  const reach = attributeOf(parts.attributes, ATTRIBUTES.mpReach);
  const unreach = attributeOf(parts.attributes, ATTRIBUTES.mpUnreach);
  const nextHop = attributeOf(parts.attributes, ATTRIBUTES.nextHop);
  return {
    ...{ verdict, discarded, attributes, parts },
    withdrawn: [...parts.withdrawn, ...prefixes(unreach)],
    announced: [
      ...parts.nlri.map((route) => (nextHop ? { ...route, nextHop } : route)),
      ...prefixes(reach).map((route) => ({
        ...route,
        ...splitNextHop(reach!.nextHop, familyOf(reach!.afi, reach!.safi)),
      })),
    ],
    opaque: [
      ...opaque(reach, (octets) => ({ nextHop: reach!.nextHop, reach: octets })),
      ...opaque(unreach, (octets) => ({ unreach: octets })),
    ],
  };
}

const prefixes = (of: Routes | undefined): readonly Nlri[] => (of && !isOpaque(of.routes) ? of.routes : []);

function opaque(of: Routes | undefined, say: (octets: Uint8Array) => Partial<OpaqueRoutes>): OpaqueRoutes[] {
  return of && isOpaque(of.routes) ? [{ afi: of.afi, safi: of.safi, ...say(of.routes) }] : [];
}
