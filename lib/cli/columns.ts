/** Spaces between columns. */
const GAP = 2;
/** Wider columns wrap and count as this wide. */
const WRAPS_AT = 30;

type Rows = readonly (readonly string[])[];

/** A range of adjacent columns and their widths. */
interface Band {
  readonly from: number;
  readonly to: number;
  readonly widths: readonly number[];
}

/**
 * Places columns next to each other as far as they fit; the remaining ones go below, indented by `indent`. Words are
 * not broken unless longer than a line.
 */
export function bandsOf(rows: Rows, room = Number.POSITIVE_INFINITY, indent = 0): Band[] {
  const wanted = widest(rows, (cell) => cell.length);
  if (total(wanted) <= room) return [{ from: 0, to: wanted.length, widths: wanted }];
  const words = widest(rows, longestWord);
  const least = wanted.map((width, i) => Math.max(words[i], Math.min(width, WRAPS_AT)));
  const bands: Band[] = [];
  for (let from = 0, to = 1; from < wanted.length; from = to, to++) {
    const left = room - (from === 0 ? 0 : indent);
    while (to < wanted.length && total(least.slice(from, to + 1)) <= left) to++;
    bands.push({
      from,
      to,
      widths: widthsOf(
        rows.map((row) => row.slice(from, to)),
        left,
      ),
    });
  }
  return bands;
}

/** Column widths: the widest cell or, if they exceed `room`, narrower so that cells wrap, if possible between words. */
export function widthsOf(rows: Rows, room = Number.POSITIVE_INFINITY, gap = GAP): number[] {
  const wanted = widest(rows, (cell) => cell.length);
  const words = widest(rows, longestWord);
  if (total(wanted, gap) <= room) return wanted;
  return total(words, gap) <= room
    ? shared(words, wanted, room, gap)
    : shared(
        wanted.map(() => 1),
        words,
        room,
        gap,
      );
}

/** Widths between the minimum and preferred ones that fit the room: the widest shrink first. */
function shared(least: readonly number[], wanted: readonly number[], room: number, gap: number): number[] {
  const widths = [...wanted];
  for (let over = total(widths, gap) - room; over > 0; over--) {
    const spare = widths.map((width, i) => (width > least[i] ? width : 0));
    const most = Math.max(...spare);
    if (most === 0) break;
    widths[spare.indexOf(most)]--;
  }
  return widths;
}

const widest = (rows: Rows, of: (cell: string) => number): number[] =>
  (rows[0] ?? []).map((_, i) => rows.reduce((most, row) => Math.max(most, of(row[i])), 0));

const longestWord = (text: string): number => Math.max(...text.split(' ').map(({ length }) => length));

const total = (widths: readonly number[], gap = GAP): number =>
  widths.reduce((all, one) => all + one, 0) + gap * (widths.length - 1);

/** Wraps a cell to lines of a given width: at spaces, or within longer words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    lines.push(rest.slice(0, blank > 0 ? blank : width));
    rest = rest.slice(blank > 0 ? blank + 1 : width);
  }
  return [...lines, rest];
}

/** Wraps a line; continuation lines are indented by `indent`. */
export function folded(line: string, room: number | undefined, indent: number): string {
  if (room === undefined || line.length <= room) return line;
  const blank = line.lastIndexOf(' ', room);
  const at = blank > indent ? blank : room;
  const rest = wrapped(line.slice(at).trim(), room - indent);
  return [line.slice(0, at).trimEnd(), ...rest.map((part) => ' '.repeat(indent) + part)].join('\n');
}
