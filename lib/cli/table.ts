import { bandsOf } from './columns';
import { PLAIN, type Screen } from './screen';
import { type Cell, lines, rowText, shownCell, type Text } from './terminal';

/** Columns that stand below others begin here. */
const INDENT = 4;

/**
 * Lays rows out under their headings, columns two blanks apart; whatever stands in a cell stays in it. Where the screen
 * is narrower than they are, the last columns stand below the first, headings and cells alike, and long cells wrap.
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
