import type { Place } from './place';

/** Widths of characters, on average: no font is known here. */
export const FONT = { name: 7.9, detail: 6.3, small: 6.6 };

const LONGEST = 24;

/** A text that has room in a chip; the rest stands in its title. */
export const shortened = (text: string, most = LONGEST): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** The size of the chips of a band, all alike. */
export function chipSize(places: readonly Place[]): { readonly w: number; readonly h: number } {
  const widest = Math.max(
    ...places.map(({ name, detail }) =>
      Math.max(shortened(name).length * FONT.name, shortened(detail).length * FONT.detail),
    ),
  );
  return { w: Math.round(Math.max(92, widest + 26)), h: 46 };
}
