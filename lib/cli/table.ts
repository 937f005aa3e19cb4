import { bandsOf } from './columns';
import { PLAIN, type Screen } from './screen';
import { type Cell, lines, rowText, shownCell, type Text } from './terminal';

/** Indentation of columns placed below others. */
const INDENT = 4;

/**
 * Lays out rows under headings with two spaces between columns, and escapes cells. If the screen is too narrow, the
 * last columns go below the first, both headings and cells, and long cells wrap.
 */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[], screen: Screen = PLAIN): Text {
  const all = [headings.map((text): Cell => ({ text, style: 'bold' })), ...rows];
  const bands = bandsOf(
    all.map((row) => row.map(shownCell)),
    screen.columns,
    INDENT,
  );
  const frameOf = (from: number) => ({ left: ' '.repeat(from === 0 ? 0 : INDENT), between: '  ', right: '' });
  return lines(
    ...all.flatMap((row) =>
      bands.flatMap(({ from, to, widths }) => {
        const cells = row.slice(from, to);
        const isEmpty = cells.every((cell) => shownCell(cell) === '');
        return isEmpty && from > 0 ? [] : [rowText(cells, widths, screen, frameOf(from))];
      }),
    ),
  );
}
