// Near the hot path: rewrites attributes from one neighbour to another, once for each attribute set and neighbour. The
// table refers to these rules.
import { copy, write32, writeAttributeHeader, writeWord } from './octets';

/** The context of rewriting: the neighbour, and the origin of the route. One instance is reused. */
export class Advertisement {
  /** The neighbour is in another AS. */
  isExternal = false;
  /** From one internal neighbour to another, by a reflector (RFC 4456). */
  isReflected = false;
  /** AS number of this end of the session. */
  localAs = 0;
  /** Four octets if the route has an IPv4 next hop, for NEXT_HOP. */
  nextHop: Uint8Array | undefined = undefined;
  localPref = 0;
  /** MED is kept: it is this node's own, or the route stays within the AS. */
  keepsMed = false;
  /** Router id of the neighbour that brought a reflected route into the AS. */
  originator = 0;
  clusterId = 0;
  /** AS number of ONLY_TO_CUSTOMER that must be added (RFC 9234); 0: none. */
  onlyToCustomer = 0;
}

/**
 * Writes the attribute for the neighbour to `out` at `position`; returns the end position. It was received in `octets`
 * with a header at `at` and a value from `value` to `end`, which are all 0 if it is absent.
 */
export type Advertise = (
  to: Advertisement,
  octets: Uint8Array,
  at: number,
  value: number,
  end: number,
  out: Uint8Array,
  position: number,
) => number;

/** How an attribute is passed on; one without a rule is passed on unchanged. */
export interface AdvertisementRule {
  readonly write: Advertise;
  /** Whether it is also added to such routes if absent. May only depend on what {@link rewriteKind} distinguishes. */
  readonly isAdded?: (to: Advertisement) => boolean;
}

/** A small number for the properties that decide which attributes are added to a route. */
export const rewriteKind = ({ isExternal, isReflected, nextHop, onlyToCustomer }: Advertisement): number =>
  (isExternal ? 1 : 0) | (isReflected ? 2 : 0) | (nextHop ? 4 : 0) | (onlyToCustomer === 0 ? 0 : 8);

const changed = (write: Advertise): AdvertisementRule => ({ write });
const added = (isAdded: (to: Advertisement) => boolean, write: Advertise): AdvertisementRule => ({ write, isAdded });

/** RFC 4271 section 5.1.2: towards external neighbours with the own AS number prepended. */
export const prependedOutside = changed((to, octets, at, value, end, out, position) =>
  to.isExternal ? prependAs(octets, value, end, to.localAs, out, position) : copy(octets, at, end, out, position),
);

/** RFC 4271 section 5.1.3. */
export const ownNextHop = added(
  ({ nextHop }) => nextHop !== undefined,
  ({ nextHop }, _octets, _at, _value, _end, out, position) =>
    nextHop ? copy(nextHop, 0, 4, out, writeAttributeHeader(out, position, 0x40, 3, 4)) : position,
);

/** RFC 4271 section 5.1.4: MED from one neighbouring AS is not passed on to another. */
export const withinTheAs = changed((to, octets, at, _value, end, out, position) =>
  to.keepsMed ? copy(octets, at, end, out, position) : position,
);

/** RFC 4271 section 5.1.5: always sent to internal neighbours, and only to them. */
export const preferenceInside = added(
  ({ isExternal }) => !isExternal,
  (to, _octets, _at, _value, _end, out, position) =>
    to.isExternal ? position : write32(out, position, 0x40, 5, to.localPref),
);

/** RFC 4456 section 8: the originator within the AS, added by the first reflector. */
export const originatorReflected = added(
  ({ isReflected }) => isReflected,
  (to, _octets, _at, _value, _end, out, position) =>
    to.isReflected ? write32(out, position, 0x80, 9, to.originator) : position,
);

/** RFC 4456 section 8: each reflector prepends its cluster id. */
export const clusterReflected = added(
  ({ isReflected }) => isReflected,
  (to, octets, _at, value, end, out, position) => {
    if (!to.isReflected) return position;
    const list = writeAttributeHeader(out, position, 0x80, 10, 4 + end - value);
    return copy(octets, value, end, out, writeWord(out, list, to.clusterId));
  },
);

/** EXTENDED COMMUNITIES without those that stay within an AS (RFC 4360 section 6). */
export const transitiveOutside = changed((to, octets, at, value, end, out, position) => {
  if (!to.isExternal) return copy(octets, at, end, out, position);
  let kept = 0;
  for (let i = value; i < end; i += 8) if ((octets[i] & 0x40) === 0) kept += 8;
  if (kept === 0) return position;
  let next = writeAttributeHeader(out, position, octets[at] & 0xe0, 16, kept);
  for (let i = value; i < end; i += 8) if ((octets[i] & 0x40) === 0) next = copy(octets, i, i + 8, out, next);
  return next;
});

/** RFC 9234 section 5: unchanged, or added towards customers. */
export const markedToCustomers = added(
  ({ onlyToCustomer }) => onlyToCustomer !== 0,
  (to, octets, at, _value, end, out, position) =>
    to.onlyToCustomer === 0
      ? copy(octets, at, end, out, position)
      : write32(out, position, 0xc0, 35, to.onlyToCustomer),
);

/**
 * AS_PATH with our own AS number prepended (RFC 4271 section 5.1.2 b) and without confederation segments: RFC 5065
 * section 4 (c) removes the leading ones, and any after them would be malformed outside the confederation (section
 * 5.1).
 */
function prependAs(
  octets: Uint8Array,
  start: number,
  end: number,
  as: number,
  out: Uint8Array,
  position: number,
): number {
  let from = start;
  while (from < end && octets[from] > 2) from += segmentLength(octets, from);
  let clean = from;
  while (clean < end && octets[clean] <= 2) clean += segmentLength(octets, clean);
  if (clean < end) return prependAs(...withoutConfederations(octets, from, end), as, out, position);
  const joins = from < end && octets[from] === 2 && octets[from + 1] < 255;
  const kept = end - from - (joins ? 2 : 0);
  let at = writeAttributeHeader(out, position, 0x40, 2, 6 + kept);
  out[at] = 2;
  out[at + 1] = joins ? octets[from + 1] + 1 : 1;
  at = writeWord(out, at + 2, as);
  return copy(octets, end - kept, end, out, at);
}

/** The path without its confederation segments, as octets with a start and an end. */
function withoutConfederations(octets: Uint8Array, start: number, end: number): [Uint8Array, number, number] {
  const kept = new Uint8Array(end - start);
  let to = 0;
  for (let at = start; at < end; at += segmentLength(octets, at))
    if (octets[at] <= 2) to = copy(octets, at, at + segmentLength(octets, at), kept, to);
  return [kept, 0, to];
}

const segmentLength = (octets: Uint8Array, at: number): number => 2 + 4 * octets[at + 1];
