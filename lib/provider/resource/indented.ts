import { firstLines } from '../../preview/words';

/** The first of several lines, indented for a diagnostic. */
export const indented = (all: readonly string[]): string =>
  firstLines(all)
    .map((line) => `\n  ${line}`)
    .join('');
