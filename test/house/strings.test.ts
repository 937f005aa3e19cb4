import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(__dirname, '../../scripts/strings.mjs');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerform-strings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the script finds in a file, each with its line. */
function stringsIn(code: string): string[] {
  writeFileSync(join(folder, 'a.ts'), code);
  return execFileSync(process.execPath, [script, folder], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(`${folder}/a.ts:`.length));
}

describe('the list of strings', () => {
  test('has texts with their lines, in the order of the file, with what is filled in left open', () => {
    const code = [
      '// not a comment with "these words"',
      "export const a = 'is not a number';",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
      'export const b = `node ${a} is down${a ? " for good" : ""}`;',
      "throw new Error('the first line\\n' +",
      "  'and the second of ' + a);",
    ].join('\n');
    expect(stringsIn(code)).toEqual([
      '2\tis not a number',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what the script prints
      '3\tnode ${…} is down${…}',
      '3\t for good',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what the script prints
      '4\tthe first line\\nand the second of ${…}',
    ]);
  });

  test('has the texts within what is filled in', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    expect(stringsIn("const a = `it ${isDown ? 'does not answer' : 'answers'} now`;")).toEqual([
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what the script prints
      '1\tit ${…} now',
      '1\tdoes not answer',
    ]);
  });

  test('has single words only where they describe something, and no key, type or module', () => {
    const code = [
      "import { a } from './some folder/a';",
      "type Word = 'two words';",
      "const key: Record<'some key', string> = { 'a key': 'word' };",
      "z.string().describe('Nodes');",
      "const shown = { description: 'Peers', kind: 'peers' };",
    ].join('\n');
    expect(stringsIn(code)).toEqual(['4\tNodes', '5\tPeers']);
  });
});
