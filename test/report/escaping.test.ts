import fc from 'fast-check';
import { printableLines } from '../../lib/model/printable';
import { markdownOf } from '../../lib/report/markdown';
import { markup } from '../../lib/report/markup';
import type { Report } from '../../lib/report/report';
import { pageOf, racksChange } from './changes';

/** What this program writes itself, and which decides what is drawn. */
const KEPT = new Set(['level', 'mark', 'gravest', 'band', 'change', 'fate', 'loses', 'rack', 'during']);

/** A report in which others wrote every text but titles of parts and sentences of numbers. */
function hostile(report: Report, text: string): Report {
  const all: Report = JSON.parse(JSON.stringify(report), (key, value) =>
    typeof value === 'string' && !KEPT.has(key) ? text : value,
  );
  const sections = all.sections.map((section, i) => ({ ...section, title: report.sections[i].title }));
  const { sentences } = report.verdict;
  return { ...all, sections, verdict: { ...all.verdict, sentences } };
}

const tags = (page: string) => [...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([tag]) => tag);

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '`',
      '\n',
      '\u202e',
      '\ud800',
      '-',
      '[',
      ']',
      '(',
      ')',
      '%',
      '{',
      '}',
      ';',
      '#',
      '|',
      'a',
      ' ',
    ),
    maxLength: 60,
  }),
  fc.constantFrom(
    ...[
      '</style><script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '`](javascript:alert(1))`',
      '--><script>',
      ']]>',
    ],
    ...[
      '%%{init: {"securityLevel": "loose"}}%%',
      '"]\n  click c0 "javascript:alert(1)"',
      '```\n# no',
      '@somebody #1 https://example.com',
      '&lt;b&gt;',
    ],
  ),
);

describe('what others wrote in a report', () => {
  const report = racksChange();
  const plain = hostile(report, 'a');

  test('is text in the page and in the picture: no tag of it, and nothing unseen', () => {
    const wanted = tags(pageOf(plain));
    fc.assert(
      fc.property(texts, (text) => {
        const page = pageOf(hostile(report, text));
        expect(tags(page)).toEqual(wanted);
        expect(printableLines(page)).toBe(page);
      }),
      { numRuns: 60 },
    );
  });

  test('stands in Markdown only in code spans, and in Mermaid only as letters and numbers', () => {
    const skeleton = (markdown: string) => markdown.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '`');
    const parts = (markdown: string) => {
      const [head, rest] = markdown.split('```mermaid\n');
      const [mermaid, tail] = rest.split('\n```\n');
      return { outside: skeleton(head + tail), mermaid: mermaid.split('\n') };
    };
    const wanted = parts(markdownOf([plain]));
    fc.assert(
      fc.property(texts, (text) => {
        const found = parts(markdownOf([hostile(report, text)]));
        expect(found.outside.replace(/ {2,}/g, ' ')).toBe(wanted.outside.replace(/ {2,}/g, ' '));
        expect(found.mermaid).toHaveLength(wanted.mermaid.length);
        for (const line of found.mermaid)
          expect(line).toMatch(
            /^(flowchart TB| {2}c\d+\(?\[?"?[\p{L}\p{N} ._#;<>/,-]*"?\]?\)?| {2}c\d+ ---\|"[\d,]+ [a-z ]+"\| c\d+| {2}(linkStyle|style) [\w ]+ stroke:[#\w:,. -]+)$/u,
          );
      }),
      { numRuns: 60 },
    );
  });

  test('is never markup, whatever it is called', () => {
    expect(markup`<b title="${'"<'}">${'<i>'}${markup`<i>${1}</i>`}${[markup`<u></u>`, undefined]}</b>`.text).toBe(
      '<b title="&quot;&lt;">&lt;i&gt;<i>1</i><u></u></b>',
    );
    expect(markup`${'\ufffe\u0000\u202e&'}`.text).toBe('\ufffd\\u0000\\u202e&amp;');
  });
});
