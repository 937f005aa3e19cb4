import type { Box, Chip, Tile } from './boxes';
import type { PictureLink } from './links';
import { MARKS, type Mark } from './marks';
import type { Place } from './place';

/** Sessions drawn as a curve. */
export interface Line {
  readonly mark: Mark;
  readonly at: number;
  /** SVG path data. */
  readonly path: string;
  /** Position of its icon. */
  readonly middle: readonly [x: number, y: number];
  readonly sessions: number;
  /** It stands for the sessions of several nodes. */
  readonly isBundle: boolean;
  readonly ends: readonly [string, string];
  /** Places at both ends of these sessions. */
  readonly pairs: readonly (readonly [a: number, b: number])[];
}

/** End of a node's sessions in a mesh that is too dense to draw. */
export interface Port {
  /** Index of the node's place. */
  readonly place: number;
  readonly x: number;
  readonly y: number;
  readonly mark: Mark;
  readonly at: number;
  readonly sessions: number;
}

export interface Drawing {
  readonly lines: readonly Line[];
  readonly ports: readonly Port[];
}

/** Above this number, sessions between the nodes of a band are drawn as ports. */
const MOST_ARCS = 15;
/** Above this number, sessions of one neighbour with the nodes in a frame are bundled into one line. */
const MOST_TO_FRAME = 4;

interface Segment {
  readonly link: Pick<PictureLink, 'mark' | 'at' | 'sessions'>;
  /** The upper one first. */
  readonly ends: readonly [Box, Box];
  readonly names: readonly [string, string];
  readonly pairs: Line['pairs'];
  readonly isBundle: boolean;
  /** Both ends are in the same row. */
  readonly isArc: boolean;
}

/** Sessions of a mesh, or between neighbours of one band. */
const isMesh = ([one, other]: readonly Place[]): boolean => one.band === other.band || (isPlain(one) && isPlain(other));

const isPlain = ({ band }: Place): boolean => band === 'racks' || band === 'nodes';

/** Sessions between nodes if there are too many to draw; they become ports. */
export function denseOf(links: readonly PictureLink[], places: readonly Place[]): readonly PictureLink[] {
  const mesh = links.filter(({ a, b }) => isMesh([places[a], places[b]]));
  return mesh.length > MOST_ARCS ? mesh : [];
}

/** `dense`: those that are not drawn. */
export function routed(
  links: readonly PictureLink[],
  dense: readonly PictureLink[],
  chips: readonly Chip[],
  tiles: readonly Tile[],
): Drawing {
  const byId = new Map(chips.map((chip) => [chip.place.id, chip]));
  const isDense = new Set(dense);
  return {
    lines: curves(
      segmentsOf(
        links.filter((link) => !isDense.has(link)),
        byId,
        tiles,
      ),
    ),
    ports: portsOf(dense, byId),
  };
}

const isIn = ({ box }: Chip, tile: Tile): boolean =>
  box.x >= tile.box.x && box.x < tile.box.x + tile.box.w && box.y >= tile.box.y && box.y < tile.box.y + tile.box.h;

function segmentsOf(
  links: readonly PictureLink[],
  chips: ReadonlyMap<number, Chip>,
  tiles: readonly Tile[],
): Segment[] {
  const tileOf = new Map([...chips.values()].map((chip) => [chip, tiles.find((tile) => isIn(chip, tile))] as const));
  const groups = new Map<string, PictureLink[]>();
  const keyOf = ({ a, b, mark, at }: PictureLink, isWhole: boolean) => {
    const tile = tileOf.get(chips.get(b)!);
    return tile && !isPlain(chips.get(a)!.place) ? `${a} ${tiles.indexOf(tile)}${isWhole ? '' : ` ${mark} ${at}`}` : '';
  };
  const numbers = new Map<string, number>();
  for (const link of links) numbers.set(keyOf(link, true), (numbers.get(keyOf(link, true)) ?? 0) + 1);
  const found: Segment[] = [];
  for (const link of links) {
    const key = keyOf(link, false);
    if (key !== '' && numbers.get(keyOf(link, true))! > MOST_TO_FRAME) {
      groups.set(key, [...(groups.get(key) ?? []), link]);
      continue;
    }
    const [a, b] = [chips.get(link.a)!, chips.get(link.b)!].sort(
      (one, other) => one.box.y - other.box.y || one.box.x - other.box.x,
    );
    found.push({
      ...{ link, ends: [a.box, b.box], names: [a.place.name, b.place.name], pairs: [[link.a, link.b]] },
      ...{ isBundle: false, isArc: a.box.y === b.box.y },
    });
  }
  for (const group of groups.values()) {
    const [{ a, b, mark, at }] = group;
    const upper = chips.get(a)!;
    const tile = tileOf.get(chips.get(b)!)!;
    found.push({
      link: { mark, at, sessions: group.reduce((sum, { sessions }) => sum + sessions, 0) },
      pairs: group.map((one) => [one.a, one.b]),
      ...{ ends: [upper.box, tile.box], names: [upper.place.name, tile.title], isBundle: true, isArc: false },
    });
  }
  return found;
}

const centre = ({ x, w }: Box): number => x + w / 2;

/** Lines leave a side of a box next to each other, ordered by their other ends. */
function curves(segments: readonly Segment[]): Line[] {
  const sides = new Map<string, { readonly segment: Segment; readonly end: 0 | 1 }[]>();
  const sideOf = ({ ends, isArc }: Segment, end: 0 | 1) =>
    `${end === 0 || isArc ? 'below' : 'above'} ${ends[end].x} ${ends[end].y}`;
  for (const segment of segments)
    for (const end of [0, 1] as const) {
      const key = sideOf(segment, end);
      sides.set(key, [...(sides.get(key) ?? []), { segment, end }]);
    }
  const xOf = new Map<Segment, [number, number]>(segments.map((segment) => [segment, [0, 0]]));
  for (const all of sides.values()) {
    all.sort(
      (one, other) =>
        centre(one.segment.ends[1 - one.end]) - centre(other.segment.ends[1 - other.end]) ||
        MARKS.indexOf(one.segment.link.mark) - MARKS.indexOf(other.segment.link.mark),
    );
    for (const [i, { segment, end }] of all.entries()) {
      const { x, w } = segment.ends[end];
      const span = Math.min(w - 24, 26 * (all.length - 1));
      xOf.get(segment)![end] = Math.round(x + w / 2 + (all.length === 1 ? 0 : (i / (all.length - 1) - 0.5) * span));
    }
  }
  return segments.map((segment, i) => lineOf(segment, xOf.get(segment)!, i));
}

function lineOf(
  { link, ends: [upper, lower], names, pairs, isBundle, isArc }: Segment,
  [x1, x2]: readonly [number, number],
  i: number,
): Line {
  const y1 = upper.y + upper.h;
  const y2 = isArc ? lower.y + lower.h : lower.y;
  const bend = isArc ? Math.min(54, 20 + Math.abs(x2 - x1) * 0.09) : Math.max(22, (y2 - y1) * 0.5);
  const [c1, c2] = [y1 + bend, isArc ? y2 + bend : y2 - bend];
  // Icons of adjacent lines are at different heights.
  const t = isArc ? 0.5 : isBundle ? 0.84 : 0.36 + 0.14 * (i % 3);
  const s = 1 - t;
  const at = (p: number, q: number, r: number, u: number) =>
    Math.round(s ** 3 * p + 3 * s * s * t * q + 3 * s * t * t * r + t ** 3 * u);
  return {
    ...{ mark: link.mark, at: link.at, sessions: link.sessions, isBundle, ends: names, pairs },
    path: `M${x1} ${y1}C${x1} ${Math.round(c1)} ${x2} ${Math.round(c2)} ${x2} ${y2}`,
    middle: [at(x1, x1, x2, x2), at(y1, c1, c2, y2)],
  };
}

/** One port for each node and mark. */
function portsOf(mesh: readonly PictureLink[], chips: ReadonlyMap<number, Chip>): Port[] {
  const found = new Map<string, { id: number; mark: Mark; at: number; sessions: number }>();
  for (const { a, b, mark, at, sessions } of mesh)
    for (const id of [a, b]) {
      const key = `${id} ${mark}`;
      const known = found.get(key);
      if (!known) found.set(key, { id, mark, at, sessions });
      else Object.assign(known, { sessions: known.sessions + sessions, at: Math.min(known.at, at) });
    }
  const counts = new Map<number, number>();
  return [...found.values()].map(({ id, ...port }) => {
    const { x, y, w, h } = chips.get(id)!.box;
    const i = counts.get(id) ?? 0;
    counts.set(id, i + 1);
    return { place: id, x: x + w - 16 - 18 * i, y: y + h, ...port };
  });
}
