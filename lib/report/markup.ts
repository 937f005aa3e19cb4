import { printable } from '../model/printable';

/**
 * HTML or SVG whose tags all come from this program. Created only by {@link markup} and {@link own}, so that untrusted
 * text is always escaped.
 */
export class Markup {
  private constructor(readonly text: string) {}

  /** Trusted text from this program: a style sheet, the path of a shape. */
  static own(text: string): Markup {
    return new Markup(text);
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Untrusted text for use in elements and attributes: no invisible characters, no tags, and no characters that XML
 * forbids.
 */
const escaped = (text: string): string =>
  printable(text)
    .replace(/[&<>"']/g, (found) => ENTITIES[found])
    .replace(/[\ufffe\uffff]/g, '\ufffd');

/** Value in a template: text, which is escaped, or markup. */
type Part = string | number | undefined | Markup | readonly (Markup | undefined)[];

/** Tagged template for markup: strings are escaped, markup is inserted as it is, and lists are concatenated. */
export const markup = (parts: TemplateStringsArray, ...words: readonly Part[]): Markup =>
  Markup.own(parts.reduce((all, part, i) => `${all}${textOf(words[i - 1])}${part}`));

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escaped(String(part));
}
