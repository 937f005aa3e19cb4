import type { Block } from './boxes';
import { FONT, shortened } from './chips';
import type { Place } from './place';

/** A band with more places than this is drawn as cells, without sessions. */
export const MOST_CHIPS = 12;

/** Cells in a frame, about twice as wide as high. */
export function cellsOf(name: string, places: readonly Place[], side: number): Block {
  const pitch = side + 3;
  const [top, edge] = [22, 8];
  const title = shortened(name, 20);
  const columns = Math.min(90, Math.max(6, Math.ceil(Math.sqrt(places.length * 2.2))));
  return {
    title,
    w: Math.max(columns * pitch - 3 + 2 * edge, Math.ceil(title.length * FONT.small + 2 * edge)),
    h: top + Math.ceil(places.length / columns) * pitch - 3 + edge,
    chips: [],
    cells: places.map((place, i) => ({
      place,
      x: edge + (i % columns) * pitch,
      y: top + Math.floor(i / columns) * pitch,
    })),
  };
}
