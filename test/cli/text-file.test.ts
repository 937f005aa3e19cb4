import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from './answers';

const folder = mkdtempSync(join(tmpdir(), 'peerform-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const absent = join(folder, 'absent');
const manifest = join(folder, 'manifest.yaml');
writeFileSync(
  manifest,
  'apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: { name: default }\nspec: { asNumber: 64512 }\n',
);

test.each([
  [['impact', absent], 'there is no such file'],
  [['impact', folder], 'it is a folder, not a file'],
  [['import', 'calico', absent], 'there is no such file'],
  [['replay', absent], 'there is no such file'],
  [['lab', 'up', '--fabric', absent], 'there is no such file'],
])('%j says what is the matter with its file, in words', async (words, why) => {
  const { error } = await outputOf(...words);
  expect(error).toBe(`peerform: ${words.at(-1)}: ${why}\n`);
});

test.each([
  [join(absent, 'main.ts'), 'there is no folder for it'],
  [folder, 'it is a folder, not a file'],
])('a file that cannot be written is told of in words that fit: %s', async (path, why) => {
  const { error } = await outputOf('import', 'calico', manifest, '--out', path);
  expect(error).toContain(`\npeerform: ${path}: ${why}\n`);
});
