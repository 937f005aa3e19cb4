import type { ChangedSessions, Impact } from '../../preview/impact';
import { BAND_TITLES, type Band, MARKS, type Mark } from './marks';
import type { Place } from './place';

/** Places that share a box in the class picture: a rack, the reflectors, one neighbour. */
export interface PlaceClass {
  readonly title: string;
  readonly band: Band;
  readonly number: number;
  /** Common mark of all of them. Unset: they differ. */
  readonly mark?: Place['mark'];
}

/** Sessions between two classes, or within one, with the same mark. */
export interface ClassLink {
  /** Class indices, the smaller first. */
  readonly a: number;
  readonly b: number;
  readonly mark: Mark;
  readonly sessions: number;
}

export interface Classes {
  readonly classes: readonly PlaceClass[];
  readonly links: readonly ClassLink[];
}

/** Maximum number of classes per band; above it, the band is one class. */
const MOST: Readonly<Record<Band, number>> = { outside: 15, top: 12, reflectors: 1, racks: 25, nodes: 1 };

type Sum = Map<string, number>;

export function classesOf(
  places: readonly Place[],
  { was, sessions }: { readonly was: Impact; readonly sessions: Impact },
): Classes {
  const numbers = new Map<string, number>();
  const members: Place[][] = [];
  const ofName = new Map<string, number>();
  const racks = new Set(places.flatMap(({ band, rack }) => (band === 'racks' ? [rack!] : []))).size;
  const sizes = new Map<Band, number>();
  for (const { band } of places) sizes.set(band, (sizes.get(band) ?? 0) + 1);
  for (const place of places) {
    const { band, rack, id } = place;
    const size = band === 'racks' ? racks : sizes.get(band)!;
    const key = size > MOST[band] ? band : band === 'racks' ? `${band} ${rack}` : `${band} ${id}`;
    const number = numbers.get(key) ?? members.push([]) - 1;
    numbers.set(key, number);
    members[number].push(place);
    for (const name of place.called) ofName.set(name, number);
  }
  const changed = new Map(MARKS.map((mark) => [mark, new Map() as Sum]));
  for (const group of sessions.sessions) count(changed.get(group.change)!, group, ofName);
  const kept = changed.get('kept')!;
  for (const group of was.sessions) count(kept, group, ofName);
  for (const mark of ['removed', 'reset', 'retuned'] as const)
    for (const [key, number] of changed.get(mark)!) kept.set(key, (kept.get(key) ?? 0) - number);
  return { classes: members.map(classOf), links: MARKS.flatMap((mark) => linksOf(changed.get(mark)!, mark)) };
}

function classOf(members: readonly Place[]): PlaceClass {
  const [{ band, name, rack, mark }] = members;
  const isOne = members.every((one) => one.mark === mark);
  const isAlone = members.length === 1 && band !== 'racks';
  const isRack = band === 'racks' && members.every((one) => one.rack === rack);
  return {
    title: isAlone ? name : isRack ? rack! : BAND_TITLES[band],
    ...{ band, number: members.length },
    ...(isOne && { mark }),
  };
}

const linksOf = (sum: Sum, mark: Mark): ClassLink[] =>
  [...sum].flatMap(([key, sessions]) => {
    const [a, b] = key.split(' ').map(Number);
    return sessions > 0 ? [{ a, b, mark, sessions }] : [];
  });

/** Adds the sessions of a group by the classes of their ends, without iterating over sessions. */
function count(sum: Sum, { from, to, except }: ChangedSessions, ofName: ReadonlyMap<string, number>): void {
  const [ours, theirs] = [from, to].map((names) => sizesOf(names, ofName));
  const add = (a: number, b: number, number: number) => {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    sum.set(key, (sum.get(key) ?? 0) + number);
  };
  for (const [a, n] of ours)
    if (to.length > 0) for (const [b, m] of theirs) add(a, b, n * m);
    else for (const [b, m] of ours) if (b >= a) add(a, b, a === b ? (n * (n - 1)) / 2 : n * m);
  for (const [one, other] of except) {
    const [a, b] = [ofName.get(one), ofName.get(other)];
    if (a !== undefined && b !== undefined) add(a, b, -1);
  }
}

function sizesOf(names: readonly string[], ofName: ReadonlyMap<string, number>): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const name of names) {
    const own = ofName.get(name);
    if (own !== undefined) sizes.set(own, (sizes.get(own) ?? 0) + 1);
  }
  return sizes;
}
