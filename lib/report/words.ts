/** A number with separators: `12,497,500`. */
export const grouped = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

/** One prefix missing on one node for one second counts as 1; permanent losses are left out. */
export const prefixSeconds = (gaps: readonly { readonly from: number; readonly to?: number }[]): number =>
  gaps.reduce((sum, { from, to }) => sum + (to === undefined ? 0 : to - from), 0) / 1000;

/** Seconds as text: `0.004`, `2.5`, `31`. */
export const secondsText = (seconds: number): string =>
  seconds >= 100 ? grouped(Math.round(seconds)) : String(Number(seconds.toFixed(seconds >= 10 ? 1 : 3)));
