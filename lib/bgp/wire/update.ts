import { ATTRIBUTE, ATTRIBUTES, type Attribute, rowOf } from './attribute';
import { isHost, martian } from './attribute/03-next-hop';
import { isOpaque, type Routes } from './attribute/14-mp-reach';
import { decodeAttributeList, encodeAttributeList, type Skipped, verdictOf } from './attribute-list';
import type { WireContext } from './context';
import type { Family } from './family';
import { MESSAGE, message } from './message';
import { decodeNlri, encodeNlri, type Nlri } from './nlri';
import { UPDATE_ERROR } from './notification-codes';
import { OctetWriter } from './octets';
import type { PathAttributes } from './path-attributes';
import { attributeOf, routeAttributes } from './route-attributes';
import { splitAttributes, splitUpdate, UpdateSplit } from './split';
import { ACCEPT, stricter, type Verdict } from './verdict';

export { encodeAttributeList } from './attribute-list';
export { encodeAttributes } from './route-attributes';
export { splitUpdate, UpdateSplit } from './split';
export { endOfRib, UpdateWriter } from './update-writer';

/** Which routes of a message: those of the NLRI field with NEXT_HOP, those of MP_REACH_NLRI with its own next hop, or withdrawals alone. */
export type RouteSource = 'nlri' | 'reach' | 'none';

/** What the attributes of a message say of its routes of one source. */
export interface DecodedAttributes {
  /** RFC 7606, before `weigh`. */
  readonly verdict: Verdict;
  /** Type codes left out. */
  readonly discarded: readonly number[];
  readonly attributes: PathAttributes;
}

const NO_MULTIPROTOCOL: Skipped = new Set([ATTRIBUTE.mpReach, ATTRIBUTE.mpUnreach]);
// RFC 4760 section 3: the routes of MP_REACH_NLRI have a next hop there, and NEXT_HOP is ignored.
const NO_NEXT_HOP: Skipped = new Set([...NO_MULTIPROTOCOL, ATTRIBUTE.nextHop]);

/** The source whose routes a message mostly is about. */
export function sourceOf(split: UpdateSplit): RouteSource {
  if (split.reachFamily !== undefined && split.reachNlriEnd > split.reachNlriStart) return 'reach';
  return split.nlriEnd > split.nlriStart ? 'nlri' : 'none';
}

/**
 * The careful path: reads and judges all attributes but MP_REACH_NLRI and MP_UNREACH_NLRI, which `splitUpdate` has seen. Depends on nothing but the
 * octets that {@link copyAttributes} gives for the same source, and the context: to be run once for each distinct set.
 */
export function decodeAttributes(
  bytes: Uint8Array,
  split: UpdateSplit,
  context: WireContext,
  source: RouteSource = sourceOf(split),
): DecodedAttributes {
  const { attributesStart, attributesEnd } = split;
  const skipped = source === 'reach' ? NO_NEXT_HOP : NO_MULTIPROTOCOL;
  const list = decodeAttributeList(bytes, attributesStart, attributesEnd, context, skipped);
  const route = routeAttributes(list.attributes, context);
  const attributes = source === 'reach' ? { ...route, ...reachNextHop(bytes, split) } : route;
  const verdict = source === 'none' ? list.verdict : stricter(list.verdict, wanting(attributes, context, source));
  return { verdict, discarded: list.discarded, attributes };
}

/**
 * Puts the octets that decide what {@link decodeAttributes} says into `into` from `at` and returns where they end: all attributes but MP_REACH_NLRI and
 * MP_UNREACH_NLRI, then for `reach` the next hop with its length. What callers intern by. `into` must have room for a message.
 */
export function copyAttributes(
  bytes: Uint8Array,
  split: UpdateSplit,
  source: RouteSource,
  into: Uint8Array,
  at = 0,
): number {
  let to = at;
  let from = split.attributesStart;
  const copy = (end: number): void => {
    for (let i = from; i < end; i++) into[to++] = bytes[i];
  };
  const reachFirst = split.reachStart < split.unreachStart;
  for (let i = 0; i < 2; i++) {
    const reach = (i === 0) === reachFirst;
    const start = reach ? split.reachStart : split.unreachStart;
    if (start === 0) continue;
    copy(start);
    from = reach ? split.reachEnd : split.unreachEnd;
  }
  copy(split.attributesEnd);
  if (source === 'reach')
    for (let i = split.reachNextHopStart - 1; i < split.reachNextHopEnd; i++) into[to++] = bytes[i];
  return to;
}

/** RFC 7606 section 5.2: without reachable routes in the message one can't be sure of having seen them all, and only a reset is left. */
export function weigh(verdict: Verdict, split: UpdateSplit): Verdict {
  if (verdict.kind !== 'treat-as-withdraw' || split.announces || !split.hasAttributes) return verdict;
  const { reason, notification } = verdict;
  const fallback = { code: 3, subcode: UPDATE_ERROR.malformedAttributeList, data: new Uint8Array(0) };
  return { kind: 'session-reset', reason, notification: notification ?? fallback };
}

/** A message read whole: for people, for tests, and for whoever has no need of speed. */
export interface DecodedUpdate {
  /** RFC 7606, weighed. After session-reset the rest is what could be read, perhaps nothing. */
  readonly verdict: Verdict;
  readonly discarded: readonly number[];
  /** The Withdrawn Routes field, then MP_UNREACH_NLRI. */
  readonly withdrawn: readonly Nlri[];
  readonly announced: readonly AnnouncedNlri[];
  /** Routes of families that the session does not carry. */
  readonly opaque: readonly OpaqueRoutes[];
  /** Attributes of the routes of MP_REACH_NLRI where it has any of the session's, else of those of the NLRI field. */
  readonly attributes: PathAttributes;
  /** The message's parts as they stood in it: what {@link encodeUpdate} takes. */
  readonly parts: UpdateParts;
  /** The family that this message is the End-of-RIB of. */
  readonly endOfRib?: Family;
}

export interface AnnouncedNlri extends Nlri {
  /** 4 or 16 octets. */
  readonly nextHop?: Uint8Array;
  readonly nextHopLinkLocal?: Uint8Array;
}

/** `reach` and `unreach` are the octets behind next hop or header. */
export interface OpaqueRoutes {
  readonly afi: number;
  readonly safi: number;
  readonly nextHop?: Uint8Array;
  readonly reach?: Uint8Array;
  readonly unreach?: Uint8Array;
}

/** The three fields of an UPDATE, decoded, in their order. */
export interface UpdateParts {
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

/** Reads a bare block of path attributes: as an UPDATE without routes, but asks for nothing that is missing. */
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

/** Writes a whole UPDATE message out of its decoded parts: to the octets that they were read from. */
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
  verdict: Verdict,
  discarded: readonly number[],
  attributes: PathAttributes,
  parts: UpdateParts,
): DecodedUpdate {
  const reach = attributeOf(parts.attributes, ATTRIBUTES.mpReach),
    unreach = attributeOf(parts.attributes, ATTRIBUTES.mpUnreach),
    nextHop = attributeOf(parts.attributes, ATTRIBUTES.nextHop);
  return {
    ...{ verdict, discarded, attributes, parts },
    withdrawn: [...parts.withdrawn, ...prefixes(unreach)],
    announced: [
      ...parts.nlri.map((route) => (nextHop ? { ...route, nextHop } : route)),
      ...prefixes(reach).map((route) => ({ ...route, ...splitNextHop(reach!.nextHop) })),
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

/** One address, or a global and a link-local one (RFC 2545 section 3). */
function splitNextHop(octets: Uint8Array): Pick<PathAttributes, 'nextHop' | 'nextHopLinkLocal'> {
  return octets.length === 32
    ? { nextHop: octets.slice(0, 16), nextHopLinkLocal: octets.slice(16) }
    : { nextHop: octets };
}

function reachNextHop(bytes: Uint8Array, split: UpdateSplit): Pick<PathAttributes, 'nextHop' | 'nextHopLinkLocal'> {
  if (split.reachFamily === undefined) return {};
  return splitNextHop(bytes.slice(split.reachNextHopStart, split.reachNextHopEnd));
}

/** What routes must have and these lack: RFC 7606 section 3 (d); for LOCAL_PREF inside an AS, RFC 4271 section 5.1.5. */
function wanting(route: PathAttributes, context: WireContext, source: RouteSource): Verdict {
  const missing =
    route.origin === undefined
      ? ATTRIBUTE.origin
      : route.asPath === undefined
        ? ATTRIBUTE.asPath
        : route.nextHop === undefined
          ? ATTRIBUTE.nextHop
          : route.localPref === undefined && context.session === 'ibgp'
            ? ATTRIBUTE.localPref
            : 0;
  if (missing !== 0) {
    const { name } = rowOf(missing)!;
    const data = Uint8Array.of(missing);
    return verdictOf('treat-as-withdraw', `${name} is missing`, UPDATE_ERROR.missingWellKnown, data);
  }
  if (source === 'nlri' || isHost(route.nextHop!)) return ACCEPT;
  const { subcode, reason } = martian(route.nextHop!);
  return verdictOf('treat-as-withdraw', reason, subcode, route.nextHop!);
}
