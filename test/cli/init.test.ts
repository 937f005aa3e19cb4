import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { initialise } from '../../lib/cli/init';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'peerform-init-'));
  folder = join(parent, 'My Network');
});
afterEach(() => rmSync(parent, { recursive: true }));

const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const ROOT = join(__dirname, '../..');

test('a project of CDKTF has its program, its test, its CI and its manifest, named after the folder', () => {
  const { name, files } = initialise({ folder });
  expect(name).toBe('my-network');
  expect(files).toEqual(
    expect.arrayContaining([
      '.gitignore',
      'cdktf.json',
      'impact.sh',
      'main.ts',
      'network.ts',
      'package.json',
      'test/network.test.ts',
    ]),
  );
  const manifest = JSON.parse(read('package.json'));
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name, dependencies: { peerform: `^${own.version}` }, overrides: own.overrides });
  expect(Object.values({ ...manifest.dependencies, ...manifest.devDependencies })).not.toContain(undefined);
  expect(statSync(join(folder, 'impact.sh')).mode & 0o111).not.toBe(0);
  expect(read('.gitignore')).toContain('node_modules/');
});

test('one of plain Terraform has the module, with the version of the provider that is put beside it', () => {
  const { files } = initialise({ folder, name: 'edge-1', providerVersion: '0.1.0-dev-abc' });
  expect(files).toEqual(
    expect.arrayContaining(['main.tf', 'modules/fabric/main.tf', 'terraform.tfvars', 'tests/fabric.tftest.hcl']),
  );
  for (const path of ['variables.tf', 'modules/fabric/versions.tf'])
    expect(read(path)).toContain('version = "0.1.0-dev-abc"');
  expect(read('main.tf')).toContain('name      = "edge-1"');
});

test.each([[undefined], ['0.1.0']])(
  'nothing is left to be filled in, and CI is YAML (provider %p)',
  (providerVersion) => {
    const { files } = initialise({ folder, providerVersion });
    for (const path of files) expect([path, read(path).match(/__[A-Z]+__/g)]).toEqual([path, null]);
    for (const path of ['.github/workflows/network.yml', '.gitlab-ci.yml'])
      expect(parse(read(path))).toHaveProperty(path.includes('lab') ? 'impact' : 'jobs');
  },
);

test('nothing that is there is written over, and nothing is written then', () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'main.ts'), 'mine');
  expect(() => initialise({ folder })).toThrow('My Network has main.ts already');
  expect(readdirSync(folder)).toEqual(['main.ts']);
  expect(read('main.ts')).toBe('mine');
});

test('of many files that are there, a few are named', () => {
  initialise({ folder });
  expect(() => initialise({ folder })).toThrow(
    /has \.github\/workflows\/network\.yml, \.gitignore, \.gitlab-ci\.yml and \d+ more of the files already: choose an empty folder$/,
  );
});

test.each(['Net', '1net', 'a', 'net_work', 'net-'])('%s is no name for it', (name) => {
  expect(() => initialise({ folder, name })).toThrow('cannot be the name');
});

describe.each([[undefined], ['0.1.0']])('what it writes (provider %p)', (providerVersion) => {
  test('links only to what is in the project or in the package', () => {
    const { files } = initialise({ folder, providerVersion });
    const lost = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => [...read(path).matchAll(/\]\(([^)\s#]+)/g)].map(([, link]) => join(dirname(path), link)))
      .filter((link) => !link.startsWith('https:'))
      .filter((link) => {
        const [, inPackage] = /^node_modules\/peerform\/(.*)$/.exec(link) ?? [];
        return !existsSync(inPackage === undefined ? join(folder, link) : join(ROOT, inPackage));
      });
    expect(lost).toEqual([]);
  });

  test('names the lab of this fabric, and no other', () => {
    const { name, files } = initialise({ folder, providerVersion });
    const labs = files.flatMap((path) => [...read(path).matchAll(/\/run\/peerform\/lab\/([\w-]+)/g)]);
    expect(new Set(labs.map(([, lab]) => lab))).toEqual(new Set(providerVersion ? [name, 'none'] : [name]));
  });
});

test('no variable of the module depends on another in its validation, which Terraform 1.8 does not accept', () => {
  for (const path of ['variables.tf', 'modules/fabric/variables.tf']) {
    const text = readFileSync(join(ROOT, 'examples/hcl-module', path), 'utf8');
    for (const [, name, body] of text.matchAll(/^variable "(\w+)" \{\n([\s\S]*?)^\}/gm))
      for (const [, other] of body.matchAll(/\bvar\.(\w+)/g)) expect(other).toBe(name);
  }
});

test('impact.sh says why the packages of the other commit could not be installed, and leaves no working tree', () => {
  initialise({ folder, name: 'net' });
  const manifest = { name: 'net', version: '1.0.0', dependencies: { gone: 'file:../../gone.tgz' } };
  const locked = { '': manifest, 'node_modules/gone': { version: '1.0.0', resolved: 'file:../../gone.tgz' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ name: 'net', version: '1.0.0', lockfileVersion: 3, requires: true, packages: locked }),
  );
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  git('init', '--quiet', '-b', 'main');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'The network');
  const { status, stdout, stderr } = spawnSync('./impact.sh', ['main'], { cwd: folder, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('gone.tgz');
  expect(stderr).toContain('a file: path in package.json must lead to a file inside this repository');
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
});
