import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
/** `{ one, other } = require('./cli/program.js')` or `= dist('cli/program.js')`, which read what was built from lib. */
const REQUIRED = /\{([^{}]+)\} = (?:require\('(?:\.\.\/dist|\.)\/|dist\(')([\w/-]+)\.js'\)/g;

const required = readdirSync(join(ROOT, 'scripts'))
  .filter((file) => file.endsWith('.mjs'))
  .flatMap((file) =>
    [...readFileSync(join(ROOT, 'scripts', file), 'utf8').matchAll(REQUIRED)].flatMap(([, names, path]) =>
      names.split(',').map((name) => ({ file, path, name: name.trim() })),
    ),
  );

test('scripts read something of lib', () => expect(required.length).toBeGreaterThan(6));

test.each(required)('scripts/$file finds $name in lib/$path', ({ path, name }) => {
  expect(require(join(ROOT, 'lib', path))).toHaveProperty(name);
});
