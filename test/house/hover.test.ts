import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONSTRUCT_PAGES } from '../../lib/cli/pages/construct';
import { propsTypes, specTypes } from '../../lib/cli/pages/spec-types';
import { fabricShape, type Shape } from '../../lib/model/shape';
import { LanguageServer } from './language-server';

test.each([
  ['lib/model/spec.ts', specTypes],
  ['lib/constructs/props.ts', propsTypes],
])('%s is what the schema says (npm run types:spec)', (path, types) => {
  expect(readFileSync(join(__dirname, '../..', path), 'utf8')).toBe(types());
});

/**
 * A line of a program for every property that the props of a construct may have, each with what is written of it in the
 * docs.
 */
function programOf(page: (typeof CONSTRUCT_PAGES)[number]): { text: string; names: string[] } {
  const { fields } = fabricShape();
  const of = page.entries === undefined ? undefined : fields[page.entries].shape;
  const object = page.isApart ? undefined : of ? (of as { item: Shape }).item : fabricShape();
  const inSchema = object?.type === 'object' ? Object.keys(object.fields) : [];
  const names = [...new Set([...inSchema, ...Object.keys(page.own ?? {})])].filter((it) => !page.without?.includes(it));
  const lines = names.map((name) => `  ${name}: null!,`);
  return {
    text: [
      `import type { ${page.name}Props } from '../lib/index';`,
      `export const it: ${page.name}Props = {`,
      ...lines,
      '};',
    ].join('\n'),
    names,
  };
}

describe('in an editor', () => {
  let server: LanguageServer;
  beforeAll(async () => {
    server = await LanguageServer.start();
  });
  afterAll(() => server.end());

  const pages = CONSTRUCT_PAGES.filter((page) => programOf(page).names.length > 0);
  test.each(pages.map((page) => [page.name, page] as const))(
    'every property of %s is told where the pointer rests on it, in words and without the types of the schema',
    async (name, page) => {
      const { text, names } = programOf(page);
      const uri = server.open(`test/hover-${name}.ts`, text);
      const shown = await Promise.all(names.map(async (it, i) => [it, await server.hover(uri, 2 + i, 3)] as const));
      const wordless = shown.filter(
        ([it, said]) => !said.includes(`${it}`) || said.replace(/```[\s\S]*?```/g, '').trim() === '',
      );
      expect(wordless).toEqual([]);
      expect(shown.filter(([, said]) => said.includes('Zod'))).toEqual([]);
    },
  );
});
