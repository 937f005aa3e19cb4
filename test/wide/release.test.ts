import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { quickstartLab } from '../e2e/support/quickstart';
import { TerraformRegistry } from '../e2e/support/terraform-registry';

// A release as scripts/release.mjs makes it of a tag, on the files of this checkout.
const ROOT = resolve(__dirname, '../..');
const MINUTE = 60_000;
jest.setTimeout(4 * MINUTE);

const { version, dependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const REPOSITORY = 'https://git.example.org/network/peerform';
const PLATFORMS = ['darwin_amd64', 'darwin_arm64', 'linux_amd64', 'linux_arm64'];
const PROVIDER = `terraform-provider-peerform_${version}`;

const has = (program: string) => spawnSync('which', [program]).status === 0;
const hasRegistry =
  spawnSync('npm', ['view', 'postject', 'version', '--fetch-retries=0'], { timeout: MINUTE }).status === 0;
const missing = [
  ...['gpg', 'dpkg-deb', 'unzip'].filter((program) => !has(program)),
  ...(hasRegistry ? [] : ['an npm registry']),
  ...(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) ? [] : ['Linux on x64 or arm64']),
].join(', ');
if (missing && process.env.CI) throw new Error(`in CI nothing is skipped, and these are missing: ${missing}`);
if (missing) process.stderr.write(`skipped: no release is made without ${missing}\n`);
const describeRelease = missing ? describe.skip : describe;

describeRelease('a release', () => {
  let scratch: string;
  let clone: string;
  let out: string;
  let gnupg: { GNUPGHOME: string };
  const run = (program: string, args: readonly string[], more: Record<string, string> = {}) =>
    execFileSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, ...more },
      stdio: 'pipe',
      maxBuffer: 1 << 28,
    });
  const newKey = (name: string) =>
    run('gpg', ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', name, 'rsa2048', 'sign'], gnupg);
  const publicKey = (name: string) => run('gpg', ['--armor', '--export', name], gnupg);
  let umask = '022';
  /** The script, run in the clone. */
  const release = (folder: string, ...which: string[]) =>
    spawnSync(
      'sh',
      [
        ...['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath],
        ...['scripts/release.mjs', ...which, '--key', 'releases@example.org'],
        ...['--repository', REPOSITORY, '--out', folder],
      ],
      { cwd: clone, encoding: 'utf8', env: { ...process.env, ...gnupg, SOURCE_DATE_EPOCH: undefined } },
    );
  const git = (...args: string[]) => {
    const date = '1700000000 +0000';
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    return run('git', ['-C', clone, ...who, ...args], { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date });
  };
  /** A repository of its own with the files of this checkout as they are, prepared for a release and tagged. */
  const tagged = () => {
    const files = run('git', ['-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0');
    for (const path of files.filter((one) => one !== '' && existsSync(join(ROOT, one))))
      cpSync(join(ROOT, path), join(clone, path), { recursive: true });
    run('git', ['init', '--quiet', clone]);
    writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    const changelog = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8');
    writeFileSync(join(clone, 'CHANGELOG.md'), changelog.replace(/^## Unreleased$/m, `## ${version}`));
    // As scripts/record-version.mjs does before a tag: between releases there are names that are not recorded.
    const names = run(process.execPath, [join(ROOT, 'scripts/public-names.mjs')]);
    writeFileSync(join(clone, 'test/fixtures/released', version, 'names.json'), names);
    git('add', '--all');
    git('commit', '--quiet', '--message', 'everything');
    git('tag', `v${version}`);
  };
  const inside = (...path: string[]) => join(out, ...path);
  const text = (...path: string[]) => readFileSync(inside(...path), 'utf8');
  const filesOf = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile());
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const unpacked = (platform: string) => {
    const folder = join(scratch, platform);
    if (!existsSync(folder)) run('unzip', ['-q', inside('registry', `${PROVIDER}_${platform}.zip`), '-d', folder]);
    return folder;
  };
  const machineOf = (path: string) => {
    const script = `import('${join(ROOT, 'scripts/elf.mjs')}').then((m) => console.log(m.elfMachine(process.argv[1])))`;
    return run(process.execPath, ['-e', script, path]).trim();
  };

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'pf-rel-')); // short: gpg-agent has a socket below it
    gnupg = { GNUPGHOME: join(scratch, 'gnupg') };
    mkdirSync(gnupg.GNUPGHOME, { mode: 0o700 });
    newKey('releases@example.org');
    newKey('stranger@example.org');
    clone = join(scratch, 'clone');
    tagged();
    out = join(scratch, 'release');
    const { status, stderr } = release(out, '--tag', `v${version}`);
    if (status !== 0) throw new Error(stderr);
  }, 6 * MINUTE);
  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...gnupg } });
    rmSync(scratch, { recursive: true, force: true });
  });

  test(
    'has the same octets when it is made again, by a rehearsal with the same files and by somebody with another umask',
    () => {
      const again = join(scratch, 'again');
      umask = '077';
      expect(release(again, '--rehearsal')).toMatchObject({ status: 0 });
      const digests = (folder: string) =>
        Object.fromEntries(filesOf(folder).map((path) => [path, digest(join(folder, path))]));
      expect(digests(again)).toEqual(digests(out));
      rmSync(again, { recursive: true });
    },
    6 * MINUTE,
  );

  test('has checksums of all of it', () => {
    const sums = text('SHA256SUMS')
      .trim()
      .split('\n')
      .map((line) => line.split('  '));
    expect(sums.map(([, path]) => path)).toEqual(
      filesOf(out)
        .filter((path) => path !== 'SHA256SUMS')
        .sort(),
    );
    for (const [sum, path] of sums) expect([path, digest(inside(path))]).toEqual([path, sum]);
  });

  describe('for the Terraform Registry', () => {
    const zips = PLATFORMS.map((platform) => `${PROVIDER}_${platform}.zip`);

    test('has a zip for each platform, a manifest, and checksums of both with a signature', () => {
      const files = [...zips, `${PROVIDER}_manifest.json`].sort();
      const sums = text('registry', `${PROVIDER}_SHA256SUMS`);
      expect(sums).toBe(files.map((name) => `${digest(inside('registry', name))}  ${name}\n`).join(''));
      expect(JSON.parse(text('registry', `${PROVIDER}_manifest.json`))).toEqual({
        version: 1,
        metadata: { protocol_versions: ['6.0'] },
      });
      const list = inside('registry', `${PROVIDER}_SHA256SUMS`);
      const verified = spawnSync('gpg', ['--verify', `${list}.sig`, list], {
        env: { ...process.env, ...gnupg },
        encoding: 'utf8',
      });
      expect(verified).toMatchObject({ status: 0, stderr: expect.stringContaining('releases@example.org') });
      expect(text('registry/signing-key.asc')).toBe(publicKey('releases@example.org'));
    });

    test('has a program of the right machine for Linux, with every licence, and the script for macOS with its own', () => {
      for (const [arch, cpu] of [
        ['amd64', 'x64'],
        ['arm64', 'arm64'],
      ]) {
        const folder = unpacked(`linux_${arch}`);
        const program = `terraform-provider-peerform_v${version}`;
        expect(readdirSync(folder).sort()).toEqual(['LICENSE', 'LICENSE.node', 'NOTICE', program]);
        expect(machineOf(join(folder, program))).toBe(cpu);
        expect(statSync(join(folder, program)).mode & 0o777).toBe(0o755);
        expect(readFileSync(join(folder, 'NOTICE'))).toEqual(readFileSync(join(ROOT, 'NOTICE')));
      }
      for (const arch of ['amd64', 'arm64']) {
        const inFolder = (name: string) => readFileSync(join(unpacked(`darwin_${arch}`), name), 'utf8');
        expect(inFolder(`terraform-provider-peerform_v${version}`)).toMatch(/^#!\/bin\/sh\n/);
        for (const name of ['LICENSE', 'NOTICE']) expect(inFolder(name)).toBe(readFileSync(join(ROOT, name), 'utf8'));
      }
    });

    test('has pages in the layout of the registry, whose links all lead into the repository', () => {
      expect(filesOf(inside('registry/docs')).sort()).toEqual([
        'functions/as_dot.md',
        'functions/as_number.md',
        'index.md',
        'resources/commit.md',
        'resources/fabric.md',
        'resources/wave.md',
      ]);
      const pages = filesOf(inside('registry/docs')).map((path) => text('registry/docs', path));
      for (const page of pages) {
        expect(page).toMatch(/^---\npage_title: ".+"\nsubcategory: ""\ndescription: \|-\n {2}\S.*\n---\n\n# /);
        expect(page).not.toContain('Generated from');
      }
      const links = pages.flatMap((page) => [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link));
      expect(links.length).toBeGreaterThan(1);
      const source = `${REPOSITORY}/blob/v${version}/`;
      for (const link of links) {
        expect(link.startsWith(source)).toBe(true);
        expect([link, existsSync(join(ROOT, link.slice(source.length).replace(/#.*/, '')))]).toEqual([link, true]);
      }
    });
  });

  describe('that a registry serves', () => {
    let registry: TerraformRegistry;
    let path: string;
    let stack: string;
    beforeAll(async () => {
      registry = await TerraformRegistry.start(
        inside('registry'),
        'peerform/peerform',
        version,
        publicKey('releases@example.org'),
      );
      path = join(scratch, 'bin');
      mkdirSync(path);
      symlinkSync(run('which', ['terraform']).trim(), join(path, 'terraform')); // and no node
    });
    afterAll(() => registry.stop());
    beforeEach(() => {
      stack = mkdtempSync(join(scratch, 'stack-'));
      const [, example] = /^```terraform\n([\s\S]*?)^```/m.exec(text('registry/docs/index.md'))!;
      writeFileSync(
        join(stack, 'main.tf'),
        `${example}\noutput "dotted" { value = provider::peerform::as_dot(67111) }\n`,
      );
    });

    test('is what the first screen of the README requires', async () => {
      const [, required] = /`(peerform = \{ source.*?\})`/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))!;
      writeFileSync(join(stack, 'main.tf'), `terraform {\n  required_providers {\n    ${required}\n  }\n}\n`);
      expect((await terraform(['init'])).said).toContain(`Installed peerform/peerform v${version}`);
    });

    /** Terraform where there is no Node.js; the registry goes on meanwhile. */
    const terraform = (
      args: readonly string[],
      more: Record<string, string> = {},
    ): Promise<{ code: number | null; said: string }> =>
      new Promise((done) => {
        const env = {
          HOME: scratch,
          PATH: path,
          CHECKPOINT_DISABLE: '1',
          TF_IN_AUTOMATION: '1',
          ...registry.settings,
          ...more,
        };
        const child = execFile('terraform', [...args, '-no-color'], { cwd: stack, env }, (_, stdout, stderr) =>
          done({ code: child.exitCode, said: stdout + stderr }),
        );
      });
    const lock = () => readFileSync(join(stack, '.terraform.lock.hcl'), 'utf8');

    test('is installed by terraform init, which checks its signature, and plans where there is no Node.js', async () => {
      const initialised = await terraform(['init']);
      expect(initialised).toMatchObject({ code: 0 });
      expect(initialised.said).toContain(`Installed peerform/peerform v${version} (self-signed, key ID`);
      expect(lock()).toContain('"zh:');
      const planned = await terraform(['plan', '-refresh=false']);
      expect(planned.said).toContain('dotted = "1.1575"');
      expect(planned.said).toContain('# peerform_fabric.main will be created');
      expect(planned.code).toBe(0);
    });

    test('deploys a network where there is no Node.js, and takes it away again', async () => {
      const { lab, down } = await quickstartLab('release-test');
      try {
        expect(await terraform(['init'])).toMatchObject({ code: 0 });
        const settings = ['-auto-approve', `-var=lab=${lab.folder}`];
        const { code, said } = await terraform(['apply', ...settings]);
        expect([code, said]).toEqual([0, expect.stringContaining('Apply complete! Resources: 3 added')]);
        expect((await lab.agent('node1').status()).asNumber).toBe(67111);
        expect(await terraform(['destroy', ...settings])).toMatchObject({ code: 0 });
      } finally {
        await down();
      }
    });

    test('is refused by terraform init when somebody else signed it', async () => {
      const other = await TerraformRegistry.start(
        inside('registry'),
        'peerform/peerform',
        version,
        publicKey('stranger@example.org'),
      );
      try {
        const { code, said } = await terraform(['init'], other.settings);
        expect(code).toBe(1);
        expect(said.replace(/[\s│]+/g, ' ')).toContain('authentication signature from unknown issuer');
      } finally {
        await other.stop();
      }
    });

    test('is copied by terraform providers mirror for every platform, and installed from the copy', async () => {
      const mirror = join(stack, 'mirror');
      const mirrored = await terraform([
        'providers',
        'mirror',
        ...PLATFORMS.map((platform) => `-platform=${platform}`),
        mirror,
      ]);
      expect(mirrored).toMatchObject({ code: 0 });
      const copies = join(mirror, 'registry.terraform.io/peerform/peerform');
      for (const platform of PLATFORMS)
        expect(digest(join(copies, `${PROVIDER}_${platform}.zip`))).toBe(
          digest(inside('registry', `${PROVIDER}_${platform}.zip`)),
        );
      const settings = join(stack, 'terraformrc');
      writeFileSync(
        settings,
        `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
      );
      const before = registry.asked.length;
      expect(await terraform(['init'], { TF_CLI_CONFIG_FILE: settings })).toMatchObject({ code: 0 });
      expect(registry.asked.length).toBe(before);
      expect(await terraform(['validate'])).toMatchObject({ code: 0 });
    });

    test('is what a lock file accepts that the npm package wrote, and the other way round', async () => {
      const folder = join(scratch, 'npm');
      mkdirSync(folder);
      run('tar', ['-xzf', inside('npm', `peerform-${version}.tgz`), '-C', folder]);
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'package/node_modules'));
      run(process.execPath, [join(folder, 'package/dist/cli/main.js'), 'provider', 'install', stack]);
      const written = lock();
      const script = join(stack, 'terraform.d');
      renameSync(script, join(scratch, 'terraform.d'));
      expect(await terraform(['init', '-lockfile=readonly'])).toMatchObject({ code: 0 });
      expect(lock()).toBe(written);

      rmSync(join(stack, '.terraform'), { recursive: true });
      rmSync(join(stack, '.terraform.lock.hcl'));
      expect(await terraform(['init'])).toMatchObject({ code: 0 });
      const ofRegistry = lock();
      rmSync(join(stack, '.terraform'), { recursive: true });
      renameSync(join(scratch, 'terraform.d'), script);
      const before = registry.asked.length;
      expect(await terraform(['init', '-lockfile=readonly'])).toMatchObject({ code: 0 });
      expect([registry.asked.length, lock()]).toEqual([before, ofRegistry]);
    });
  });

  describe('as an npm package', () => {
    const packed = () =>
      JSON.parse(run('tar', ['-xzOf', inside('npm', `peerform-${version}.tgz`), 'package/package.json']));
    test('says where its sources are, which provenance compares', () =>
      expect(packed()).toMatchObject({
        name: 'peerform',
        version,
        repository: { type: 'git', url: `git+${REPOSITORY}.git` },
      }));

    test('has source maps with the sources in them, which it has not as files', () => {
      const folder = mkdtempSync(join(scratch, 'maps-'));
      run('tar', ['-xzf', inside('npm', `peerform-${version}.tgz`), '-C', folder]);
      const maps = filesOf(folder).filter((path) => path.endsWith('.map'));
      expect(maps.length).toBeGreaterThan(100);
      for (const path of maps) {
        const { sources, sourcesContent } = JSON.parse(readFileSync(join(folder, path), 'utf8'));
        expect([path, sourcesContent?.length]).toEqual([path, sources.length]);
      }
    });

    test('has its docs and licences', () => {
      const files = run('tar', ['-tzf', inside('npm', `peerform-${version}.tgz`)]);
      for (const path of [
        'docs/real-nodes.md',
        'docs/resources/peerform_fabric.md',
        'NOTICE',
        'LICENSE',
        'dist/provider/bundle.js',
      ])
        expect(files).toContain(`package/${path}\n`);
    });
  });

  describe.each([
    ['amd64', 'x64'],
    ['arm64', 'arm64'],
  ])('as a Debian package for %s', (arch, cpu) => {
    const deb = () => inside('debian', `peerform-agent_${version}_${arch}.deb`);
    test('has the native part of that architecture, and no other', () => {
      expect(run('dpkg-deb', ['-f', deb(), 'Architecture']).trim()).toBe(arch);
      const folder = join(scratch, `deb-${arch}`);
      run('dpkg-deb', ['-x', deb(), folder]);
      const natives = filesOf(folder).filter((path) => path.endsWith('.node'));
      expect(natives.length).toBe(1);
      expect(natives[0]).toContain(`@koromix/koffi-linux-${cpu}/`);
      expect(machineOf(join(folder, natives[0]))).toBe(cpu);
      expect(existsSync(join(folder, 'usr/share/doc/peerform-agent/NOTICE.gz'))).toBe(true);
    });
  });

  describe('with bills of materials', () => {
    type Bill = {
      metadata: { component: { name: string; 'bom-ref': string } };
      components: {
        name: string;
        group?: string;
        version: string;
        purl: string;
        'bom-ref': string;
        hashes?: { content: string }[];
      }[];
      dependencies: { ref: string; dependsOn?: string[] }[];
    };
    const bill = (file: string) => JSON.parse(text('sbom', `${file}.cdx.json`)) as Bill;
    const names = ({ components }: Bill) => components.map(({ group, name }) => (group ? `${group}/${name}` : name));

    test('of each product, in CycloneDX, whose parts are all referred to', () => {
      const products = [
        ...filesOf(inside('npm')),
        ...filesOf(inside('debian')),
        ...PLATFORMS.map((one) => `${PROVIDER}_${one}.zip`),
      ];
      expect(filesOf(inside('sbom')).sort()).toEqual(products.map((file) => `${file}.cdx.json`).sort());
      for (const product of products) {
        const one = bill(product);
        expect(one).toMatchObject({
          bomFormat: 'CycloneDX',
          specVersion: '1.6',
          serialNumber: expect.stringMatching(
            /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          ),
        });
        const references = one.components.map((component) => component['bom-ref']);
        expect(new Set(references).size).toBe(references.length);
        expect(one.dependencies[0]).toEqual({ ref: one.metadata.component['bom-ref'], dependsOn: references });
      }
    });

    test('with what npm installs for the package, by the digests of the lock file', () => {
      const { components } = bill(`peerform-${version}.tgz`);
      expect(names(bill(`peerform-${version}.tgz`))).toEqual(
        expect.arrayContaining([...Object.keys(dependencies), ...Object.keys(optionalDependencies)]),
      );
      const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
      const zod = components.find(({ name }) => name === 'zod')!;
      expect(`sha512-${Buffer.from(zod.hashes![0].content, 'hex').toString('base64')}`).toBe(
        packages['node_modules/zod'].integrity,
      );
      expect(components.every(({ hashes }) => hashes?.length === 1)).toBe(true);
    });

    test('with one native part for each Debian package, and Node.js for the programs of Linux', () => {
      const natives = (file: string) => names(bill(file)).filter((name) => name.startsWith('@koromix'));
      expect(natives(`peerform-agent_${version}_amd64.deb`)).toEqual(['@koromix/koffi-linux-x64']);
      expect(natives(`peerform-agent_${version}_arm64.deb`)).toEqual(['@koromix/koffi-linux-arm64']);
      expect(names(bill(`${PROVIDER}_linux_arm64.zip`))).toEqual(
        expect.arrayContaining(['zod', '@msgpack/msgpack', 'node']),
      );
      expect(names(bill(`${PROVIDER}_darwin_arm64.zip`))).not.toContain('node');
      for (const [arch, cpu] of [
        ['amd64', 'x64'],
        ['arm64', 'arm64'],
      ])
        expect(bill(`${PROVIDER}_linux_${arch}.zip`).components.find(({ name }) => name === 'node')).toMatchObject({
          externalReferences: [
            {
              url: expect.stringContaining(`/node-linux-${cpu}/`),
              hashes: [{ content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
            },
          ],
        });
    });
  });
});
