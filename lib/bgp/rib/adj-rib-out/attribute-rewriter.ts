import { copy, type Edit, write32, writeHeader, writeWord } from '../../policy/edit';
import { missingOnlyToCustomer } from '../only-to-customer';
import type { PeerState } from '../peer';
import { SET, SET_LOCAL_PREF, SET_ORIGINATOR, SET_PEER } from '../table/attribute-table';
import { toTwoOctet } from '../table/canonical';
import type { RibTables } from '../tables';

/**
 * Writes the set's attributes for `to` into `out` from `at` on, types ascending, with NEXT_HOP where `nextHop` is given (4 octets), and gives the
 * position behind. What the export policy changes comes first, what the protocol wants then. `out` must have room for {@link roomFor} octets.
 */
export function writeAttributes(
  tables: RibTables,
  set: number,
  to: PeerState,
  nextHop: Uint8Array | undefined,
  edit: Edit | undefined,
  out: Uint8Array,
  at: number,
): number {
  const { attributes: store } = tables,
    start = store.start(set),
    end = rewrite(tables, set, store.octets(set), start, start + store.length(set), to, nextHop, edit, out, at);
  if (to.context!.as4) return end;
  const short = toTwoOctet(out, at, end);
  out.set(short, at);
  return at + short.length;
}

/** Octets that {@link writeAttributes} may need. */
export const roomFor = (tables: RibTables, set: number, edit: Edit | undefined): number =>
  2 * (tables.attributes.length(set) + 64 + (edit?.room ?? 0));

let edited = new Uint8Array(4096);

function rewrite(
  tables: RibTables,
  set: number,
  original: Uint8Array,
  start: number,
  originalEnd: number,
  to: PeerState,
  nextHop: Uint8Array | undefined,
  edit: Edit | undefined,
  out: Uint8Array,
  position: number,
): number {
  const { attributes: store } = tables,
    line = set * SET,
    from = store.sets[line + SET_PEER],
    isLocal = from === 0,
    isExternal = to.isExternal,
    isReflected = !isExternal && !isLocal && !tables.peers[from]!.isExternal,
    localPref = edit?.localPref ?? store.sets[line + SET_LOCAL_PREF],
    onlyToCustomer = missingOnlyToCustomer(tables, set, to),
    keepsMed = !isExternal || isLocal || edit?.setsMed === true;
  let octets = original,
    at = start,
    end = originalEnd,
    to_ = position,
    written = 0; // the highest type of those that are put in here
  if (edit) {
    if (edited.length < end - at + edit.room) edited = new Uint8Array(2 * (end - at + edit.room));
    end = edit.write(octets, at, end, edited, 0, undefined);
    octets = edited;
    at = 0;
  }
  while (at <= end) {
    const isOver = at === end,
      type = isOver ? 256 : octets[at + 1],
      isWide = !isOver && (octets[at] & 0x10) !== 0,
      value = at + (isWide ? 4 : 3),
      length = isOver ? 0 : isWide ? (octets[at + 2] << 8) | octets[at + 3] : octets[at + 2];
    if (written < 3 && type >= 3) {
      written = 3;
      if (nextHop) {
        out[to_] = 0x40;
        out[to_ + 1] = 3;
        out[to_ + 2] = 4;
        for (let i = 0; i < 4; i++) out[to_ + 3 + i] = nextHop[i];
        to_ += 7;
      }
    }
    if (written < 5 && type >= 5) {
      written = 5;
      if (!isExternal) to_ = write32(out, to_, 0x40, 5, localPref);
    }
    if (written < 9 && type >= 9) {
      written = 9;
      // RFC 4456 section 8: who brought the route into the AS; the first reflector writes it down.
      if (isReflected)
        to_ = write32(out, to_, 0x80, 9, store.sets[line + SET_ORIGINATOR] || tables.peers[from]!.routerId);
    }
    if (written < 10 && type >= 10) {
      written = 10;
      if (isReflected) {
        const kept = type === 10 ? length : 0;
        to_ = writeHeader(out, to_, 0x80, 10, 4 + kept);
        to_ = writeWord(out, to_, tables.clusterId);
        for (let i = 0; i < kept; i++) out[to_++] = octets[value + i];
      }
    }
    if (type >= 35 && written < 35) {
      written = 35;
      if (onlyToCustomer !== 0) to_ = write32(out, to_, 0xc0, 35, onlyToCustomer);
    }
    if (isOver) break;
    const next = value + length;
    switch (type) {
      case 2:
        to_ = isExternal
          ? prependAs(octets, value, next, to.context!.localAs, out, to_)
          : copy(octets, at, next, out, to_);
        break;
      case 4:
        // RFC 4271 section 5.1.4: MED from one neighbouring AS is not passed on to another.
        if (keepsMed) to_ = copy(octets, at, next, out, to_);
        break;
      case 16:
        to_ = isExternal ? transitiveOnly(octets, value, next, out, to_, octets[at]) : copy(octets, at, next, out, to_);
        break;
      case 3:
      case 5:
      case 9:
      case 10:
        break;
      default:
        to_ = copy(octets, at, next, out, to_);
    }
    at = next;
  }
  return to_;
}

/**
 * AS_PATH with the own AS number in front (RFC 4271 section 5.1.2 b), without confederation segments: those at its front go by RFC 5065 section 4 (c),
 * and one behind them would be malformed outside the confederation (section 5.1).
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
  const joins = from < end && octets[from] === 2 && octets[from + 1] < 255,
    kept = end - from - (joins ? 2 : 0);
  let at = writeHeader(out, position, 0x40, 2, 6 + kept);
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

/** EXTENDED COMMUNITIES without those that stay within an AS (RFC 4360 section 6). */
function transitiveOnly(
  octets: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  position: number,
  flags: number,
): number {
  let kept = 0;
  for (let i = start; i < end; i += 8) if ((octets[i] & 0x40) === 0) kept += 8;
  if (kept === 0) return position;
  let at = writeHeader(out, position, flags & 0xe0, 16, kept);
  for (let i = start; i < end; i += 8) if ((octets[i] & 0x40) === 0) at = copy(octets, i, i + 8, out, at);
  return at;
}
