/*
 * Hot path: the octets of an attribute set rewritten for a neighbour, straight from the octets they came in, without decoding. Written once for all
 * prefixes of a batch that share the set. What becomes of each attribute says its row (`wire/attribute`).
 */
import type { Edit } from '../../policy/edit';
import { rowOf } from '../../wire/attribute';
import { type Advertise, Advertisement } from '../../wire/attribute/advertisement';
import { copy } from '../../wire/attribute/octets';
import { AttributeCursor } from '../../wire/attribute-cursor';
import { LOCAL } from '../loc-rib/loc-rib';
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
const cursor = new AttributeCursor();
const advertisement = new Advertisement();

/** How an attribute goes on, by type; undefined: as it came. */
const RULES: readonly (Advertise | undefined)[] = Array.from(
  { length: 256 },
  (_, type) => rowOf(type)?.advertised?.write,
);
/** Types that may have to be written where they did not come, ascending; one behind all at the end. */
const ADDED: readonly number[] = [...RULES.keys()].filter((type) => rowOf(type)?.advertised?.isAdded).concat(256);

function rewrite(
  tables: RibTables,
  set: number,
  original: Uint8Array,
  start: number,
  end: number,
  to: PeerState,
  nextHop: Uint8Array | undefined,
  edit: Edit | undefined,
  out: Uint8Array,
  position: number,
): number {
  describe(tables, set, to, nextHop, edit);
  let octets = original;
  if (edit) {
    if (edited.length < end - start + edit.room) edited = new Uint8Array(2 * (end - start + edit.room));
    cursor.start(edited, 0, edit.write(octets, start, end, edited, 0, undefined));
    octets = edited;
  } else cursor.start(octets, start, end);
  let at = position,
    due = 0;
  while (cursor.next()) {
    const { type } = cursor;
    for (; ADDED[due] < type; due++) at = RULES[ADDED[due]]!(advertisement, octets, 0, 0, 0, out, at);
    if (ADDED[due] === type) due++;
    const rule = RULES[type];
    at = rule
      ? rule(advertisement, octets, cursor.at, cursor.value, cursor.end, out, at)
      : copy(octets, cursor.at, cursor.end, out, at);
  }
  for (; due < ADDED.length - 1; due++) at = RULES[ADDED[due]]!(advertisement, octets, 0, 0, 0, out, at);
  return at;
}

/** What the rules of attributes ask of a route with this set that goes to `to`. */
function describe(
  tables: RibTables,
  set: number,
  to: PeerState,
  nextHop: Uint8Array | undefined,
  edit: Edit | undefined,
): void {
  const { sets } = tables.attributes,
    line = set * SET,
    from = sets[line + SET_PEER],
    isLocal = from === LOCAL,
    { isExternal } = to,
    isReflected = !isExternal && !isLocal && !tables.peers[from]!.isExternal;
  advertisement.isExternal = isExternal;
  advertisement.isReflected = isReflected;
  advertisement.localAs = to.context!.localAs;
  advertisement.nextHop = nextHop;
  advertisement.localPref = edit?.localPref ?? sets[line + SET_LOCAL_PREF];
  advertisement.keepsMed = !isExternal || isLocal || edit?.setsMed === true;
  advertisement.originator = isReflected ? sets[line + SET_ORIGINATOR] || tables.peers[from]!.routerId : 0;
  advertisement.clusterId = tables.clusterId;
  advertisement.onlyToCustomer = missingOnlyToCustomer(tables, set, to);
}
