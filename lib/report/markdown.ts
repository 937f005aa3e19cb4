import { codeSpan } from '../model/printable';
import type { Comparison } from '../preview/observed/comparison';
import { comparisonSections } from '../preview/observed/sections';
import type { ChangedObject } from './changed-objects';
import { mermaidOf } from './mermaid';
import type { Report } from './report';
import { DEFAULT_GATE } from './rollout';
import { LEVELS } from './verdict';

/** Marker by which automation finds its own comment. */
const MARKER = '<!-- peerform report -->';

/** Maximum size in octets: a GitHub comment holds 64 kB. */
const MOST_OCTETS = 60_000;

/** Maximum number of lines of each part; the first value with which everything fits is used. */
const LINES = [20, 10, 5, 2, 1];
/** Maximum number of characters of a line. */
const LONGEST = [600, 400, 250, 160];

const octets = (text: string): number => new TextEncoder().encode(text).length;

/** Reports of a change for a pull request: verdicts first, collapsible details below. */
export function markdownOf(reports: readonly Report[]): string {
  const rendered = (most: number, longest: number, isDrawn: boolean) =>
    `${MARKER}\n${reports.map((report) => oneOf(report, most, longest, isDrawn)).join('\n')}`;
  if (!fits(rendered(LINES.at(-1)!, LONGEST.at(-1)!, false))) return headsOf(reports);
  const drawn = fitting((most, longest) => rendered(most, longest, true));
  return drawn ?? fitting((most, longest) => rendered(most, longest, false)) ?? headsOf(reports);
}

const fits = (text: string): boolean => octets(text) <= MOST_OCTETS;

/** The first of increasingly short renderings that fits. */
function fitting(rendered: (most: number, longest: number) => string, lines = LINES): string | undefined {
  for (const longest of LONGEST)
    for (const most of lines) {
      const text = rendered(most, longest);
      if (fits(text)) return text;
    }
  return undefined;
}

/** With very many fabrics, only the verdict of the first ones. */
function headsOf(reports: readonly Report[]): string {
  const shown = reports.slice(0, MOST_HEADS);
  const more = reports.length > shown.length ? [`and ${reports.length - shown.length} more fabrics`, ''] : [];
  return [MARKER, ...shown.map((report) => `${headOf(report, 160)}\n`), ...more].join('\n');
}

/** This many always fit, whatever their names. */
const MOST_HEADS = 40;

interface Part {
  readonly title: string;
  readonly lines: readonly string[];
  readonly isGrave?: boolean;
}

const clipped = (text: string, longest: number): string => {
  const points = Array.from(text.slice(0, 2 * longest));
  return points.length <= longest && text.length <= 2 * longest ? text : `${points.slice(0, longest).join('')}…`;
};

const headOf = ({ fabric, verdict }: Report, longest: number): string =>
  `### Fabric ${codeSpan(clipped(fabric, 100))}\n\n**${LEVELS[verdict.level]}:** **${codeSpan(clipped(verdict.line, longest))}**`;

function oneOf(report: Report, most: number, longest: number, isDrawn: boolean): string {
  const parts: Part[] = [
    { title: 'What the code changes', lines: report.objects.map(objectLine) },
    ...report.sections,
    { title: 'Waves and their gates', lines: gateLines(report) },
    { title: 'How outside neighbours keep the loss least', lines: wayLines(report) },
    ...(report.observed ? comparisonSections(report.observed) : []),
  ].filter(({ lines }) => lines.length > 0);
  return [
    headOf(report, Math.max(longest, 1000)),
    '',
    ...report.verdict.sentences.map((sentence) => `- ${sentence}`),
    ...(report.observed ? ['', observedHead(report.observed, Math.max(longest, 1000))] : []),
    ...(isDrawn ? ['', mermaidOf(report.picture)] : []),
    ...parts.flatMap(({ title, lines, isGrave }) => [
      '',
      `<details${isGrave ? ' open' : ''}><summary>${title}</summary>`,
      '',
      ...itemsOf(lines, most, longest),
      '',
      '</details>',
    ]),
    '',
  ].join('\n');
}

/** The first lines as a list. */
const itemsOf = (lines: readonly string[], most: number, longest: number): string[] => [
  ...lines.slice(0, most).map((line) => `- ${codeSpan(clipped(line, longest))}`),
  ...(lines.length > most ? [`- and ${lines.length - most} more`] : []),
];

const observedHead = ({ activation, line }: Comparison, longest: number): string =>
  `**Observed**, activation ${activation}: **${codeSpan(clipped(line, longest))}**`;

/** Comparison of a deploy with the prediction, on its own. */
export function observedMarkdown(observed: Comparison): string {
  const rendered = (most: number, longest: number) =>
    [
      observedHead(observed, 1000),
      ...comparisonSections(observed).flatMap(({ title, lines }) => [
        ...['', `#### ${title}`, ''],
        ...itemsOf(lines, most, longest),
      ]),
      '',
    ].join('\n');
  return fitting(rendered, [100, ...LINES]) ?? rendered(1, LONGEST.at(-1)!);
}

function objectLine({ path, change, fields, place }: ChangedObject): string {
  const shown = fields.slice(0, 4).map(({ field, before, after }) => {
    const value = before === undefined ? after : after === undefined ? `${before} removed` : `${before} → ${after}`;
    return `${field} ${value}`;
  });
  const more = fields.length > 4 ? ` and ${fields.length - 4} more fields` : '';
  return `${path === '' ? 'the fabric' : path} ${change}${place === undefined ? '' : ` in ${place}`}${shown.length > 0 ? `: ${shown.join('; ')}${more}` : ''}`;
}

const gateLines = ({ steps }: Report): string[] =>
  steps.map(({ wave, nodes, gate, demands }) => {
    const time = `at most ${gate ?? DEFAULT_GATE} s${gate === undefined ? ' (default)' : ''}`;
    const asks = demands.length === 0 ? '' : `; ${demands.join('; ')}`;
    return `wave ${wave}: ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}, ${time}${asks}`;
  });

const wayLines = ({ steps }: Report): string[] => [
  ...new Set(steps.flatMap(({ wave, duties }) => duties.map(({ way }) => `wave ${wave}: ${way}`))),
];
