import type { Place } from './place';

/** Average character widths, since the font is not known here. */
export const FONT = { name: 7.9, detail: 6.3, small: 6.6 };

const LONGEST = 24;

/** Text shortened to fit in a chip; the title has all of it. */
export const shortened = (text: string, most = LONGEST): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** Common size of the chips of a band. */
export function chipSize(places: readonly Place[]): { readonly w: number; readonly h: number } {
  const widest = Math.max(
    ...places.map(({ name, detail }) =>
      Math.max(shortened(name).length * FONT.name, shortened(detail).length * FONT.detail),
    ),
  );
  return { w: Math.round(Math.max(92, widest + 26)), h: 46 };
}
