// The hot path: splitUpdate runs once for each UPDATE and allocates nothing for a correct one: the verdict is a shared
// constant, and the results go into a structure that the caller reuses.
import { AttributeCursor } from './attribute-cursor';
import type { WireContext } from './context';
import type { Family } from './family';
import { checkNlri } from './nlri';
import { notification } from './notification';
import { ERROR, UPDATE_ERROR } from './notification-codes';
import { read16 } from './octets';
import { ACCEPT, type UpdateVerdict } from './verdict';

/** Attribute types that carry routes (RFC 4760). */
const REACH = 14;
const UNREACH = 15;

const attributes = new AttributeCursor();

/**
 * The positions of the parts of an UPDATE, as offsets into its octets. To be reused: {@link splitUpdate} fills it in.
 */
export class UpdateSplit {
  /** Withdrawn Routes: IPv4 unicast NLRI. */
  withdrawnStart = 0;
  withdrawnEnd = 0;
  /** Path Attributes, all of them. */
  attributesStart = 0;
  attributesEnd = 0;
  /** Network Layer Reachability Information: IPv4 unicast. */
  nlriStart = 0;
  nlriEnd = 0;
  /** MP_REACH_NLRI with its header; both 0 if there is none. */
  reachStart = 0;
  reachEnd = 0;
  reachAfi = 0;
  reachSafi = 0;
  /** The family, if the session carries it; undefined: opaque, or no MP_REACH_NLRI. */
  reachFamily: Family | undefined = undefined;
  reachNextHopStart = 0;
  reachNextHopEnd = 0;
  reachNlriStart = 0;
  reachNlriEnd = 0;
  /** MP_UNREACH_NLRI with its header; both 0 if there is none. */
  unreachStart = 0;
  unreachEnd = 0;
  unreachAfi = 0;
  unreachSafi = 0;
  unreachFamily: Family | undefined = undefined;
  unreachNlriStart = 0;
  unreachNlriEnd = 0;

  /** It has an NLRI field or an MP_REACH_NLRI that is not empty. */
  get announces(): boolean {
    return this.nlriEnd > this.nlriStart || this.reachNlriEnd > this.reachNlriStart;
  }

  /** It has attributes other than MP_UNREACH_NLRI. */
  get hasAttributes(): boolean {
    return this.attributesEnd - this.attributesStart > this.unreachEnd - this.unreachStart;
  }

  /** The family whose End-of-RIB this message is (RFC 4724 section 2). */
  get endOfRib(): Family | undefined {
    if (this.withdrawnEnd > this.withdrawnStart || this.nlriEnd > this.nlriStart || this.hasAttributes)
      return undefined;
    if (this.unreachEnd === 0) return 'ipv4 unicast';
    return this.unreachNlriEnd === this.unreachNlriStart ? this.unreachFamily : undefined;
  }
}

/**
 * Finds the parts of an UPDATE body, and checks everything without which its routes are unknown: lengths and NLRI (RFC
 * 7606 sections 3 b, g, i, j, 4 and 5.3). `decodeAttributes` checks other attributes; the stricter of both verdicts is
 * then passed to `weigh`. After `session-reset` the contents of `into` are meaningless.
 */
export function splitUpdate(
  bytes: Uint8Array,
  start: number,
  end: number,
  context: WireContext,
  into: UpdateSplit,
): UpdateVerdict {
  if (end - start < 4)
    return reset(UPDATE_ERROR.malformedAttributeList, 'the message is too short for its length fields');
  into.withdrawnStart = start + 2;
  into.withdrawnEnd = into.withdrawnStart + read16(bytes, start);
  if (into.withdrawnEnd + 2 > end)
    return reset(UPDATE_ERROR.malformedAttributeList, 'Withdrawn Routes Length exceeds the message');
  into.attributesStart = into.withdrawnEnd + 2;
  into.attributesEnd = into.attributesStart + read16(bytes, into.withdrawnEnd);
  if (into.attributesEnd > end)
    return reset(UPDATE_ERROR.malformedAttributeList, 'Total Path Attribute Length exceeds the message');
  into.nlriStart = into.attributesEnd;
  into.nlriEnd = end;
  const addPath = context.addPathReceive.has('ipv4 unicast');
  if (!checkNlri(bytes, into.withdrawnStart, into.withdrawnEnd, 32, addPath))
    return reset(UPDATE_ERROR.invalidNetwork, 'Withdrawn Routes are malformed');
  if (!checkNlri(bytes, into.nlriStart, into.nlriEnd, 32, addPath))
    return reset(UPDATE_ERROR.invalidNetwork, 'NLRI are malformed');
  return splitAttributes(bytes, context, into);
}

/** Finds MP_REACH_NLRI and MP_UNREACH_NLRI between `attributesStart` and `attributesEnd`. */
export function splitAttributes(bytes: Uint8Array, context: WireContext, into: UpdateSplit): UpdateVerdict {
  forgetMultiprotocol(into);
  const cursor = attributes.start(bytes, into.attributesStart, into.attributesEnd);
  while (cursor.next()) {
    const { type, at, value, end } = cursor;
    if (type !== REACH && type !== UNREACH) continue;
    const verdict =
      type === REACH ? reach(bytes, at, value, end, context, into) : unreach(bytes, at, value, end, context, into);
    if (verdict !== ACCEPT) return verdict;
  }
  if (cursor.isDone) return ACCEPT;
  // Section 4: the same if not even the header of the last attribute is complete.
  return cursor.type === REACH || cursor.type === UNREACH ? OVERRUN : SHORT;
}

/**
 * Reads MP_REACH_NLRI from its header to its end: lengths of the next hop by RFC 4760, 2545 and 8950, errors by RFC
 * 7606 sections 5.3 and 7.11.
 */
function reach(
  bytes: Uint8Array,
  header: number,
  start: number,
  end: number,
  context: WireContext,
  into: UpdateSplit,
): UpdateVerdict {
  if (into.reachEnd !== 0) return DUPLICATE;
  if (flagsConflict(bytes[header])) return FLAGS;
  if (end - start < 5) return reset(UPDATE_ERROR.optionalAttribute, 'MP_REACH_NLRI is too short');
  const nextHopEnd = start + 4 + bytes[start + 3];
  if (nextHopEnd + 1 > end) return NEXT_HOP;
  const family = carried(read16(bytes, start), bytes[start + 2], context);
  into.reachStart = header;
  into.reachEnd = end;
  into.reachAfi = read16(bytes, start);
  into.reachSafi = bytes[start + 2];
  into.reachFamily = family;
  into.reachNextHopStart = start + 4;
  into.reachNextHopEnd = nextHopEnd;
  into.reachNlriStart = nextHopEnd + 1; // after the reserved octet
  into.reachNlriEnd = end;
  if (family === undefined) return ACCEPT;
  if (!nextHopLengthFits(bytes[start + 3], family, context)) return NEXT_HOP;
  const correct = checkNlri(bytes, nextHopEnd + 1, end, bitsOf(family), context.addPathReceive.has(family));
  return correct ? ACCEPT : reset(UPDATE_ERROR.optionalAttribute, 'the NLRI of MP_REACH_NLRI are malformed');
}

/** Reads MP_UNREACH_NLRI from its header to its end (RFC 7606 section 5.3). */
function unreach(
  bytes: Uint8Array,
  header: number,
  start: number,
  end: number,
  context: WireContext,
  into: UpdateSplit,
): UpdateVerdict {
  if (into.unreachEnd !== 0) return DUPLICATE;
  if (flagsConflict(bytes[header])) return FLAGS;
  if (end - start < 3) return reset(UPDATE_ERROR.optionalAttribute, 'MP_UNREACH_NLRI is too short');
  const family = carried(read16(bytes, start), bytes[start + 2], context);
  into.unreachStart = header;
  into.unreachEnd = end;
  into.unreachAfi = read16(bytes, start);
  into.unreachSafi = bytes[start + 2];
  into.unreachFamily = family;
  into.unreachNlriStart = start + 3;
  into.unreachNlriEnd = end;
  if (family === undefined) return ACCEPT;
  const correct = checkNlri(bytes, start + 3, end, bitsOf(family), context.addPathReceive.has(family));
  return correct ? ACCEPT : reset(UPDATE_ERROR.optionalAttribute, 'the NLRI of MP_UNREACH_NLRI are malformed');
}

/**
 * Whether a next hop may have this length: one address, for IPv6 optionally with a link-local one (RFC 2545 section 3);
 * IPv6 for IPv4 routes with RFC 8950.
 */
function nextHopLengthFits(length: number, family: Family, context: WireContext): boolean {
  if (family === 'ipv4 unicast' && length === 4) return true;
  return (length === 16 || length === 32) && (family === 'ipv6 unicast' || context.extendedNextHop.has(family));
}

// Compares numbers instead of searching the table of families, an array of objects: this runs for each message.
function carried(afi: number, safi: number, context: WireContext): Family | undefined {
  const family = safi !== 1 ? undefined : afi === 1 ? 'ipv4 unicast' : afi === 2 ? 'ipv6 unicast' : undefined;
  return family !== undefined && context.families.has(family) ? family : undefined;
}

const bitsOf = (family: Family): number => (family === 'ipv4 unicast' ? 32 : 128);

/** Both attributes are optional and non-transitive (RFC 4760 section 3). */
const flagsConflict = (flags: number): boolean => (flags & 0xc0) !== 0x80;

function forgetMultiprotocol(into: UpdateSplit): void {
  into.reachStart = into.reachEnd = into.reachAfi = into.reachSafi = 0;
  into.reachNextHopStart = into.reachNextHopEnd = into.reachNlriStart = into.reachNlriEnd = 0;
  into.unreachStart = into.unreachEnd = into.unreachAfi = into.unreachSafi = 0;
  into.unreachNlriStart = into.unreachNlriEnd = 0;
  into.reachFamily = into.unreachFamily = undefined;
}

function reset(subcode: number, reason: string): UpdateVerdict {
  return { kind: 'session-reset', reason, notification: notification(ERROR.update, subcode) };
}

/**
 * RFC 7606 section 4: the attributes before the error are valid, and the NLRI field is known, so its routes are
 * withdrawn.
 */
const SHORT: UpdateVerdict = {
  kind: 'treat-as-withdraw',
  reason: 'the path attributes do not fit their total length',
  notification: notification(ERROR.update, UPDATE_ERROR.malformedAttributeList),
};
// Section 3 (j): the routes of an attribute that exceeds the path attributes are unknown.
const OVERRUN = reset(
  UPDATE_ERROR.malformedAttributeList,
  'MP_REACH_NLRI or MP_UNREACH_NLRI exceeds the path attributes',
);
// Section 3 (g).
const DUPLICATE = reset(UPDATE_ERROR.malformedAttributeList, 'MP_REACH_NLRI or MP_UNREACH_NLRI occurs twice');
const FLAGS = reset(UPDATE_ERROR.attributeFlags, 'the flags of MP_REACH_NLRI or MP_UNREACH_NLRI are wrong');
// Section 7.11 requires the reset without naming a subcode; other speakers also send Malformed Attribute List.
const NEXT_HOP = reset(UPDATE_ERROR.malformedAttributeList, 'the next hop of MP_REACH_NLRI has a wrong length');
