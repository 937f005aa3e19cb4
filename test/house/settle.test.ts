import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './pages';

// What is packed has modes of its own (scripts/settle.mjs), not those of whoever packs it.
describe('a folder that is packed', () => {
  let scratch: string;
  const at = (...path: string[]) => join(scratch, ...path);
  const settle = (...epoch: number[]) => {
    const module = pathToFileURL(join(ROOT, 'scripts/settle.mjs')).href;
    const script = `import('${module}').then((m) => m.settle(...${JSON.stringify([at('tree'), ...epoch])}))`;
    execFileSync(process.execPath, ['-e', script]);
  };
  const modes = () =>
    ['tree', 'tree/inner', 'tree/inner/text', 'tree/program', 'outside'].map((path) =>
      (statSync(at(path)).mode & 0o7777).toString(8),
    );

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'pf-settle-'));
    mkdirSync(at('tree/inner'), { recursive: true });
    for (const path of ['tree/inner/text', 'tree/program', 'outside']) writeFileSync(at(path), path);
    chmodSync(at('tree/program'), 0o700);
    symlinkSync(at('outside'), at('tree/link'));
    for (const path of ['tree/inner/text', 'outside']) chmodSync(at(path), 0o600);
    for (const path of ['tree/inner', 'tree']) chmodSync(at(path), 0o700);
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  test('has one mode for all of a kind, and changes nothing that a link leads to', () => {
    settle();
    expect(modes()).toEqual(['755', '755', '644', '755', '600']);
  });

  test('has the time that it is given, or else keeps its own', () => {
    const time = () => statSync(at('tree/inner/text')).mtimeMs;
    const before = time();
    settle();
    expect(time()).toBe(before);
    settle(1_700_000_000);
    expect(time()).toBe(1_700_000_000_000);
  });
});
