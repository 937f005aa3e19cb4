import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { labsFolder } from '../../lib/lab/state';

// The package as users get it: packed, installed into a fresh folder by a package manager's own resolver, with no link
// into this checkout.
const ROOT = resolve(__dirname, '../..');
const MINUTE = 60_000;
jest.setTimeout(8 * MINUTE);

const hasRegistry =
  spawnSync('npm', ['view', 'constructs', 'version', '--fetch-retries=0'], { timeout: MINUTE }).status === 0;
if (!hasRegistry && process.env.CI) throw new Error('in CI nothing is skipped, and no npm registry is reached');
if (!hasRegistry)
  process.stderr.write('skipped: no npm registry is reached, so no package can be installed as users do\n');
const describeInstalled = hasRegistry ? describe : describe.skip;

const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Nobody is to be asked about scripts of packages, or told of them. */
const SCRIPTS = /koffi.*(script|build)|install[- ]scripts|ignored build|approve-builds|ERESOLVE|peer dep/i;

const STRICT = `import { App, TerraformStack } from 'cdktf';
import { Fabric, type FabricProps, Node } from 'peerform';

const props: FabricProps = { name: 'strict', asNumber: 65001 };
const fabric = new Fabric(new TerraformStack(new App(), 's'), 'fabric', props);
new Node(fabric, 'n1', { name: 'n1', endpoint: 'unix:///x.sock', ipv4Address: '10.0.0.1' });
// @ts-expect-error: what constructs do among themselves stands in no type
fabric.register;
process.stdout.write(fabric.name + '\\n');
`;

describeInstalled('the package, installed as users do', () => {
  let scratch: string;
  let archive: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'peerform-installed-'));
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', scratch], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    archive = join(scratch, packed.trim().split('\n').at(-1)!);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /** A project of the quickstart's source with these dependencies. */
  function project(name: string, dependencies: Record<string, string>, more: object = {}) {
    const folder = join(scratch, name);
    cpSync(join(ROOT, 'examples/quickstart'), folder, {
      recursive: true,
      filter: (path) => !path.endsWith('cdktf.out'),
    });
    const manifest = {
      ...{ name: 'fresh', private: true, dependencies: { ...dependencies, peerform: `file:${archive}` } },
      devDependencies: { typescript: '^5.9.0', '@types/node': '^20' },
      ...more,
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const run = (program: string, args: readonly string[], env: Record<string, string> = {}) => {
      const { CI: _, ...own } = process.env; // a terminal's ways, not CI's
      const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: folder,
        encoding: 'utf8',
        env: { ...own, CHECKPOINT_DISABLE: '1', YARN_ENABLE_TELEMETRY: '0', ...env },
      });
      if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
      return stdout + stderr;
    };
    const installed = (name: string): { version: string } =>
      JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
    const written = () => {
      const stack = join(folder, 'cdktf.out/stacks/quickstart');
      expect(readdirSync(stack)).toEqual(expect.arrayContaining(['.terraform.lock.hcl', 'terraform.d']));
      return JSON.parse(readFileSync(join(stack, 'cdk.tf.json'), 'utf8'));
    };
    return { folder, run, installed, written };
  }

  const lowest = (range: string): string => /\d+\.\d+\.\d+/.exec(range)![0];

  test.each([
    [
      'the lowest of each peer',
      { cdktf: lowest(peerDependencies.cdktf), constructs: lowest(peerDependencies.constructs) },
    ],
    ['what a project of cdktf init has', { cdktf: '^0.21.0', constructs: '^10.4.2' }],
    ['cdktn by the npm alias', { cdktf: 'npm:cdktn@^0.24.0', constructs: '^10.6.0' }],
  ])('compiles and synthesises by npm with %s', (name, dependencies) => {
    const { run, installed, written } = project(name.replaceAll(' ', '-'), dependencies);
    expect(run('npm', ['install', '--no-audit', '--no-fund'])).not.toMatch(SCRIPTS);
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
    run(process.execPath, ['cdktf.out/main.js']);
    const { resource, '//': about } = written();
    expect(Object.keys(resource)).toEqual(['peerform_commit', 'peerform_fabric', 'peerform_wave']);
    expect(about.metadata.version).toBe(installed('cdktf').version);
    for (const [peer, range] of Object.entries(dependencies))
      if (/^\d/.test(range)) expect(installed(peer).version).toBe(range);
  });

  test('is used from strict ES modules, all its types checked', () => {
    const { folder, run } = project('strict', { cdktf: '^0.21.0', constructs: '^10.4.2' });
    run('npm', ['install', '--no-audit', '--no-fund']);
    writeFileSync(join(folder, 'strict.mts'), STRICT);
    const options = [
      '--module',
      'nodenext',
      '--verbatimModuleSyntax',
      '--strict',
      '--target',
      'es2022',
      '--types',
      'node',
    ];
    run(process.execPath, ['node_modules/typescript/bin/tsc', ...options, '--skipLibCheck', 'false', 'strict.mts']);
    expect(run(process.execPath, ['strict.mjs'])).toBe('strict\n');
  });

  describe('peerform init', () => {
    let folder: string;
    /** Runs a program in a folder; a shell line each, as the docs have them. */
    const sh = (line: string, cwd = folder): { code: number | null; text: string } => {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
      });
      return { code: status, text: stdout + stderr };
    };
    beforeAll(() => {
      folder = join(scratch, 'init');
      mkdirSync(folder);
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      const packages = [archive, 'cdktf@^0.21.0', 'constructs@^10.4.2'].join(' ');
      expect(sh(`npm install --no-audit --no-fund ${packages}`)).toMatchObject({ code: 0 });
    });

    test('writes a project that goes from an empty folder to the first reviewed change', () => {
      expect(sh('npx peerform init network')).toMatchObject({ code: 0 });
      const project = join(folder, 'network');
      const manifest = readFileSync(join(project, 'package.json'), 'utf8');
      writeFileSync(join(project, 'package.json'), manifest.replace(/("peerform": )"[^"]+"/, `$1"file:${archive}"`));
      const run = (line: string) => sh(line, project);
      expect(run('npm install --no-audit --no-fund')).toMatchObject({ code: 0 });
      expect(run('npm test')).toMatchObject({ code: 0 });
      expect(run('npm run synth')).toMatchObject({ code: 0 });
      expect(run('LAB=/run/lab npm run synth')).toMatchObject({ code: 0 });
      const { resource } = JSON.parse(readFileSync(join(project, 'cdktf.out/stacks/network/cdk.tf.json'), 'utf8'));
      expect(resource.peerform_wave.network.nodes.node1).toBe('unix:///run/lab/node1/agent.sock');
      expect(run('npm run synth')).toMatchObject({ code: 0 });
      const commit = 'git -c user.name=me -c user.email=me@example.org commit --quiet -m';
      expect(run(`git init --quiet -b main && git add -A && ${commit} 'The network'`)).toMatchObject({ code: 0 });
      const change = (from: string, to: string) => {
        const path = join(project, 'network.ts');
        writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
        return run('npm run impact -- main');
      };
      const harmless = change('asNumber: 64512,', 'asNumber: 64512,\n      holdTime: 30,');
      expect(harmless).toMatchObject({ code: 0 });
      expect(harmless.text).toContain('Resets 6 sessions');
      const cut = change('nodeToNodeMesh: true', 'nodeToNodeMesh: false');
      expect(cut.code).toBe(1);
      expect(cut.text).toContain('Cuts off ');
      expect(run('git worktree list').text.trim().split('\n')).toHaveLength(1);
    });

    test('is the first screen of the README, which runs as it stands', () => {
      const [, screen] = /^\*\*From npm\*\*[\s\S]*?^```sh\n([\s\S]*?)^```/m.exec(
        readFileSync(join(ROOT, 'README.md'), 'utf8'),
      )!;
      // A name that no other lab on this machine has.
      const [init, ...lines] = screen
        .replace(/\bnetwork\b/g, 'first-screen')
        .trim()
        .split('\n');
      expect(sh(init)).toMatchObject({ code: 0 });
      const manifest = join(folder, 'first-screen/package.json');
      const text = readFileSync(manifest, 'utf8');
      writeFileSync(manifest, text.replace(/("peerform": )"[^"]+"/, `$1"file:${archive}"`));
      const [install, ...others] = lines;
      expect(sh(install)).toMatchObject({ code: 0 }); // after cd
      const project = join(folder, 'first-screen');
      try {
        for (const line of others) {
          const { code, text: said } = sh(line, project);
          if (code !== 0) throw new Error(`${line} ended with ${code}: ${said}`); // a diff would not show the line
          if (line.includes('status')) expect(said).toContain('3 of 3 nodes respond');
        }
      } finally {
        sh('npx peerform lab down --name first-screen', project);
      }
    });

    test('writes a module for plain Terraform, whose plan tells what it does', () => {
      expect(sh('npx peerform init --hcl terraform')).toMatchObject({ code: 0 });
      const run = (line: string) => sh(line, join(folder, 'terraform'));
      for (const line of ['terraform init', 'terraform fmt -check -recursive', 'terraform test'])
        expect(run(line)).toMatchObject({ code: 0 });
      const impact = run('terraform plan -out=plan.bin && terraform show -json plan.bin | npx peerform impact -');
      expect(impact).toMatchObject({ code: 0 });
      expect(impact.text).toContain('Adds 6 sessions');
    });

    test('deploys the module into a lab, by the steps of the docs, and takes all of it away again', () => {
      const page = readFileSync(join(ROOT, 'docs/your-own-project.md'), 'utf8');
      const [, steps] = /^```sh\n((?:(?!```)[\s\S])*terraform apply[\s\S]*?)^```/m.exec(page)!;
      const lab = labsFolder(process.getuid?.() === 0);
      const lines = steps
        .replaceAll('/run/peerform/lab/network', join(lab, 'terraform'))
        .replaceAll('--lab network', '--lab terraform')
        .replace(/terraform (apply|destroy)/g, '$& -auto-approve')
        .trim()
        .split('\n');
      try {
        for (const line of lines) {
          const { code, text } = sh(line, join(folder, 'terraform'));
          if (code !== 0) throw new Error(`${line} ended with ${code}: ${text}`); // a diff would not show the line
        }
      } finally {
        sh('npx peerform lab down --name terraform', join(folder, 'terraform'));
      }
    });
  });

  describe('by other package managers', () => {
    let pnpm: string;
    let yarn: string;
    beforeAll(() => {
      const folder = join(scratch, 'managers');
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
      const { run, written } = project('pnpm', peers);
      expect(run(pnpm, ['install'])).not.toMatch(SCRIPTS);
      run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
      run(process.execPath, ['cdktf.out/main.js']);
      written();
    });

    test.each(['node-modules', 'pnp'])('yarn installs it with the linker %s, and builds nothing', (linker) => {
      const { folder, run, written } = project(`yarn-${linker}`, peers);
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
    const { folder, run, written } = project(
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
