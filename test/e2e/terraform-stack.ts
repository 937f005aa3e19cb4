import { type ChildProcess, execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ProviderPackage } from '../../lib/provider/package';

/** What a run of terraform came to. */
export interface Run {
  readonly code: number | null;
  /** Both streams. */
  readonly text: string;
}

const root = join(__dirname, '../..');

/** The provider, bundled afresh from the sources. */
export function bundledProvider(): ProviderPackage {
  const folder = mkdtempSync(join(tmpdir(), 'peerform-bundle-'));
  try {
    const script = join(folder, 'bundle.js');
    execFileSync(process.execPath, [join(root, 'scripts/bundle-provider.mjs'), script]);
    const { version } = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8'));
    return ProviderPackage.of(readFileSync(script), version);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * A folder with a Terraform configuration and the provider in its implied mirror; no CLI configuration, no registry.
 */
export class TerraformStack {
  readonly folder = mkdtempSync(join(tmpdir(), 'peerform-stack-'));

  private running: ChildProcess | undefined;

  constructor(private readonly provider: ProviderPackage) {
    for (const { path, bytes } of provider.files()) this.write(path, bytes);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  delete(path: string): void {
    rmSync(join(this.folder, path));
  }

  /** Deletes a file or a folder, if there is one. */
  forget(path: string): void {
    rmSync(join(this.folder, path), { recursive: true, force: true });
  }

  /** Writes main.tf: what `body` says, and where the provider comes from. */
  configure(body: string): void {
    const required = `terraform {\n  required_providers {\n    peerform = {\n      source  = "peerform/peerform"\n      version = "${this.provider.version}"\n    }\n  }\n}\n`;
    this.write('main.tf', required + body);
  }

  /** Runs terraform; agents of this process go on meanwhile. */
  terraform(...args: string[]): Promise<Run> {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
    return new Promise((resolve) => {
      const child = execFile(
        'terraform',
        [...args, '-no-color'],
        { cwd: this.folder, env, maxBuffer: 1 << 26 },
        (_, stdout, stderr) => resolve({ code: child.exitCode, text: stdout + stderr }),
      );
      this.running = child;
    });
  }

  /** Ctrl-C for what runs. */
  interrupt(): void {
    this.running?.kill('SIGINT');
  }

  /** Kills the provider that the running terraform has started. */
  killProvider(): void {
    const providers = childrenOf(this.running?.pid ?? 0).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('terraform-provider-peerform'),
    );
    if (providers.length === 0) throw new Error('terraform runs no provider');
    for (const pid of providers) process.kill(pid, 'SIGKILL');
  }

  /** The state's attributes of a resource; undefined where there is none. */
  async state(type: string): Promise<Record<string, unknown> | undefined> {
    const { code, text } = await this.terraform('show', '-json');
    if (code !== 0) throw new Error(text);
    const resources: { type: string; values: Record<string, unknown> }[] =
      JSON.parse(text).values?.root_module?.resources ?? [];
    return resources.find((resource) => resource.type === type)?.values;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const childrenOf = (parent: number): number[] =>
  readdirSync(`/proc/${parent}/task`)
    .flatMap((thread) => readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8').trim().split(' '))
    .map(Number)
    .filter((pid) => pid > 0);
