import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Construct } from 'constructs';
import * as peerform from '../../../lib';
import { CONSTRUCT_PAGES } from '../../../lib/cli/pages/construct';
import { generatedPages } from '../../../lib/cli/pages/pages';

const docs = join(__dirname, '../../../docs');

test.each(Object.entries(generatedPages()))(
  'docs/%s is what the schema says (peerform reference --folder docs)',
  (path, text) => {
    expect(readFileSync(join(docs, path), 'utf8')).toBe(text);
  },
);

test('no page is left of what is no more', () => {
  const there = ['constructs', 'resources', 'functions'].flatMap((folder) =>
    readdirSync(join(docs, folder)).map((name) => `${folder}/${name}`),
  );
  expect(there.sort()).toEqual(
    Object.keys(generatedPages())
      .filter((path) => path.includes('/'))
      .sort(),
  );
});

test('every construct that the package exports has a page', () => {
  const constructs = Object.entries(peerform).flatMap(([name, made]) =>
    typeof made === 'function' && made.prototype instanceof Construct ? [name] : [],
  );
  expect(CONSTRUCT_PAGES.map(({ name }) => name).sort()).toEqual(constructs.sort());
});
