import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

test('the picture of the rooms is that of the table which the lint goes by (node scripts/rooms-picture.mjs)', () => {
  const drawn = execFileSync(
    process.execPath,
    ['-e', "import('./scripts/rooms-picture.mjs').then(({ picture }) => process.stdout.write(picture))"],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(readFileSync(join(ROOT, 'docs/images/rooms.svg'), 'utf8')).toBe(drawn);
});

test('what the page on the architecture names is there', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const [, table] = page.split('## Where do I put …');
  const named = [
    ...table.split('\n## ')[0].matchAll(/`((?:model|topology|node|control|preview|cli|bgp|agent|calico)\/[\w/.-]+)`/g),
  ];
  expect(named.length).toBeGreaterThan(15);
  for (const [, path] of named) expect([path, existsSync(join(ROOT, 'lib', path))]).toEqual([path, true]);
});
