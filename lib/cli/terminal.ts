import { once } from 'node:events';
import { onPipeClosed } from '../kernel/system/closed-pipe';
import { printable, printableJson, printableLines } from '../model/printable';
import { folded, wrapped } from './columns';
import { type Screen, screenOf } from './screen';

declare const checked: unique symbol;

/**
 * Text that may go to a terminal: its lines are those of this program, and what others wrote in it is printable. Only
 * the functions of this file and of `table.ts` make one, and only such a text can be printed: anyone who forgets that a
 * name is an agent's word is told by the compiler.
 */
export type Text = string & { readonly [checked]: true };

/**
 * What may stand in {@link line}, no matter who wrote it. A {@link Text} may be of several lines, and is joined by
 * {@link lines}.
 */
type Word = (string & { readonly [checked]?: never }) | number | undefined;

const trusted = (text: string): Text => text as Text;

/** One line, as a tagged template: what is put into it is made printable, and is cut where it is too long. */
export function line(parts: TemplateStringsArray, ...words: readonly Word[]): Text {
  return trusted(parts.reduce((text, part, i) => `${text}${printable(String(words[i - 1] ?? ''))}${part}`));
}

/** Texts one under the other; what is undefined is left out. */
export const lines = (...texts: readonly (Text | undefined)[]): Text =>
  trusted(texts.filter((text) => text !== undefined).join('\n'));

/**
 * A text that this program made as a whole: a page, a report, a message of several lines. Its newlines stay; nothing
 * else in it is left unseen.
 */
export const ownText = (text: string): Text => trusted(printableLines(text));

/** Data for programs: JSON, on one line or laid out. */
export const jsonText = (data: unknown, indent?: number): Text =>
  trusted(printableJson(JSON.stringify(data, null, indent)));

/** What takes a style on and off again. */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;
type Style = keyof typeof STYLES;

const ESCAPE = '\u001b';
const code = (number: number): string => `${ESCAPE}[${number}m`;
/** The only controls that are ever printed. Words of others have lost theirs before. */
const CODES = new RegExp(`(${ESCAPE}\\[(?:${[...new Set(Object.values(STYLES).flat())].join('|')})m)`);

/** A text in a style, where the screen has colour. */
export const styled = (style: Style | undefined, text: Text, { hasColour }: Screen): Text =>
  hasColour && style && text !== '' ? trusted(`${code(STYLES[style][0])}${text}${code(STYLES[style][1])}`) : text;

/** What is in a row under a heading. */
export type Cell = string | { readonly text: string; readonly style?: Style };

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

/** A cell as it is shown, but for its style. */
export const shownCell = (cell: Cell): string => printable(textOf(cell));

/** What is around and between the cells of a row. */
interface Frame {
  readonly left: string;
  readonly between: string;
  readonly right: string;
}
const OPEN: Frame = { left: '', between: '  ', right: '' };

/**
 * Cells of a row, each as wide as its column; one that is longer pushes the others on or, where the screen has columns,
 * wraps.
 */
export function rowText(cells: readonly Cell[], widths: readonly number[], screen: Screen, frame = OPEN): Text {
  const parts = cells.map((cell, i) =>
    screen.columns === undefined ? [shownCell(cell)] : wrapped(shownCell(cell), widths[i]),
  );
  const height = Math.max(...parts.map(({ length }) => length));
  const rows = Array.from({ length: height }, (_, y) => {
    const last = frame.right === '' ? parts.findLastIndex((part) => (part[y] ?? '') !== '') : cells.length - 1;
    const shownCells = cells.slice(0, last + 1).map((cell, i) => {
      const text = trusted(parts[i][y] ?? '');
      const blanks = i < last || frame.right !== '' ? Math.max(0, widths[i] - text.length) : 0;
      return styled(typeof cell === 'string' ? undefined : cell.style, text, screen) + ' '.repeat(blanks);
    });
    return frame.left + shownCells.join(frame.between) + frame.right;
  });
  return trusted(rows.join('\n'));
}

/** A line that is longer than the screen continues in further ones, `indent` to the right. */
export const foldedLine = (text: Text, { columns }: Screen, indent: number): Text =>
  trusted(folded(text, columns, indent));

/**
 * Lines that are longer than the screen go on in further ones, a little to the right of where each began; those with
 * styles are as they should be.
 */
export const foldedLines = (text: Text, screen: Screen): Text =>
  trusted(
    text
      .split('\n')
      .map((one) => (one.includes(ESCAPE) ? one : foldedLine(trusted(one), screen, one.search(/\S|$/) + 2)))
      .join('\n'),
  );

/**
 * Prints lines one after another as they come, as fast as their reader takes them; ends when all are printed, or the
 * process when its reader is gone: the next line may be hours away.
 */
export async function printAll(texts: AsyncIterable<Text>): Promise<void> {
  onPipeClosed(1, () => process.stdout.destroy(Object.assign(new Error('the reader is gone'), { code: 'EPIPE' })));
  for await (const text of texts) if (!print(text)) await once(process.stdout, 'drain');
}

/** Standard input and output as octets, for programs that speak a protocol over them: nothing is looked at. */
export const octetStreams = (): { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream } => ({
  input: process.stdin,
  output: process.stdout,
});

/** A reader that closes the pipe early has what it wanted. `end` receives whether that is all that went wrong. */
export function onReaderGone(end: (isGone: boolean) => void): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => end(code === 'EPIPE'));
}

/** What standard output is shown on. */
export const ownScreen = (): Screen => screenOf(process.stdout, process.env);

/**
 * A page of this program's own with its styles in it, such as a help text; nothing of what others said stands in it.
 */
export const ownPage = (text: string): Text => trusted(shown(text));

/** Prints lines on standard output, the last one with its end; false where its reader is to be waited for. */
export const print = (text: Text): boolean => process.stdout.write(ended(text));

/** Prints lines on standard error. */
export const printError = (text: Text): boolean => process.stderr.write(ended(text));

const ended = (text: Text): string => shown(text.endsWith('\n') ? text : `${text}\n`);

/** Nothing unseen but newlines and styles. */
const shown = (text: string): string =>
  text.includes(ESCAPE)
    ? text
        .split(CODES)
        .map((part, i) => (i % 2 === 1 ? part : printableLines(part)))
        .join('')
    : printableLines(text);
