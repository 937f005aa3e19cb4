import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the lint says of a file with these lines, without its name. */
function lint(...lines: string[]): { readonly status: number | null; readonly said: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-style-'));
  const file = join(folder, 'lib', 'a.ts');
  try {
    mkdirSync(join(folder, 'lib'));
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { status, stderr } = spawnSync(process.execPath, ['scripts/lint-style.mjs', folder], { encoding: 'utf8' });
    const said = stderr.split('\n').flatMap((line) => (line.startsWith(file) ? line.slice(file.length + 1) : []));
    return { status, said };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the lint of style', () => {
  test('rejects a local variable that hides the exports of the compiled module', () => {
    for (const line of ['const [imports, exports] = all;', 'let exports = 1;', 'const { exports } = one;'])
      expect(lint(line).said).toEqual([expect.stringContaining('name no local variable exports')]);
    expect(lint('const exported = all;').status).toBe(0);
  });

  test('lets pass what is as it should be', () => {
    expect(lint("import fc from 'fast-check';", "const a = 'can\\'t'; // in a string")).toEqual({
      status: 0,
      said: [],
    });
    expect(lint('// a neighbour outside the fabric cannot')).toEqual({ status: 0, said: [] });
  });

  test.each([
    ['another form of fast-check', "import * as fc from 'fast-check';", /^1: import the default of fast-check/],
    ['a private field by its sign', '  readonly #a = 1;', /^1: write a private member as `private name`/],
    ['a private generator by its sign', '  *#a() {}', /^1: write a private member/],
    ['a comment that is too wide', `/** ${'a '.repeat(60)}*/`, /^1: write comments within 120 columns/],
    [
      'a comment in words of its own',
      '  /** A neighbour is told of the route. */',
      /^1: write a comment in the words of/,
    ],
    ['a contraction in a comment', "// what can't be", /^1: write a comment in the words of/],
    ['the use of one', '    this.#a();', /^1: write a private member/],
  ])('finds %s', (_, line, said) => {
    expect(lint(line)).toEqual({ status: 1, said: [expect.stringMatching(said)] });
  });
});
