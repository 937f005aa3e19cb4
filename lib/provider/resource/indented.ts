import { firstLines } from '../../preview/words';

/** The first lines of many, under a sentence of a diagnostic. */
export const indented = (all: readonly string[]): string =>
  firstLines(all)
    .map((line) => `\n  ${line}`)
    .join('');
