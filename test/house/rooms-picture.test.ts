import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
/** A path below lib: a room, and something in it. */
const PATH = /`((?:model|topology|node|control|preview|provider|cli|bgp|agent|kernel|calico)\/[\w/.-]+)`/g;

const section = (title: string): string => PAGE.split(`\n## ${title}`)[1].split('\n## ')[0];
const git = (...args: string[]): string | undefined => {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
};

test('the picture of the rooms is that of the table which the lint goes by (node scripts/rooms-picture.mjs)', () => {
  const drawn = execFileSync(
    process.execPath,
    ['-e', "import('./scripts/rooms-picture.mjs').then(({ picture }) => process.stdout.write(picture))"],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(readFileSync(join(ROOT, 'docs/images/rooms.svg'), 'utf8')).toBe(drawn);
});

test.each([
  ['One prefix from a construct', 12],
  ['One UPDATE from the socket', 20],
  ['Where do I put …', 15],
])('what the page on the architecture names is there: %s', (title, least) => {
  const named = [...section(title).matchAll(PATH)].map(([, path]) => path);
  expect(named.length).toBeGreaterThan(least);
  expect(named.filter((path) => !existsSync(join(ROOT, 'lib', path)))).toEqual([]);
});

/** What, where (each place with those that may stand for it, as in "`a` or `b`"), and the commit. */
const ROWS = [...section('Where do I put …').matchAll(/^\| (.+?) \| (.+) \| `(\w+)` \|$/gm)].map(
  ([, what, where, commit]) => ({
    what,
    places: [...where.matchAll(/`[^`]+`(?: or `[^`]+`)*/g)].map(([all]) => [...all.matchAll(PATH)].map(([, at]) => at)),
    commit,
  }),
);

test('each row of the page on the architecture names a commit', () => {
  expect(ROWS.map(({ places }) => places.length)).toHaveLength(10);
  expect(ROWS.filter(({ places }) => places.flat().length === 0)).toEqual([]);
});

// An archive has no history, a repository made of one none of ours, and a shallow clone lacks what commits changed.
const hasHistory =
  git('rev-parse', '--is-shallow-repository', '--show-prefix') === 'false\n\n' &&
  ROWS.some(({ commit }) => git('cat-file', '-e', commit) !== undefined);

(hasHistory ? test : test.skip).each(ROWS)('the commit $commit put $what where the page says', ({ places, commit }) => {
  const files = (git('show', '--name-only', '--format=', commit) ?? '').split('\n');
  const isTouched = (path: string) => files.some((file) => `${file}/`.startsWith(`lib/${path.replace(/\/$/, '')}/`));
  expect(places.filter((any) => any.length > 0 && !any.some(isTouched))).toEqual([]);
});
