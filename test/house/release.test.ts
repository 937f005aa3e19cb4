import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, read } from './pages';

// What scripts/release.mjs refuses before it builds anything; test/wide/release.test.ts has what it makes.
const { version } = JSON.parse(read('package.json')) as { version: string };
const hasGpg = spawnSync('which', ['gpg']).status === 0;
if (!hasGpg && process.env.CI) throw new Error('in CI nothing is skipped, and gpg is not installed');
if (!hasGpg) process.stderr.write('skipped: gpg is not installed, so no key is tried\n');

let scratch: string;
let clone: string;
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', clone, '-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
    encoding: 'utf8',
  });
const said = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/release.mjs', ...args], { cwd: clone, encoding: 'utf8' });

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'pf-rel-')); // short: gpg-agent has a socket below it
  clone = join(scratch, 'clone');
  for (const path of ['scripts', 'package.json', 'package-lock.json', 'CHANGELOG.md'])
    cpSync(join(ROOT, path), join(clone, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  execFileSync('git', ['init', '--quiet', clone]);
  writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'everything');
  git('tag', `v${version}`);
  git('tag', 'v99.0.0');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a release is refused', () => {
  test.each<[string, string, () => string[]]>([
    ['without a tag', '--tag v0.1.0, or --rehearsal', () => []],
    ['with a tag and as a rehearsal', '--tag v0.1.0, or --rehearsal', () => ['--rehearsal', '--tag', `v${version}`]],
    ['with a tag that there is not', 'there is no tag v98.0.0', () => ['--tag', 'v98.0.0']],
    ['with a tag of another version', `tag v99.0.0 has version ${version}`, () => ['--tag', 'v99.0.0']],
    ['with a repository that is none', '"x" is not the address of', () => ['--rehearsal', '--repository', 'x']],
    ['into a folder with other files', 'they would be lost', () => ['--rehearsal', '--out', clone]],
  ])('%s', (_, message, args) => {
    const out = join(scratch, 'refused');
    const { status, stderr } = said('--out', out, ...args());
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect([existsSync(out), existsSync(join(clone, 'package.json'))]).toEqual([false, true]);
  });

  /** What is said of a tag on other files. */
  const saidWith = (path: string, change: (text: string) => string, more = () => {}) => {
    const tagged = git('rev-parse', `v${version}`).trim();
    writeFileSync(join(clone, path), change(readFileSync(join(clone, path), 'utf8')));
    more();
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'not prepared');
    git('tag', '--force', `v${version}`);
    try {
      return said('--tag', `v${version}`).stderr;
    } finally {
      git('reset', '--quiet', '--hard', tagged);
      git('tag', '--force', `v${version}`);
    }
  };

  test('with a tag whose changelog has not its version', () =>
    expect(saidWith('CHANGELOG.md', (text) => text.replaceAll(`## ${version}`, '## Unreleased'))).toContain(
      `has no heading "## ${version}"`,
    ));

  test('with a tag whose lock file has another version, as before npm install', () =>
    expect(
      saidWith('package-lock.json', (text) => text.replaceAll(`"version": "${version}"`, '"version": "0.0.9"')),
    ).toContain(`has version 0.0.9, not ${version}: run npm install`));

  test('with a tag for which nothing was recorded', () =>
    expect(saidWith('CHANGELOG.md', (text) => `## ${version}\n${text}`)).toContain(
      `has not recorded what version ${version} writes: run node scripts/record-version.mjs`,
    ));

  test('with a tag for which other names were recorded than there are', () => {
    const names = `test/fixtures/released/${version}/names.json`;
    const prepare = () => {
      mkdirSync(join(clone, names, '..'), { recursive: true });
      writeFileSync(join(clone, names), JSON.stringify(['export kept', 'export dropped']));
      // In place of a build, which has nothing to be made of here.
      const manifest = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'));
      writeFileSync(
        join(clone, 'package.json'),
        JSON.stringify({ ...manifest, scripts: { ...manifest.scripts, build: 'true' } }),
      );
      writeFileSync(join(clone, 'scripts/bundle-provider.mjs'), '');
      writeFileSync(join(clone, 'scripts/public-names.mjs'), `console.log('["export kept"]');`);
    };
    expect(saidWith('CHANGELOG.md', (text) => `## ${version}\n${text}`, prepare)).toContain(
      'was recorded from other sources, with "export dropped", which there is not: run node scripts/record-version.mjs',
    );
  });

  test('with packages installed that are not those of the tag', () => {
    const path = join(clone, 'package-lock.json');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, `${before}\n`);
    try {
      expect(said('--tag', `v${version}`).stderr).toContain('differs from the one here: check out');
    } finally {
      writeFileSync(path, before);
    }
  });

  // The sources here are scripts alone, so that nothing is built of them.
  test('without a trace when a build fails, and the earlier release stays', () => {
    const out = join(scratch, 'kept');
    mkdirSync(out);
    writeFileSync(join(out, 'SHA256SUMS'), 'of the earlier one');
    const before = readdirSync(scratch);
    const TMPDIR = join(scratch, 'tmp');
    mkdirSync(TMPDIR);
    const args = ['scripts/release.mjs', '--rehearsal', '--out', out];
    const env = { ...process.env, TMPDIR };
    expect(spawnSync(process.execPath, args, { cwd: clone, env, encoding: 'utf8' }).status).toBe(1);
    expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe('of the earlier one');
    expect([readdirSync(scratch).sort(), readdirSync(TMPDIR)]).toEqual([[...before, 'tmp'].sort(), []]);
  });

  (hasGpg ? test : test.skip)(
    'with a key that the Terraform Registry does not accept, that expired, or that is not there',
    () => {
      const GNUPGHOME = join(scratch, 'gnupg');
      mkdirSync(GNUPGHOME, { mode: 0o700 });
      const env = { ...process.env, GNUPGHOME };
      const newKey = (...args: string[]) =>
        execFileSync('gpg', ['--batch', '--quiet', '--passphrase', '', ...args], { env, stdio: 'pipe' });
      newKey('--quick-generate-key', 'modern@example.org', 'ed25519', 'sign');
      newKey('--faked-system-time', '1577880000!', '--quick-generate-key', 'old@example.org', 'rsa2048', 'sign', '1y');
      // An earlier release, which stays.
      const out = join(scratch, 'earlier');
      mkdirSync(out);
      writeFileSync(join(out, 'SHA256SUMS'), 'of the earlier one');
      const args = ['scripts/release.mjs', '--rehearsal', '--out', out, '--key'];
      const sign = (name: string) => {
        const { stdout, stderr } = spawnSync(process.execPath, [...args, name], { cwd: clone, env, encoding: 'utf8' });
        return stdout + stderr;
      };
      const before = readdirSync(scratch);
      try {
        expect(sign('modern@example.org')).toContain('the Terraform Registry accepts RSA and DSA');
        expect(sign('old@example.org')).toContain('key old@example.org expired on 2020-12-31: extend it');
        expect(sign('nobody@example.org')).toContain('gpg has no secret key nobody@example.org');
        expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe('of the earlier one');
        expect(readdirSync(scratch)).toEqual(before);
      } finally {
        spawnSync('gpgconf', ['--kill', 'all'], { env });
      }
    },
  );
});

test.each(['release', 'package-deb', 'record-version'])('%s.mjs says how it is used, and does nothing else', (name) => {
  const { status, stdout } = spawnSync(process.execPath, [`scripts/${name}.mjs`, '--help'], {
    cwd: clone,
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([
    0,
    expect.stringContaining(`${name}.mjs [`.replace('release.mjs [', 'release.mjs --tag')),
  ]);
});
