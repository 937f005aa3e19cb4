import { execFileSync } from 'node:child_process';
import { below, prose, ROOT } from './pages';

const strings = execFileSync(process.execPath, ['scripts/strings.mjs'], {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: 1 << 24,
}).split('\n');

/** What came back again and again, and what docs/style.md has instead. */
const BANNED: readonly [words: string, pattern: RegExp][] = [
  ['is no …', /\b(is|are) no (?!longer\b|other\b|exception\b)/],
  ['stands beside, stands without', /\bstands? (beside|without|there|here)\b/],
  ['both there', /\bboth there\b/],
  ['absent', /\b(absent:|if absent\b)/i],
  ['goes back', /\b(goes|go|went) back\b/],
  ['returns by itself', /\breturns? by (itself|themselves)\b/],
  ['let go of', /\blets? go of\b/],
  ['by way of', /\bby way of\b/],
  ['neighbours outside', /\bneighbours outside\b(?! the fabric)/],
  ['is told of, hears of', /\b(told|tells?|hears?|heard) of\b/],
  ['one another', /\bone another\b/],
  ['for ever', /\bfor (ever|good)\b/],
  ["can't", /\bcan't\b/],
  ['write a truth value, a text', /\b(truth value|is no text)\b/],
];

/** What texts of `lib/` say here and there, as a part of something else, and pages have no reason to. */
const BANNED_IN_PAGES: typeof BANNED = [
  ...BANNED,
  ['is told', /\b(is|are) told\b/],
  ['goes round (a node)', /\b(go|goes|gone) round\b/],
  ['whoever', /\bwhoever\b/i],
  ['comes to rest', /\bcomes? to rest\b/],
  ['the former, the one before', /\bthe (former|one before|version before)\b/],
  ['mend', /\bmend(s|ed)?\b/],
  ['does not answer', /\b(does|do) not answer\b/],
];
/** `there is no node n9` is as anybody says it. */
const sentence = (line: string): string => line.replace(/\b(there|which) (is|are) no\b/gi, '');

test.each(BANNED)('no text that reaches people says "%s" (docs/style.md)', (_, pattern) => {
  expect(strings.length).toBeGreaterThan(1000);
  expect(strings.filter((line) => pattern.test(sentence(line.split('\t')[1] ?? '')))).toEqual([]);
});

/** All but the page of words itself. */
const pages = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...below('docs', '.md'), ...below('docs', '.svg')],
  ...['bench', 'examples', 'templates'].flatMap((folder) => below(folder, '.md')),
].filter((page) => !/docs\/style\.md$|node_modules/.test(page));

/**
 * The sentences of a page, one a line, without what it quotes as code, where its links lead, and, in a report of
 * `npm run test:long`, what was run.
 */
const sentencesOf = (page: string): string[] =>
  prose(page)
    .replace(page.includes('campaign-') ? /^- .*$/gm : '', '')
    .replace(/`[^`]*`/g, '`…`')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/\s+/g, ' ')
    .split(/(?<=[.:;|]) /);

test.each(BANNED_IN_PAGES)('no page says "%s" (docs/style.md)', (_, pattern) => {
  expect(pages.length).toBeGreaterThan(40);
  const found = pages.flatMap((page) =>
    sentencesOf(page).flatMap((text) => (pattern.test(sentence(text)) ? [`${page}: ${text}`] : [])),
  );
  expect(found).toEqual([]);
});
