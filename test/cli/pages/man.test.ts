import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualPages } from '../../../lib/cli/pages/man';
import { programOf } from '../../../lib/cli/program';
import { commandWords, isListed, withAllBelow } from '../../../lib/cli/tree';

let pages: Readonly<Record<string, string>>;
let folder: string;
beforeAll(async () => {
  pages = manualPages(await programOf(), { version: '1.2.3', date: '2026-11-29', about: 'what it is' });
  folder = mkdtempSync(join(tmpdir(), 'peerform-man-'));
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const has = (program: string) => spawnSync('which', [program]).status === 0;

test('the program and each of its commands has a page, and the package names them all', async () => {
  const listed = withAllBelow(await programOf()).filter(isListed);
  const names = listed.map((command) => `${`peerform ${commandWords(command)}`.trim().replaceAll(' ', '-')}.1`);
  expect(Object.keys(pages).sort()).toEqual(names.sort());
  const { man } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
  expect([...man].sort()).toEqual(names.map((name) => `./dist/man/${name}`));
});

test('every command that only refuses is told of on the page that it is below', async () => {
  for (const command of withAllBelow(await programOf()).filter((one) => !isListed(one))) {
    const above = ['peerform', commandWords(command.parent!)].filter(Boolean).join('-');
    expect(pages[`${above}.1`]).toMatch(new RegExp(`\\.SH REFUSED COMMANDS\\n.*\\b${command.name()}\\b`));
  }
});

test('a page says what its command takes, with choices, defaults and examples', () => {
  const page = pages['peerform-status.1'];
  expect(page).toContain('.TH PEERFORM\\-STATUS 1 2026-11-29 "Peerform 1.2.3"');
  expect(page).toContain(
    '\\fB\\-o, \\-\\-output\\fR \\fI<format>\\fR\nhow to print it; one of table, json, yaml; default table',
  );
  expect(pages['peerform.1']).toContain('.SH DESCRIPTION\nWhat it is.\n');
  expect(page).toContain('.SH EXAMPLES\n.nf\npeerform status\n');
});

const check = (program: string) => {
  if (!has(program) && process.env.CI) throw new Error(`in CI nothing is skipped, and there is no ${program}`);
  return has(program) ? test : test.skip;
};

check('mandoc')('mandoc has nothing to say against any page', () => {
  const files = Object.keys(pages).map((name) => join(folder, name));
  expect(spawnSync('mandoc', ['-Tlint', '-Wwarning', ...files], { encoding: 'utf8' })).toMatchObject({
    stdout: '',
    stderr: '',
    status: 0,
  });
});

const reader = has('groff') ? test : test.skip;
reader('groff shows each with every word of its options', async () => {
  for (const command of withAllBelow(await programOf()).filter(isListed)) {
    const name = `peerform ${commandWords(command)}`.trim().replaceAll(' ', '-');
    const run = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-cbou', join(folder, `${name}.1`)], {
      encoding: 'utf8',
    });
    expect([name, run.stderr]).toEqual([name, '']);
    for (const { long } of command.createHelp().visibleOptions(command)) expect(run.stdout).toContain(long);
  }
});
