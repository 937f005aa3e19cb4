// Near the hot path: used once for each attribute set of a message; reads octets in place and decodes only what a rule
// needs.
import type { IpAddress } from '../../model/address';
import type { Community, CommunityKind } from '../../model/community';
import { ATTRIBUTE } from '../wire/attribute';
import { AttributeCursor } from '../wire/attribute-cursor';
import { read32 } from '../wire/octets';
import { SEGMENT } from '../wire/path-attributes';

/** The attribute that holds communities of a kind. */
export const COMMUNITY_TYPE: Readonly<Record<CommunityKind, number>> = {
  standard: ATTRIBUTE.communities,
  extended: ATTRIBUTE.extendedCommunities,
  large: ATTRIBUTE.largeCommunities,
};

/** LOCAL_PREF of a route without one. */
const USUAL_LOCAL_PREF = 100;

/** A route as rules see it. One instance is reused. */
export class RouteView {
  /** Type of the neighbour that it is received from or advertised to. */
  peerType: 'ebgp' | 'ibgp' = 'ebgp';
  /** Undefined if it is this node itself. */
  nextHop: IpAddress | undefined;
  /** This node originated it. */
  isWorkload = false;
  /** The interface of a workload route. */
  interface: string | undefined;
  /**
   * LOCAL_PREF by which the route was selected, if it differs from the attribute's (RFC 8326); undefined before
   * selection.
   */
  chosenBy: number | undefined;
  private octets: Uint8Array = new Uint8Array(0);
  private start = 0;
  private end = 0;
  private text: string | undefined;
  private readonly cursor = new AttributeCursor();

  /** The attributes: canonical octets from `start` to `end` (types ascending, AS numbers of four octets). */
  read(octets: Uint8Array, start: number, end: number): this {
    this.octets = octets;
    this.start = start;
    this.end = end;
    this.text = undefined;
    return this;
  }

  hasCommunity({ kind, octets }: Community): boolean {
    const found = this.find(COMMUNITY_TYPE[kind]);
    if (!found) return false;
    const all = this.octets;
    const { value, end } = found;
    for (let i = value; i < end; i += octets.length) {
      let same = 0;
      while (same < octets.length && all[i + same] === octets[same]) same++;
      if (same === octets.length) return true;
    }
    return false;
  }

  /** LOCAL_PREF; 100 if the route has none, as in the decision process. */
  get localPreference(): number {
    if (this.chosenBy !== undefined) return this.chosenBy;
    const found = this.find(ATTRIBUTE.localPref);
    return found ? read32(this.octets, found.value) : USUAL_LOCAL_PREF;
  }

  /** Whether the AS path, without confederation segments, begins with these; for a set, any member matches. */
  pathBeginsWith(numbers: readonly number[]): boolean {
    let place = 0;
    for (const { type, members } of this.segments()) {
      if (type === SEGMENT.confedSequence || type === SEGMENT.confedSet) continue;
      if (type === SEGMENT.set) {
        if (place < numbers.length && !members.includes(numbers[place])) return false;
        place++;
      } else for (const as of members) if (place < numbers.length && as !== numbers[place++]) return false;
      if (place >= numbers.length) return true;
    }
    return place >= numbers.length;
  }

  /** Whether the AS path contains all of these. */
  pathContains(numbers: readonly number[]): boolean {
    const wanted = new Set(numbers);
    for (const { members } of this.segments()) for (const as of members) wanted.delete(as);
    return wanted.size === 0;
  }

  /** Number of occurrences of an AS number in the AS path. */
  countInPath(number: number): number {
    let count = 0;
    for (const { members } of this.segments()) for (const as of members) if (as === number) count++;
    return count;
  }

  /** Whether the AS path is empty: the route originates within our own AS. */
  get hasEmptyPath(): boolean {
    const found = this.find(ATTRIBUTE.asPath);
    return !found || found.value === found.end;
  }

  /** `64512 65001 {65002,65003}`; confederation segments in parentheses and brackets. */
  get pathText(): string {
    this.text ??= [...this.segments()].map(({ type, members }) => BRACKETS[type](members)).join(' ');
    return this.text;
  }

  private *segments(): Generator<{ type: 1 | 2 | 3 | 4; members: number[] }> {
    const found = this.find(ATTRIBUTE.asPath);
    if (!found) return;
    const octets = this.octets;
    const { value, end } = found;
    for (let at = value; at < end; ) {
      const members: number[] = [];
      const next = at + 2 + 4 * octets[at + 1];
      for (let i = at + 2; i < next; i += 4) members.push(read32(octets, i));
      yield { type: octets[at] as 1 | 2 | 3 | 4, members };
      at = next;
    }
  }

  /** The attribute of a type; undefined if absent. */
  private find(type: number): AttributeCursor | undefined {
    const cursor = this.cursor.start(this.octets, this.start, this.end);
    return cursor.find(type) ? cursor : undefined;
  }
}

const BRACKETS: Readonly<Record<number, (members: readonly number[]) => string>> = {
  [SEGMENT.set]: (members) => `{${members.join(',')}}`,
  [SEGMENT.sequence]: (members) => members.join(' '),
  [SEGMENT.confedSequence]: (members) => `(${members.join(' ')})`,
  [SEGMENT.confedSet]: (members) => `[${members.join(',')}]`,
};
