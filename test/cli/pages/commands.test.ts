import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examplesOf } from '../../../lib/cli/examples';
import { commandsPage } from '../../../lib/cli/pages/commands';
import { programOf } from '../../../lib/cli/program';
import { commandWords, withAllBelow } from '../../../lib/cli/tree';

test('docs/commands.md is what the commands say (peerform reference --folder docs)', async () => {
  const page = commandsPage(await programOf());
  expect(readFileSync(join(__dirname, '../../../docs/commands.md'), 'utf8')).toBe(page);
});

test('every command has an example (lib/cli/examples.ts)', async () => {
  const leaves = withAllBelow(await programOf()).filter(({ commands }) => commands.length === 0);
  expect(leaves.filter((command) => examplesOf(command).length === 0).map(commandWords)).toEqual([]);
});

test('every example is a command line that its command takes', async () => {
  const all = withAllBelow(await programOf());
  for (const command of all)
    for (const example of examplesOf(command)) {
      const [, rest] = /peerform ((?:[^#|>&;]|\\')*)/.exec(example) ?? [];
      const words = rest.trim().split(/\s+/);
      expect([example, words.slice(0, commandWords(command).split(' ').length).join(' ')]).toEqual([
        example,
        commandWords(command),
      ]);
      const flags = words
        .filter((word) => /^-/.test(word) && word !== '-' && word !== '--')
        .map((word) => word.split('=')[0]);
      const known = command.options.flatMap(({ short, long }) => [short, long]);
      const takesAll = example.includes(' -- ') || command.description().startsWith('refused');
      const own = takesAll ? [] : flags;
      expect([example, own.filter((flag) => !known.includes(flag))]).toEqual([example, []]);
    }
});

test('a command that is named is the only one that is loaded', async () => {
  expect((await programOf('status')).commands.map((command) => command.name())).toEqual(['status']);
  expect((await programOf('nonsense')).commands.length).toBeGreaterThan(10);
});
