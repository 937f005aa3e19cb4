/*
 * Hot path: one pass over the octets of an attribute set without errors and of the common kind, as most are. It never
 * judges: for anything unusual or wrong it returns false, and the full decoder in `wire` decides.
 */
import { ATTRIBUTE, ATTRIBUTE_FLAG } from '../../wire/attribute';
import { AttributeCursor } from '../../wire/attribute-cursor';
import { signed32 } from '../../wire/octets';
import { type AttributeFacts, isOwnId, type LoopIdentity, MARK } from '../table/attribute-facts';

/** The parameters of the session that the scan needs. */
export interface ScanContext extends LoopIdentity {
  readonly isExternal: boolean;
}

// Constants of this module: before optimisation the engine accesses them directly, unlike members of another module's
// object.
const TYPE_ORIGIN = ATTRIBUTE.origin;
const TYPE_AS_PATH = ATTRIBUTE.asPath;
const TYPE_NEXT_HOP = ATTRIBUTE.nextHop;
const TYPE_MED = ATTRIBUTE.med;
const TYPE_LOCAL_PREF = ATTRIBUTE.localPref;
const TYPE_ATOMIC_AGGREGATE = ATTRIBUTE.atomicAggregate;
const TYPE_AGGREGATOR = ATTRIBUTE.aggregator;
const TYPE_COMMUNITIES = ATTRIBUTE.communities;
const TYPE_ORIGINATOR_ID = ATTRIBUTE.originatorId;
const TYPE_CLUSTER_LIST = ATTRIBUTE.clusterList;
const TYPE_EXTENDED_COMMUNITIES = ATTRIBUTE.extendedCommunities;
const TYPE_LARGE_COMMUNITIES = ATTRIBUTE.largeCommunities;
const TYPE_ONLY_TO_CUSTOMER = ATTRIBUTE.onlyToCustomer;

/** Combinations of flags (RFC 4271 section 4.3) without the extended-length bit. */
const WELL_KNOWN = ATTRIBUTE_FLAG.transitive;
const OPTIONAL = ATTRIBUTE_FLAG.optional;
const TRANSITIVE = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;
const PARTIAL = TRANSITIVE | ATTRIBUTE_FLAG.partial;

const ORIGIN = 0x1;
const AS_PATH = 0x2;
const NEXT_HOP = 0x4;
const LOCAL_PREF = 0x8;

const cursor = new AttributeCursor();

/** The NEXT_HOP found by the last scan, as a number; 0 if there was none. */
export const found = { nextHop: 0 };

/**
 * Reads attributes from `start` to `end` (four-octet AS numbers, without MP_REACH_NLRI and MP_UNREACH_NLRI) into
 * `facts`. True if they are in ascending order, each is well formed and permitted on the session, and the mandatory
 * ones are present (NEXT_HOP if `needsNextHop`).
 */
export function scanAttributes(
  bytes: Uint8Array,
  start: number,
  end: number,
  context: ScanContext,
  needsNextHop: boolean,
  facts: AttributeFacts,
): boolean {
  facts.clear();
  found.nextHop = 0;
  let last = 0;
  let seen = 0;
  cursor.start(bytes, start, end);
  while (cursor.next()) {
    const { type, value, end: next } = cursor;
    const flags = bytes[cursor.at] & ~ATTRIBUTE_FLAG.extendedLength;
    const length = next - value;
    if (type <= last) return false;
    last = type;
    switch (type) {
      case TYPE_ORIGIN:
        if (flags !== WELL_KNOWN || length !== 1 || bytes[value] > 2) return false;
        facts.origin = bytes[value];
        seen |= ORIGIN;
        break;
      case TYPE_AS_PATH:
        if (flags !== WELL_KNOWN || !scanAsPath(bytes, value, next, context, facts)) return false;
        seen |= AS_PATH;
        break;
      case TYPE_NEXT_HOP: {
        const first = bytes[value];
        if (flags !== WELL_KNOWN || length !== 4 || first === 0 || first === 127 || first >= 224) return false;
        found.nextHop = signed32(bytes, value);
        seen |= NEXT_HOP;
        break;
      }
      case TYPE_MED:
        if (flags !== OPTIONAL || length !== 4) return false;
        facts.med = signed32(bytes, value) >>> 0;
        break;
      case TYPE_LOCAL_PREF:
        if (flags !== WELL_KNOWN || length !== 4 || context.isExternal) return false;
        facts.localPref = signed32(bytes, value) >>> 0;
        seen |= LOCAL_PREF;
        break;
      case TYPE_ATOMIC_AGGREGATE:
        if (flags !== WELL_KNOWN || length !== 0) return false;
        break;
      case TYPE_AGGREGATOR:
        if ((flags !== TRANSITIVE && flags !== PARTIAL) || length !== 8 || signed32(bytes, value) === 0) return false;
        break;
      case TYPE_COMMUNITIES:
        if ((flags !== TRANSITIVE && flags !== PARTIAL) || length === 0 || (length & 3) !== 0) return false;
        for (let i = value; i < next; i += 4) if (bytes[i] === 0xff) facts.noteCommunity(signed32(bytes, i));
        break;
      case TYPE_ORIGINATOR_ID:
        if (flags !== OPTIONAL || length !== 4 || context.isExternal) return false;
        facts.originator = signed32(bytes, value) >>> 0;
        if (isOwnId(facts.originator, context)) facts.marks |= MARK.reflectionLoop;
        break;
      case TYPE_CLUSTER_LIST:
        if (flags !== OPTIONAL || length === 0 || (length & 3) !== 0 || context.isExternal) return false;
        facts.clusterListLength = length >>> 2;
        for (let i = value; i < next; i += 4)
          if (signed32(bytes, i) >>> 0 === context.clusterId) facts.marks |= MARK.reflectionLoop;
        break;
      case TYPE_EXTENDED_COMMUNITIES:
        if ((flags !== TRANSITIVE && flags !== PARTIAL) || length === 0 || (length & 7) !== 0) return false;
        break;
      case TYPE_LARGE_COMMUNITIES:
        if ((flags !== TRANSITIVE && flags !== PARTIAL) || length === 0 || length % 12 !== 0) return false;
        break;
      case TYPE_ONLY_TO_CUSTOMER:
        if ((flags !== TRANSITIVE && flags !== PARTIAL) || length !== 4) return false;
        facts.noteOnlyToCustomer(signed32(bytes, value) >>> 0, context);
        break;
      default:
        return false;
    }
  }
  if (!cursor.isDone) return false;
  facts.finish();
  const needed = ORIGIN | AS_PATH | (needsNextHop ? NEXT_HOP : 0) | (context.isExternal ? 0 : LOCAL_PREF);
  return (seen & needed) === needed;
}

/** Sets and sequences of AS numbers other than 0. */
function scanAsPath(
  bytes: Uint8Array,
  start: number,
  end: number,
  context: ScanContext,
  facts: AttributeFacts,
): boolean {
  let at = start;
  while (at < end) {
    if (at + 2 > end) return false;
    const type = bytes[at];
    const count = bytes[at + 1];
    const next = at + 2 + 4 * count;
    if ((type !== 1 && type !== 2) || count === 0 || next > end) return false;
    if (at === start && type === 2) facts.neighbourAs = signed32(bytes, at + 2) >>> 0;
    facts.asPathLength += type === 2 ? count : 1;
    if (type === 1) facts.marks |= MARK.asSet;
    for (let i = at + 2; i < next; i += 4) {
      const as = signed32(bytes, i) >>> 0;
      if (as === 0) return false;
      if (as === context.localAs) facts.countOwnAs();
    }
    at = next;
  }
  return true;
}
