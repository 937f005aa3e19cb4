import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeInstalled, PackedPackage, SCRIPTS } from '../e2e/support/packed-package';

const ROOT = resolve(__dirname, '../..');
const MINUTE = 60_000;
jest.setTimeout(8 * MINUTE);

const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

describeInstalled('the package, installed with what users have', () => {
  let packed: PackedPackage;
  beforeAll(() => {
    packed = PackedPackage.make();
  });
  afterAll(() => packed.remove());

  const lowest = (range: string): string => /\d+\.\d+\.\d+/.exec(range)![0];

  test.each([
    [
      'the lowest of each peer',
      { cdktf: lowest(peerDependencies.cdktf), constructs: lowest(peerDependencies.constructs) },
    ],
    ['what a project of cdktf init has', { cdktf: '^0.21.0', constructs: '^10.4.2' }],
    ['cdktn by the npm alias', { cdktf: 'npm:cdktn@^0.24.0', constructs: '^10.6.0' }],
  ])('compiles and synthesises by npm with %s', (name, dependencies) => {
    const { run, installed, written } = packed.project(name.replaceAll(' ', '-'), dependencies);
    expect(run('npm', ['install', '--no-audit', '--no-fund'])).not.toMatch(SCRIPTS);
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
    run(process.execPath, ['cdktf.out/main.js']);
    const { resource, '//': about } = written();
    expect(Object.keys(resource)).toEqual(['peerform_commit', 'peerform_fabric', 'peerform_wave']);
    expect(about.metadata.version).toBe(installed('cdktf').version);
    for (const [peer, range] of Object.entries(dependencies))
      if (/^\d/.test(range)) expect(installed(peer).version).toBe(range);
  });

  describe('by other package managers', () => {
    let pnpm: string;
    let yarn: string;
    beforeAll(() => {
      const folder = join(packed.scratch, 'managers');
      mkdirSync(folder);
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      const names = ['pnpm@12', '@yarnpkg/cli-dist@4'];
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...names], {
        cwd: folder,
        stdio: 'pipe',
      });
      pnpm = join(folder, 'node_modules/.bin/pnpm');
      yarn = join(folder, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');
    }, 5 * MINUTE);
    const peers = { cdktf: '^0.21.0', constructs: '^10.4.2' };

    test('pnpm installs it, and asks about no script of any package', () => {
      const { run, written } = packed.project('pnpm', peers);
      expect(run(pnpm, ['install'])).not.toMatch(SCRIPTS);
      run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
      run(process.execPath, ['cdktf.out/main.js']);
      written();
    });

    test.each(['node-modules', 'pnp'])('yarn installs it with the linker %s, and builds nothing', (linker) => {
      const { folder, run, written } = packed.project(`yarn-${linker}`, peers);
      writeFileSync(join(folder, '.yarnrc.yml'), `nodeLinker: ${linker}\nenableImmutableInstalls: false\n`);
      writeFileSync(join(folder, 'yarn.lock'), '');
      const said = run(process.execPath, [yarn, 'install']);
      expect(said).not.toMatch(SCRIPTS);
      expect(said).not.toMatch(/YN000[47]|must be built/);
      run(process.execPath, [yarn, 'tsc', '-p', '.']);
      run(process.execPath, [yarn, 'node', 'cdktf.out/main.js']);
      written();
    });
  });

  test('is synthesised by cdktf-cli with each Node.js, once the override of the documentation stands in a project that had been installed without', () => {
    const { folder, run, written } = packed.project(
      'cli',
      { cdktf: '^0.21.0', constructs: '^10.4.2' },
      { devDependencies: { 'cdktf-cli': '^0.21.0', typescript: '^5.9.0', '@types/node': '^20' } },
    );
    const edit = (path: string, more: (now: Record<string, object>) => object) => {
      const now = JSON.parse(readFileSync(join(folder, path), 'utf8'));
      writeFileSync(join(folder, path), JSON.stringify({ ...now, ...more(now) }));
    };
    edit('cdktf.json', () => ({ app: 'tsc -p . && node cdktf.out/main.js' }));
    run('npm', ['install', '--no-audit', '--no-fund']);
    const [, documented] = /^```json\n("devDependencies":[\s\S]*?)\n```$/m.exec(
      readFileSync(join(ROOT, 'docs/your-own-project.md'), 'utf8'),
    )!;
    const told = JSON.parse(`{${documented}}`) as { devDependencies: object; overrides: object };
    edit('package.json', ({ devDependencies }) => ({
      ...told,
      devDependencies: { ...devDependencies, ...told.devDependencies },
    }));
    run('npm', ['install', '--no-audit', '--no-fund']);
    const script = `import(${JSON.stringify(pathToFileURL(join(ROOT, 'scripts/node-binary.mjs')).href)}).then((m) => console.log(m.nodeFolder(process.argv[1])))`;
    for (const version of ['20', '22', '24', '26']) {
      rmSync(join(folder, 'cdktf.out'), { recursive: true, force: true });
      const bin = execFileSync(process.execPath, ['-e', script, version], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .at(-1)!;
      const PATH = `${bin}:${join(folder, 'node_modules/.bin')}:${process.env.PATH}`;
      expect(run('cdktf', ['synth'], { PATH, CI: '1' })).toContain(
        'Generated Terraform code for the stacks: quickstart',
      );
      written();
    }
  });
});
