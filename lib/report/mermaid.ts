import { printable } from '../model/printable';
import type { ClassLink, PlaceClass } from './picture/classes';
import { MARK_WORDS, MARKS, type Mark } from './picture/marks';
import type { Picture } from './picture/picture';
import { grouped } from './words';

/** Maximum number of lines between classes; unchanged ones are left out first. */
const MOST_LINES = 120;

/** Line styles, legible on white and black. */
const STYLES: Readonly<Record<Mark, string>> = {
  removed: 'stroke:#d1242f,stroke-width:2px,stroke-dasharray:2 4',
  reset: 'stroke:#bc6c00,stroke-width:2px,stroke-dasharray:8 4',
  added: 'stroke:#1a8f50,stroke-width:3px',
  retuned: 'stroke:#2f74d0,stroke-width:2px,stroke-dasharray:1 4',
  kept: 'stroke:#8796a5,stroke-width:1px',
};

/** Picture of classes for GitHub and GitLab: racks, reflectors, outside neighbours. */
export function mermaidOf({ classes: { classes, links } }: Picture): string {
  const drawn = links
    .filter(({ a, b }) => a !== b)
    .sort((one, other) => MARKS.indexOf(one.mark) - MARKS.indexOf(other.mark))
    .slice(0, MOST_LINES);
  return [
    '```mermaid',
    'flowchart TB',
    ...classes.map(
      (one, i) =>
        `  c${i}${boxOf(
          one,
          links.filter(({ a, b }) => a === i && b === i),
        )}`,
    ),
    ...drawn.map(({ a, b, mark, sessions }) => `  c${a} ---|"${grouped(sessions)} ${MARK_WORDS[mark]}"| c${b}`),
    ...drawn.map(({ mark }, i) => `  linkStyle ${i} ${STYLES[mark]}`),
    ...(['added', 'removed'] as const).flatMap((mark) => {
      const own = classes.flatMap((one, i) => (one.mark === mark ? [`c${i}`] : []));
      return own.length > 0
        ? [`  style ${own.join(`\n  style `).replaceAll('\n', ` ${STYLES[mark]}\n`)} ${STYLES[mark]}`]
        : [];
    }),
    '```',
  ].join('\n');
}

/** Outside neighbours are round, nodes are square. */
function boxOf({ title, band, number }: PlaceClass, within: readonly ClassLink[]): string {
  const what = band === 'outside' || band === 'top' ? 'neighbours' : 'nodes';
  const text = [
    ofMermaid(title.length > 40 ? `${title.slice(0, 39)}…` : title),
    ...(number > 1 || band === 'racks' ? [`${grouped(number)} ${number === 1 ? what.slice(0, -1) : what}`] : []),
    ...within.map(({ mark, sessions }) => `${grouped(sessions)} ${MARK_WORDS[mark]} among them`),
  ].join('<br/>');
  return band === 'outside' || band === 'top' ? `(["${text}"])` : `["${text}"]`;
}

/** Untrusted text in a label: characters with a meaning in Mermaid are written as entity codes. */
const ofMermaid = (text: string): string =>
  Array.from(printable(text), (one) => (/[\p{L}\p{N} ._-]/u.test(one) ? one : `#${one.codePointAt(0)};`)).join('');
