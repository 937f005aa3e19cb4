import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
const sources = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' }).filter((it) =>
  it.endsWith('.ts'),
);

test('every page that a message, a help text or a comment names lies in the package', () => {
  const named = new Set(
    sources.flatMap(
      (path) => readFileSync(join(ROOT, 'lib', path), 'utf8').match(/\b(docs|examples)\/[\w/-]+(\.md)?/g) ?? [],
    ),
  );
  expect(named.size).toBeGreaterThan(3);
  expect([...named].filter((page) => !existsSync(join(ROOT, page)))).toEqual([]);
  expect([...named].filter((page) => !files.some((it) => page === it || page.startsWith(`${it}/`)))).toEqual([]);
});
