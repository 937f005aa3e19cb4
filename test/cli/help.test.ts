import { spawnSync } from 'node:child_process';
import { exampleLines } from '../../lib/cli/help';
import { programOf } from '../../lib/cli/program';
import { commandWords, isListed, withAllBelow } from '../../lib/cli/tree';
import { CODES, ESCAPE } from './answers';

/** The help of each command, as a terminal of so many columns shows it. */
async function helpTexts(columns: number, env: NodeJS.ProcessEnv = {}): Promise<Map<string, string>> {
  const { isTTY, columns: before } = process.stdout;
  const saved = { ...process.env };
  Object.assign(process.stdout, { isTTY: true, columns });
  for (const name of ['FORCE_COLOR', 'NO_COLOR']) delete process.env[name];
  Object.assign(process.env, { TERM: 'xterm' }, env);
  const texts = new Map<string, string>();
  const write = jest.spyOn(process.stdout, 'write');
  try {
    for (const command of withAllBelow(await programOf())) {
      let text = '';
      write.mockImplementation((chunk) => {
        text += chunk;
        return true;
      });
      command.outputHelp();
      texts.set(commandWords(command), text);
    }
  } finally {
    write.mockRestore();
    Object.assign(process.stdout, { isTTY, columns: before });
    process.env = saved;
  }
  return texts;
}

test.each([80, 60])('every help text keeps to %d columns', async (columns) => {
  for (const [words, text] of await helpTexts(columns, { NO_COLOR: '1' }))
    for (const line of text.split('\n')) {
      // What a shell takes for one word is not parted.
      const isWhole = /^\s*(echo )?'.*'( \\)?$/.test(line) || !/\S\s\S/.test(line.trim());
      expect([words, line, isWhole || line.length <= columns]).toEqual([words, line, true]);
    }
});

test('headings are bold where there is colour, and nothing is where there is none', async () => {
  expect((await helpTexts(80)).get('status')).toContain(`${ESCAPE}[1mOptions:${ESCAPE}[22m\n`);
  for (const text of (await helpTexts(80, { NO_COLOR: '1' })).values()) expect(text).not.toMatch(CODES);
});

test('commands stand by what one looks for, and those that only refuse are one group, at the end', async () => {
  const program = await programOf();
  const groups = new Set(program.commands.filter(isListed).map((command) => command.helpGroup()));
  expect(groups.size).toBeGreaterThan(3);
  const help = (await helpTexts(80, { NO_COLOR: '1' })).get('')!;
  for (const group of groups) expect(help).toContain(`\n\n${group}\n  `);
  expect(help.trimEnd().split('\n').slice(-2)).toEqual([
    'Refused, since the fabric is code (each says where to change it):',
    '  create, apply, replace, patch, delete, label',
  ]);
});

test('an example that is too long goes on in further lines, which a shell takes for one', () => {
  const example = `printf '%s|' one 'two   words' "three $HOME" four   # say it`;
  const lines = exampleLines(example, 30);
  expect(lines).toEqual(['# say it', "printf '%s|' one \\", "    'two   words' \\", '    "three $HOME" four']);
  const said = (text: string) => spawnSync('sh', ['-c', text], { encoding: 'utf8' }).stdout;
  expect(said(lines.join('\n'))).toBe(said(example));
});
