import { printable } from '../model/printable';

/**
 * HTML or SVG whose tags are those of this program. Only {@link markup} and {@link own} make one, so that what others
 * wrote is never more than text in it.
 */
export class Markup {
  private constructor(readonly text: string) {}

  /** What this program wrote and nobody else had a hand in: a style sheet, the path of a shape. */
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
 * Foreign text as it may stand in an element or in an attribute: nothing unseen, no tag, and no character that XML does
 * not allow.
 */
const escaped = (text: string): string =>
  printable(text)
    .replace(/[&<>"']/g, (found) => ENTITIES[found])
    .replace(/[\ufffe\uffff]/g, '\ufffd');

/** What may stand in a template: text, no matter who wrote it, or markup. */
type Part = string | number | undefined | Markup | readonly (Markup | undefined)[];

/**
 * Markup as a tagged template: words become text, markup stands as it is, one after another where there are several.
 */
export const markup = (parts: TemplateStringsArray, ...words: readonly Part[]): Markup =>
  Markup.own(parts.reduce((all, part, i) => `${all}${textOf(words[i - 1])}${part}`));

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escaped(String(part));
}
