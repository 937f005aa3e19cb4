import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** A folder with a Terraform configuration and the provider in its implied mirror; no CLI configuration, no registry. */
export class TerraformStack {
  readonly folder = mkdtempSync(join(tmpdir(), 'peerform-stack-'));

  constructor(private readonly provider: ProviderPackage) {
    for (const { path, bytes } of provider.files()) this.write(path, bytes);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  /** Writes main.tf: what `body` says, and where the provider comes from. */
  configure(body: string): void {
    const required = `terraform {\n  required_providers {\n    peerform = {\n      source  = "peerform/peerform"\n      version = "${this.provider.version}"\n    }\n  }\n}\n`;
    this.write('main.tf', required + body);
  }

  terraform(...args: string[]): Run {
    const { status, stdout, stderr } = spawnSync('terraform', [...args, '-no-color'], {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
    });
    return { code: status, text: stdout + stderr };
  }

  /** The state's attributes of a resource; undefined where there is none. */
  state(type: string): Record<string, unknown> | undefined {
    const { code, text } = this.terraform('show', '-json');
    if (code !== 0) throw new Error(text);
    const resources: { type: string; values: Record<string, unknown> }[] =
      JSON.parse(text).values?.root_module?.resources ?? [];
    return resources.find((resource) => resource.type === type)?.values;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
