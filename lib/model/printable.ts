// What neighbours, agents, files and states say is shown to people: here it becomes text that is what it looks like.

/**
 * What a terminal, a log or a page may take for something else than a character to be seen: controls (C0, DEL, C1),
 * what turns the direction of text, line and paragraph separators, what has no width, and halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');
/** The same without the newline. */
const ALL_BUT_NEWLINE = new RegExp(`(?!\\n)${UNSEEN.source}`, 'gu');

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** As JSON, JavaScript and many others write it: `\u009b`, what is beyond the basic plane in two. */
const asUnits = (text: string): string =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

const escaped = (text: string): string => SHORT[text] ?? asUnits(text);

/** Maximum number of characters of a text that somebody else wrote and that people read. */
const MOST = 1000;

/**
 * Foreign text as one line to be read: what is not seen is escaped (`\n`, `\u009b`), and what is too long is cut, with
 * a mark that says how much.
 */
export function printable(text: string, most = MOST): string {
  const cut = text.length <= most ? text : wholeUpTo(text, most);
  const shown = UNSEEN.test(cut) ? cut.replace(ALL_UNSEEN, escaped) : cut;
  return cut === text ? shown : `${shown}… (${text.length - cut.length} more characters)`;
}

/** Text of several lines: newlines stay, all else is as {@link printable} has it, and nothing is cut. */
export const printableLines = (text: string): string =>
  UNSEEN.test(text) ? text.replace(ALL_BUT_NEWLINE, escaped) : text;

/**
 * JSON that says the same and holds nothing unseen but the newlines of its layout: `\u009b` for what `JSON.stringify`
 * leaves as it is.
 */
export const printableJson = (json: string): string =>
  UNSEEN.test(json) ? json.replace(ALL_BUT_NEWLINE, asUnits) : json;

/**
 * Foreign text in Markdown, outside of tables: a code span, in which nothing is a link, a mention, HTML or a reference.
 */
export function codeSpan(text: string): string {
  const shown = printable(text);
  const ticks = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(ticks + 1);
  return ticks > 0 || shown.trim() !== shown || shown === ''
    ? `${fence} ${shown} ${fence}`
    : `${fence}${shown}${fence}`;
}

/** The first characters, without half of a pair at the end. */
function wholeUpTo(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}
