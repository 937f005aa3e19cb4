/*
 * Hot path: rewrites the octets of an attribute set for a neighbour, directly from the received octets, without
 * decoding. Runs once for all prefixes of a batch that share the set. Each attribute's row (`wire/attribute`) defines
 * how it is rewritten.
 */
import type { Edit } from '../../policy/edit';
import { rowOf } from '../../wire/attribute';
import { type Advertise, Advertisement, rewriteKind } from '../../wire/attribute/advertisement';
import { copy } from '../../wire/attribute/octets';
import { AttributeCursor } from '../../wire/attribute-cursor';
import { LOCAL } from '../loc-rib/loc-rib';
import { missingOnlyToCustomer } from '../only-to-customer';
import type { PeerState } from '../peer';
import { SET, SET_LOCAL_PREF, SET_ORIGINATOR, SET_PEER } from '../table/attribute-table';
import { toTwoOctet } from '../table/canonical';
import type { RibTables } from '../tables';

/**
 * Writes the set's attributes for `to` to `out` at `at`, types ascending, with NEXT_HOP if `nextHop` is given (4
 * octets), and returns the end position. Changes of the export policy are applied first, then those of the protocol.
 * `out` must have room for {@link roomFor} octets.
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
  const { attributes: store } = tables;
  const start = store.start(set);
  const end = rewrite(tables, set, store.octets(set), start, start + store.length(set), to, nextHop, edit, out, at);
  if (to.context!.as4) return end;
  const short = toTwoOctet(out, at, end);
  out.set(short, at);
  return at + short.length;
}

/** Maximum number of octets that {@link writeAttributes} needs. */
export const roomFor = (tables: RibTables, set: number, edit: Edit | undefined): number =>
  2 * (tables.attributes.length(set) + 64 + (edit?.room ?? 0));

let edited = new Uint8Array(4096);
const cursor = new AttributeCursor();
const advertisement = new Advertisement();

/** How an attribute is passed on, by type; undefined: unchanged. */
const RULES: readonly (Advertise | undefined)[] = Array.from(
  { length: 256 },
  (_, type) => rowOf(type)?.advertised?.write,
);
/** Sentinel after all types. */
const OVER = 256;
/** By kind of route: types that are written even if not received, ascending, then OVER. */
const ADDED: (readonly number[])[] = [];

/** The types added to the current route. */
const addedNow = (): number[] => [
  ...[...RULES.keys()].filter((type) => rowOf(type)?.advertised?.isAdded?.(advertisement)),
  OVER,
];

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
  const kind = rewriteKind(advertisement);
  ADDED[kind] ??= addedNow();
  const added = ADDED[kind];
  let at = position;
  let next = 0;
  while (cursor.next()) {
    const { type } = cursor;
    const rule = RULES[type];
    while (added[next] < type) at = RULES[added[next++]]!(advertisement, octets, 0, 0, 0, out, at);
    if (added[next] === type) next++;
    at = rule
      ? rule(advertisement, octets, cursor.at, cursor.value, cursor.end, out, at)
      : copy(octets, cursor.at, cursor.end, out, at);
  }
  while (added[next] < OVER) at = RULES[added[next++]]!(advertisement, octets, 0, 0, 0, out, at);
  return at;
}

/** The context that the attributes' rules need for a route with this set sent to `to`. */
function describe(
  tables: RibTables,
  set: number,
  to: PeerState,
  nextHop: Uint8Array | undefined,
  edit: Edit | undefined,
): void {
  const { sets } = tables.attributes;
  const line = set * SET;
  const from = sets[line + SET_PEER];
  const isLocal = from === LOCAL;
  const { isExternal } = to;
  const isReflected = !isExternal && !isLocal && !tables.peers[from]!.isExternal;
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
