import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../..');
const MINUTE = 60_000;

const hasRegistry =
  spawnSync('npm', ['view', 'constructs', 'version', '--fetch-retries=0'], { timeout: MINUTE }).status === 0;
if (!hasRegistry && process.env.CI) throw new Error('in CI nothing is skipped, and no npm registry is reached');
if (!hasRegistry)
  process.stderr.write('skipped: no npm registry is reached, so no package can be installed as users do\n');
export const describeInstalled = hasRegistry ? describe : describe.skip;

/** Nobody is to be asked about scripts of packages, or told of them. */
export const SCRIPTS = /koffi.*(script|build)|install[- ]scripts|ignored build|approve-builds|ERESOLVE|peer dep/i;

/**
 * The package as users get it: packed, to be installed into fresh folders by a package manager's own resolver, with no
 * link into this checkout.
 */
export class PackedPackage {
  private constructor(
    /** Where projects are made; gone after {@link remove}. */
    readonly scratch: string,
    readonly archive: string,
  ) {}

  static make(): PackedPackage {
    const scratch = mkdtempSync(join(tmpdir(), 'peerform-installed-'));
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', scratch], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    return new PackedPackage(scratch, join(scratch, packed.trim().split('\n').at(-1)!));
  }

  /** A project of the quickstart's source with these dependencies. */
  project(name: string, dependencies: Record<string, string>, more: object = {}) {
    const folder = join(this.scratch, name);
    cpSync(join(ROOT, 'examples/quickstart'), folder, {
      recursive: true,
      filter: (path) => !path.endsWith('cdktf.out'),
    });
    const manifest = {
      ...{ name: 'fresh', private: true, dependencies: { ...dependencies, peerform: `file:${this.archive}` } },
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

  remove(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }
}
