import type { Block, Box, BoxCell, Chip, Tile } from './boxes';
import { cellsOf, MOST_CHIPS } from './cells';
import { chipSize, FONT } from './chips';
import { type Drawing, denseOf, type Line, type Port, routed } from './lines';
import type { PictureLink } from './links';
import { BAND_TITLES, BANDS, type Band } from './marks';
import type { Picture } from './picture';
import type { Place } from './place';

/** Positions of everything drawn. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly bands: readonly { readonly title: string; readonly box: Box }[];
  readonly tiles: readonly Tile[];
  readonly chips: readonly Chip[];
  readonly cells: readonly BoxCell[];
  /** Side length of a cell. */
  readonly cell: number;
  readonly lines: readonly Line[];
  readonly ports: readonly Port[];
}

/** Width of the left margin with the names of bands. */
const GUTTER = 104;
const PADDING = 14;
const WIDEST = 1060;
/** Space between two bands, with or without lines. */
const ROOM = { lines: 58, none: 14 };

/** The parts of a picture that need a position. */
type Drawn = Pick<Picture, 'places' | 'links'>;

/** Bands from top to bottom: outside, top of rack, reflectors, racks, nodes. */
export function layoutOf(picture: Drawn): Layout {
  const side = picture.places.length > 2000 ? 7 : 9;
  const blocks = new Map<Band, Block[]>();
  for (const band of BANDS) {
    const places = picture.places.filter((place) => place.band === band);
    if (places.length > 0) blocks.set(band, blocksOf(band, places, picture, side));
  }
  const rows = new Map([...blocks].map(([band, all]) => [band, flowed(all)] as const));
  const widest = Math.max(240, ...[...rows.values()].flatMap((lines) => lines.map(widthOf)));
  const laid = {
    tiles: [] as Tile[],
    chips: [] as Chip[],
    cells: [] as BoxCell[],
    bands: [] as { title: string; box: Box }[],
  };
  const dense = denseOf(picture.links ?? [], picture.places);
  const arcs = arcsIn(picture, dense);
  let y = PADDING;
  for (const [band, lines] of rows) {
    const top = y;
    y += PADDING;
    for (const line of lines) {
      let x = GUTTER + PADDING + (widest - widthOf(line)) / 2;
      for (const block of line) {
        place(laid, block, Math.round(x), y);
        x += block.w + GAP;
      }
      y += Math.max(...line.map(({ h }) => h)) + GAP;
    }
    y += PADDING - GAP + (arcs.get(band) ?? 0);
    laid.bands.push({ title: BAND_TITLES[band], box: { x: 0, y: top, w: GUTTER + widest + 2 * PADDING, h: y - top } });
    y += picture.links ? ROOM.lines : ROOM.none;
  }
  const drawing: Drawing = picture.links
    ? routed(picture.links, dense, laid.chips, laid.tiles)
    : { lines: [], ports: [] };
  return {
    width: GUTTER + widest + 2 * PADDING,
    height: y - (picture.links ? ROOM.lines : ROOM.none),
    ...{ ...laid, cell: side, ...drawing },
  };
}

const GAP = 16;
const widthOf = (line: readonly Block[]): number => line.reduce((sum, { w }) => sum + w, (line.length - 1) * GAP);

/** Wraps blocks into rows of limited and similar width. */
function flowed(blocks: readonly Block[]): Block[][] {
  const total = widthOf(blocks);
  const wanted = total / Math.ceil(total / WIDEST);
  const lines: Block[][] = [[]];
  for (const block of blocks) {
    const last = lines[lines.length - 1];
    const width = widthOf([...last, block]);
    if (last.length > 0 && (width > WIDEST || widthOf(last) >= wanted)) lines.push([block]);
    else last.push(block);
  }
  return lines;
}

function blocksOf(band: Band, places: readonly Place[], { links }: Drawn, side: number): Block[] {
  if (band === 'racks') {
    const racks = new Map<string, Place[]>();
    for (const one of places) racks.set(one.rack!, [...(racks.get(one.rack!) ?? []), one]);
    return [...racks].map(([rack, own]) => (links ? framed(rack, own) : cellsOf(rack, own, side)));
  }
  if (!links && (band === 'nodes' || places.length > MOST_CHIPS)) return [cellsOf(BAND_TITLES[band], places, side)];
  if (band === 'nodes' && places.length > MOST_LOOSE) return [framed('without a rack', places)];
  const size = chipSize(places);
  return places.map((one) => ({ ...size, chips: [{ place: one, box: { x: 0, y: 0, ...size } }], cells: [] }));
}

/** More nodes without a rack than this get a frame. */
const MOST_LOOSE = 8;

/** Chips in a frame, slightly wider than high. */
function framed(title: string, places: readonly Place[]): Block {
  const { w, h } = chipSize(places);
  const columns =
    places.length <= 4 ? Math.min(2, places.length) : Math.min(6, Math.ceil(Math.sqrt(places.length * 0.9)));
  const [gap, top, edge] = [10, 26, 12];
  return {
    title,
    w: Math.max(columns * (w + gap) - gap + 2 * edge, title.length * FONT.small + 2 * edge),
    h: top + Math.ceil(places.length / columns) * (h + gap) - gap + edge,
    chips: places.map((place, i) => ({
      place,
      box: { x: edge + (i % columns) * (w + gap), y: top + Math.floor(i / columns) * (h + gap), w, h },
    })),
    cells: [],
  };
}

function place(laid: { tiles: Tile[]; chips: Chip[]; cells: BoxCell[] }, block: Block, x: number, y: number): void {
  const { title, w, h } = block;
  if (title !== undefined) laid.tiles.push({ title, box: { x, y, w, h } });
  for (const { place, box } of block.chips)
    laid.chips.push({ place, box: { ...box, x: Math.round(x + box.x), y: Math.round(y + box.y) } });
  for (const cell of block.cells) laid.cells.push({ ...cell, x: x + cell.x, y: y + cell.y });
}

/** Space below bands whose places have sessions with each other. */
function arcsIn({ places, links = [] }: Drawn, dense: readonly PictureLink[]): ReadonlyMap<Band, number> {
  const found = new Map<Band, number>();
  const isDense = new Set(dense);
  for (const link of links) {
    const { band } = places[link.a];
    if (band === places[link.b].band) found.set(band, Math.max(found.get(band) ?? 0, isDense.has(link) ? 8 : 40));
  }
  return found;
}
