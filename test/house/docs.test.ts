import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { below, prose, ROOT, read } from './pages';

const pages = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...['docs', 'bench', 'examples']
    .flatMap((folder) => below(folder, '.md'))
    .filter((page) => !/node_modules/.test(page)),
];
const { files } = JSON.parse(read('package.json')) as { files: string[] };

/**
 * The anchors of headings, as GitHub makes them: letters of any script, digits, `_` and `-`; a second one of a name
 * gets a number.
 */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
      const anchor = heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

const linksOf = (page: string): string[] =>
  [...prose(page).matchAll(/(?<!`)\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !/^[a-z]+:/.test(link));

test.each(pages)('every link of %s leads somewhere', (page) => {
  const lost = linksOf(page).filter((link) => {
    const [path, anchor] = link.split('#');
    const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
    return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).has(anchor));
  });
  expect(lost).toEqual([]);
});

test('README fits on a few screens, and what it shows lies in the package', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(200);
  const images = linksOf('README.md').filter((link) => link.endsWith('.svg'));
  expect(images).toEqual(['docs/images/deploy.svg', 'docs/images/report.svg']);
  for (const image of images) {
    expect(files.some((file) => image.startsWith(`${file}/`))).toBe(true);
    expect(read(image)).toMatch(/<title.*@media \(prefers-color-scheme: dark\)/s);
  }
});

describe('the glossary', () => {
  const words = [...read('docs/glossary.md').matchAll(/^## (.+)\n\n([\s\S]+?)(?=\n\n## |$(?![\s\S]))/gm)];

  test('is in order, and says each in a sentence or a few', () => {
    const names = words.map(([, word]) => word);
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')));
    for (const [, word, meaning] of words) expect([word, meaning.length < 500]).toEqual([word, true]);
  });

  test('has every word that reports of a change and states of a node use for themselves', () => {
    const names = new Set(words.map(([, word]) => word));
    for (const word of ['retuned', 'leaving', 'behind', 'wave', 'gate', 'staged', 'on trial', 'drain', 'martian'])
      expect(names).toContain(word);
  });

  test('is where README and the page of transactions lead for them', () => {
    for (const page of ['README.md', 'docs/transactions.md', 'docs/troubleshooting.md'])
      expect(linksOf(page).filter((link) => link.includes('glossary.md')).length).toBeGreaterThan(0);
  });
});

describe('messages that pages explain', () => {
  const sources = below('lib', '.ts').map(read).join('\n').replaceAll("\\'", "'").replaceAll('\\`', '`');
  const explained = [
    ...[...read('docs/troubleshooting.md').matchAll(/^### `(.+)`$/gm)],
    ...[
      ...read('docs/real-nodes.md')
        .replace(/[\s\S]*\| what you see \|/, '')
        .matchAll(/^\| `([^`]+)` \|/gm),
    ],
  ].map(([, message]) => message);

  test('are some', () => expect(explained.length).toBeGreaterThan(20));

  test.each(explained)('are those of the code: %s', (message) => {
    const parts = message.split('…').map((part) => part.trim());
    expect(parts.filter((part) => !sources.includes(part))).toEqual([]);
  });
});
