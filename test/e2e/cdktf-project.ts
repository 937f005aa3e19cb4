import { type ChildProcess, execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Run } from './terraform-stack';

const root = join(__dirname, '../..');

/** What a project of a user has in its node_modules; the build of this checkout stands for the package from npm. */
const PACKAGES = ['cdktf', 'constructs', 'typescript', '@types', '@cdktf', '.bin'];

/**
 * An example as a project of its own, in a fresh folder, run by the real cdktf with no registry and no CLI
 * configuration.
 */
export class CdktfProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'peerform-cdktf-'));
  private child?: ChildProcess;

  constructor(
    example: string,
    readonly env: Record<string, string> = {},
  ) {
    if (!existsSync(join(root, 'dist/provider/bundle.js'))) throw new Error('nothing is built: run npm run build');
    cpSync(join(root, 'examples', example), this.folder, {
      recursive: true,
      filter: (path) => !path.endsWith('cdktf.out'),
    });
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(root, join(this.folder, 'node_modules/peerform'));
    for (const name of PACKAGES) symlinkSync(join(root, 'node_modules', name), join(this.folder, 'node_modules', name));
  }

  /** Runs cdktf; agents of this process go on meanwhile. */
  cdktf(...args: string[]): Promise<Run> {
    return this.run(join(this.folder, 'node_modules/.bin/cdktf'), args);
  }

  /** Writes the stacks as `cdktf synth` does, by the project's own command, in a third of the time. */
  synth(): Promise<Run> {
    const { app } = JSON.parse(this.read('cdktf.json')) as { app: string };
    return this.run('sh', ['-c', app]);
  }

  /** Plans a stack that was deployed, by Terraform alone. */
  async plan(stack: string): Promise<Run> {
    const folder = join(this.folder, 'cdktf.out/stacks', stack);
    const initialised = await this.run('terraform', ['init', '-input=false'], folder);
    return initialised.code === 0 ? this.run('terraform', ['plan', '-input=false', '-no-color'], folder) : initialised;
  }

  private run(program: string, args: readonly string[], cwd = this.folder): Promise<Run> {
    const env = {
      ...process.env,
      CI: '1',
      CHECKPOINT_DISABLE: '1',
      FORCE_COLOR: '0',
      TF_CLI_CONFIG_FILE: '/dev/null',
      // Whoever asks a registry all the same gets no answer.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      ...this.env,
    };
    return new Promise((resolve) => {
      const child = execFile(program, args, { cwd, env, maxBuffer: 1 << 26 }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, text: stripVTControlCharacters(stdout + stderr) }),
      );
      this.child = child;
    });
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Edits the program: `from` stands in it exactly once. */
  edit(from: string, to: string): void {
    const parts = this.read('main.ts').split(from);
    if (parts.length !== 2) throw new Error(`main.ts holds ${JSON.stringify(from)} ${parts.length - 1} times`);
    writeFileSync(join(this.folder, 'main.ts'), parts.join(to));
  }

  remove(): void {
    this.child?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
