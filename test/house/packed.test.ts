import { execFileSync } from 'node:child_process';
import { dirname, join, normalize } from 'node:path';
import { prose, ROOT } from './pages';

const packed: string[] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
)[0].files.map(({ path }: { path: string }) => path);

/** Templates are read where `peerform init` puts them; test/cli/init.test.ts has their links. */
const pages = packed.filter((path) => path.endsWith('.md') && !path.startsWith('templates/'));

test('the package has its pages', () => expect(pages.length).toBeGreaterThan(20));

test('every relative link of a page in the package leads to something in the package', () => {
  const dead = pages.flatMap((page) =>
    [...prose(page).matchAll(/(?<!`)\]\(([^)\s#]+)[^)\s]*\)/g)]
      .map(([, link]) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => [page, normalize(join(dirname(page), link))])
      .filter(([, target]) => !packed.some((path) => path === target || path.startsWith(`${target}/`))),
  );
  expect(dead).toEqual([]);
});
