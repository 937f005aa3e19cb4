// Text from neighbours, agents, files and state is untrusted: escape it before it is shown.

/**
 * Characters that a terminal, log or page may interpret or not display: control characters (C0, DEL, C1), bidirectional
 * controls, line and paragraph separators, zero-width characters, and unpaired surrogates.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');
/** The same without the newline. */
const ALL_BUT_NEWLINE = new RegExp(`(?!\\n)${UNSEEN.source}`, 'gu');

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Escapes as in JSON and JavaScript: `\u009b`, and a surrogate pair beyond the basic plane. */
const asUnits = (text: string): string =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

const escaped = (text: string): string => SHORT[text] ?? asUnits(text);

/** Maximum number of characters of untrusted text that is shown. */
const MOST = 1000;

/**
 * Untrusted text as a single line: invisible characters are escaped (`\n`, `\u009b`), and long text is cut, with a mark
 * that says how much is missing.
 */
export function printable(text: string, most = MOST): string {
  const cut = text.length <= most ? text : wholeUpTo(text, most);
  const shown = UNSEEN.test(cut) ? cut.replace(ALL_UNSEEN, escaped) : cut;
  return cut === text ? shown : `${shown}… (${text.length - cut.length} more characters)`;
}

/** Untrusted text of several lines: keeps newlines, otherwise escapes like {@link printable}, and cuts nothing. */
export const printableLines = (text: string): string =>
  UNSEEN.test(text) ? text.replace(ALL_BUT_NEWLINE, escaped) : text;

/**
 * Equivalent JSON without invisible characters except the newlines of its layout: `\u009b` for characters that
 * `JSON.stringify` does not escape.
 */
export const printableJson = (json: string): string =>
  UNSEEN.test(json) ? json.replace(ALL_BUT_NEWLINE, asUnits) : json;

/**
 * Untrusted text in Markdown, outside tables: a code span, in which links, mentions, HTML and references have no
 * effect.
 */
export function codeSpan(text: string): string {
  const shown = printable(text);
  const ticks = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(ticks + 1);
  return ticks > 0 || shown.trim() !== shown || shown === ''
    ? `${fence} ${shown} ${fence}`
    : `${fence}${shown}${fence}`;
}

/** The first characters, never ending in half of a surrogate pair. */
function wholeUpTo(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}
