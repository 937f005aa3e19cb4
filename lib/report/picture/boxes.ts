import type { Place } from './place';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A place with its name. */
export interface Chip {
  readonly place: Place;
  readonly box: Box;
}

/** A frame around the nodes of a rack, or around those without one. */
export interface Tile {
  readonly title: string;
  readonly box: Box;
}

/** A place without its name. */
export interface BoxCell {
  readonly place: Place;
  readonly x: number;
  readonly y: number;
}

/** A frame and its contents, relative to its corner. */
export interface Block {
  readonly w: number;
  readonly h: number;
  readonly title?: string;
  readonly chips: readonly Chip[];
  readonly cells: readonly BoxCell[];
}
