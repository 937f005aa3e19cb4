import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { labsFolder } from '../../lib/lab/state';
import { inCi } from '../breadth';
import { describeInstalled, PackedPackage } from './support/packed-package';

// The package in a fresh folder, by npm; test/wide/installed-package.test.ts has what else users install it with.
const ROOT = resolve(__dirname, '../..');
jest.setTimeout(8 * 60_000);

const LABS = labsFolder(process.getuid?.() === 0);
/** A line of the docs: `lab down` needs a name where this machine has labs of others, too. */
const amongOthers = (line: string, lab: string) =>
  line === 'npx peerform lab down' && readdirSync(LABS).length > 1 ? `${line} --name ${lab}` : line;

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
  let packed: PackedPackage;
  beforeAll(() => {
    packed = PackedPackage.make();
  });
  afterAll(() => packed.remove());

  describe('peerform init', () => {
    let folder: string;
    let project: string;
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
      folder = join(packed.scratch, 'init');
      project = join(folder, 'first-screen');
      mkdirSync(folder);
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      const packages = [packed.archive, 'cdktf@^0.21.0', 'constructs@^10.4.2'].join(' ');
      expect(sh(`npm install --no-audit --no-fund ${packages}`)).toMatchObject({ code: 0 });
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
      writeFileSync(manifest, text.replace(/("peerform": )"[^"]+"/, `$1"file:${packed.archive}"`));
      const [install, ...others] = lines;
      expect(sh(install)).toMatchObject({ code: 0 }); // after cd
      try {
        for (const line of others) {
          const { code, text: said } = sh(amongOthers(line, 'first-screen'), project);
          if (code !== 0) throw new Error(`${line} ended with ${code}: ${said}`); // a diff would not show the line
          if (line.includes('status')) expect(said).toContain('3 of 3 nodes respond');
        }
      } finally {
        sh('npx peerform lab down --name first-screen', project);
      }
    });

    inCi(test)('writes a project in which a change is reviewed before it is made', () => {
      const run = (line: string) => sh(line, project);
      expect(run('npm test')).toMatchObject({ code: 0 });
      expect(run('LAB=/run/lab npm run synth')).toMatchObject({ code: 0 });
      const { resource } = JSON.parse(readFileSync(join(project, 'cdktf.out/stacks/first-screen/cdk.tf.json'), 'utf8'));
      expect(resource.peerform_wave['first-screen'].nodes.node1).toBe('unix:///run/lab/node1/agent.sock');
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

    inCi(test)('writes a project whose package is used from strict ES modules, all its types checked', () => {
      writeFileSync(join(project, 'strict.mts'), STRICT);
      const options = '--module nodenext --verbatimModuleSyntax --strict --target es2022 --types node';
      expect(sh(`npx tsc ${options} --skipLibCheck false strict.mts`, project)).toMatchObject({ code: 0 });
      expect(sh('node strict.mjs', project)).toEqual({ code: 0, text: 'strict\n' });
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

    inCi(test)('deploys the module into a lab, by the steps of the docs, and takes all of it away again', () => {
      const page = readFileSync(join(ROOT, 'docs/your-own-project.md'), 'utf8');
      const [, steps] = /^```sh\n((?:(?!```)[\s\S])*terraform apply[\s\S]*?)^```/m.exec(page)!;
      const lines = steps
        .replaceAll('/run/peerform/lab/network', join(LABS, 'terraform'))
        .replaceAll('--lab network', '--lab terraform')
        .replace(/terraform (apply|destroy)/g, '$& -auto-approve')
        .trim()
        .split('\n');
      try {
        for (const line of lines) {
          const { code, text } = sh(amongOthers(line, 'terraform'), join(folder, 'terraform'));
          if (code !== 0) throw new Error(`${line} ended with ${code}: ${text}`); // a diff would not show the line
        }
      } finally {
        sh('npx peerform lab down --name terraform', join(folder, 'terraform'));
      }
    });
  });
});
