/*
 * Near the hot path: a policy's changes to a route, written directly from octets to octets, once for each attribute
 * set.
 */
import type { Community, CommunityKind } from '../../model/community';
import type { RouteSettings } from '../../model/filter';
import { ATTRIBUTE } from '../wire/attribute';
import { copy, write32, writeAttributeHeader, writeWord } from '../wire/attribute/octets';
import { AttributeCursor } from '../wire/attribute-cursor';
import { COMMUNITY_TYPE } from './route-view';

/** The neighbours between which a route is changed. */
interface EditContext {
  /** AS number that `prepend` adds: our own on export, the neighbour's on import. */
  readonly prependedAs: number;
  readonly isExternal: boolean;
  /** AS number added to the path before `prepend` applies: one side of a local AS (RFC 7705). */
  readonly innerAs?: number | undefined;
  /** The route is marked for graceful shutdown (RFC 8326), and gets the lowest preference. */
  readonly gracefulShutdown?: boolean;
  readonly lowersPreference?: boolean;
}

const { asPath: AS_PATH, nextHop: NEXT_HOP, med: MED, localPref: LOCAL_PREF } = ATTRIBUTE;
const COMMUNITY_SIZE: Readonly<Record<number, number>> = {
  [ATTRIBUTE.communities]: 4,
  [ATTRIBUTE.extendedCommunities]: 8,
  [ATTRIBUTE.largeCommunities]: 12,
};
const COMMUNITY_TYPES = [ATTRIBUTE.communities, ATTRIBUTE.extendedCommunities, ATTRIBUTE.largeCommunities] as const;
const cursor = new AttributeCursor();
/** Sentinel after all types. */
const OVER = 256;
const GRACEFUL_SHUTDOWN = Uint8Array.of(0xff, 0xff, 0, 0);

/** Communities of one attribute: their concatenated octets. */
interface CommunityEdit {
  readonly add: Uint8Array;
  readonly remove: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Changes to the attributes of a route: settings of a rule for one neighbour, prepared for application to octets. */
export class Edit {
  /** Maximum number of octets by which it can lengthen the attributes. */
  readonly room: number;
  /** The next hop is not written here, but by the code that sends or stores it. */
  readonly nextHop: RouteSettings['nextHop'];
  private readonly path: readonly number[];
  private readonly med: number | undefined;
  private readonly wantedLocalPref: number | undefined;
  private readonly replacesCommunities: boolean;
  private readonly communities: Readonly<Record<number, CommunityEdit>>;

  constructor(settings: RouteSettings, context: EditContext) {
    const { prependedAs, isExternal, innerAs, gracefulShutdown = false, lowersPreference = false } = context;
    const { prepend = 0, prependAsNumbers = [] } = settings;
    const removed = settings.removeCommunities ?? [];
    const added = settings.communities ?? settings.addCommunities ?? [];
    this.nextHop = settings.nextHop;
    this.path = [
      ...new Array<number>(isExternal ? prepend : 0).fill(prependedAs),
      ...prependAsNumbers.map(({ value }) => value),
      ...(innerAs === undefined ? [] : [innerAs]),
    ];
    this.med = settings.med;
    this.wantedLocalPref = lowersPreference ? 0 : settings.localPreference;
    this.replacesCommunities = settings.communities !== undefined;
    const edits: Record<number, CommunityEdit> = {};
    for (const type of COMMUNITY_TYPES) {
      const extra = gracefulShutdown && type === COMMUNITY_TYPE.standard ? [GRACEFUL_SHUTDOWN] : [];
      const add = distinct([...octetsOf(added, type), ...extra]);
      const remove = joined(octetsOf(removed, type));
      if (this.replacesCommunities || add.length + remove.length > 0) edits[type] = { add, remove };
    }
    this.communities = edits;
    this.room =
      14 + (8 + 4 * this.path.length) + Object.values(edits).reduce((sum, { add }) => sum + add.length + 4, 0);
  }

  /** New LOCAL_PREF; undefined if unchanged. */
  get localPref(): number | undefined {
    return this.wantedLocalPref;
  }

  /** Whether it sets MED. */
  get setsMed(): boolean {
    return this.med !== undefined;
  }

  /**
   * Writes canonical octets (types ascending, AS numbers of four octets) from `start` to `end`, with the changes, to
   * `out` at `position`; returns the end position. LOCAL_PREF becomes `localPref`, or is left out if that is undefined.
   * NEXT_HOP is left out.
   */
  write(
    octets: Uint8Array,
    start: number,
    end: number,
    out: Uint8Array,
    position: number,
    localPref: number | undefined,
  ): number {
    let to = position;
    let done = 0; // the highest type handled so far, present or not
    cursor.start(octets, start, end);
    for (;;) {
      const isOver = !cursor.next();
      const { at, value, end: next } = cursor;
      const type = isOver ? OVER : cursor.type;
      if (done < MED && type > MED) {
        done = MED;
        if (this.med !== undefined) to = write32(out, to, 0x80, MED, this.med);
      }
      if (done < LOCAL_PREF && type > LOCAL_PREF) {
        done = LOCAL_PREF;
        if (localPref !== undefined) to = write32(out, to, 0x40, LOCAL_PREF, localPref);
      }
      for (const own of COMMUNITY_TYPES)
        if (done < own && type > own) {
          done = own;
          to = this.writeCommunities(own, octets, 0, 0, 0xc0, out, to);
        }
      if (isOver) break;
      if (type === AS_PATH) to = this.writePath(octets, at, value, next, out, to);
      else if (COMMUNITY_SIZE[type] && this.communities[type])
        to = this.writeCommunities(type, octets, value, next, octets[at] & 0xe0, out, to);
      else if (type !== NEXT_HOP && type !== LOCAL_PREF && (type !== MED || this.med === undefined))
        to = copy(octets, at, next, out, to);
      if (COMMUNITY_SIZE[type]) done = type;
    }
    return to;
  }

  private writePath(
    octets: Uint8Array,
    at: number,
    start: number,
    end: number,
    out: Uint8Array,
    position: number,
  ): number {
    const path = this.path;
    if (path.length === 0) return copy(octets, at, end, out, position);
    const joins = start < end && octets[start] === 2 && octets[start + 1] + path.length <= 255;
    const kept = end - start - (joins ? 2 : 0);
    let to = writeAttributeHeader(out, position, 0x40, AS_PATH, 2 + 4 * path.length + kept);
    out[to] = 2;
    out[to + 1] = path.length + (joins ? octets[start + 1] : 0);
    to += 2;
    for (const as of path) to = writeWord(out, to, as);
    return copy(octets, end - kept, end, out, to);
  }

  private writeCommunities(
    type: number,
    octets: Uint8Array,
    start: number,
    end: number,
    flags: number,
    out: Uint8Array,
    position: number,
  ): number {
    const edit = this.communities[type];
    const size = COMMUNITY_SIZE[type];
    if (!edit) return position;
    // Written after a four-octet header, which becomes a three-octet one if the length permits.
    const begin = position + 4;
    let to = begin;
    if (!this.replacesCommunities)
      for (let i = start; i < end; i += size)
        if (!holds(edit.remove, 0, edit.remove.length, octets, i, size)) to = copy(octets, i, i + size, out, to);
    const kept = to;
    for (let i = 0; i < edit.add.length; i += size)
      if (!holds(out, begin, kept, edit.add, i, size)) to = copy(edit.add, i, i + size, out, to);
    if (to === begin) return position;
    const length = to - begin;
    const value = writeAttributeHeader(out, position, flags, type, length);
    if (value !== begin) out.copyWithin(value, begin, to);
    return value + length;
  }
}

/** Whether the community at `at` of `of` is among those from `start` to `end`. */
function holds(all: Uint8Array, start: number, end: number, of: Uint8Array, at: number, size: number): boolean {
  for (let i = start; i < end; i += size) {
    let same = 0;
    while (same < size && all[i + same] === of[at + same]) same++;
    if (same === size) return true;
  }
  return false;
}

const octetsOf = (communities: readonly Community[], type: number): Uint8Array[] =>
  communities.filter(({ kind }) => COMMUNITY_TYPE[kind as CommunityKind] === type).map(({ octets }) => octets);

const distinct = (all: readonly Uint8Array[]): Uint8Array =>
  joined(all.filter((one, i) => all.findIndex((other) => other.every((octet, j) => octet === one[j])) === i));

function joined(all: readonly Uint8Array[]): Uint8Array {
  return all.length === 0 ? NOTHING : Uint8Array.from(all.flatMap((one) => Array.from(one)));
}
