import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const guides = readdirSync(join(root, 'docs/guides')).map((file) => file.replace(/\.md$/, ''));

test.each(guides)('the guide %s shows its example as it is', (name) => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, `docs/guides/${name}.md`), 'utf8')) ?? [];
  expect(code).toBe(readFileSync(join(root, `examples/${name}/main.ts`), 'utf8'));
});

test('every guide is deployed by the tests', () => {
  const tests = readFileSync(join(root, 'test/e2e/guides.test.ts'), 'utf8');
  for (const name of guides) expect(tests).toContain(`'${name}': {`);
});
