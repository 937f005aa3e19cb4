import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dirhash } from './package/dirhash';
import { withLock } from './package/lock-file';
import { type ZipEntry, zip } from './package/zip';

/** How a configuration names the provider. */
export const PROVIDER_SOURCE = 'peerform/peerform';

/** The same with the registry's host, as lock files and mirrors name it. */
const PROVIDER_ADDRESS = `registry.terraform.io/${PROVIDER_SOURCE}`;

/** The provider of gates' resources, in the version that `@cdktf/provider-null` asks for. */
const NULL_ADDRESS = 'registry.terraform.io/hashicorp/null';
const NULL_VERSION = '3.2.4';

/** Where Terraform and Node run together: one script serves them all, so the packages are equal but for their names. */
export const PLATFORMS = ['darwin_amd64', 'darwin_arm64', 'linux_amd64', 'linux_arm64'] as const;

/**
 * Where it stands in a folder, for {@link GATE}; by its ending Node.js takes it for what it is, whatever a package.json
 * further up says.
 */
export const GATE_SCRIPT = 'terraform.d/peerform/gate.cjs';

/** What the script is called with to run the check of a gate. */
export const GATE = 'gate';

/** A file that a stack needs, by its path from the stack's folder. */
interface StackFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The provider as Terraform installs it without a registry: a zip for each platform in the stack's own folder (its
 * implied mirror), and the block of the lock file that pins its content.
 */
export class ProviderPackage {
  private constructor(
    /**
     * Semantic version. A build that is not a release carries a digest of its bytes, since Terraform takes equal
     * versions for equal bytes.
     */
    readonly version: string,
    private readonly script: Uint8Array,
    /** With the registry's host, as lock files and mirrors name it. */
    readonly address: string = PROVIDER_ADDRESS,
  ) {}

  /**
   * The same script under the name of hashicorp/null, which it can be as well: for stacks with gates where no registry
   * can be reached. Never where the real one can be had.
   */
  nullStandIn(): ProviderPackage {
    return new ProviderPackage(NULL_VERSION, this.script, NULL_ADDRESS);
  }

  /** The package that was built with this code. Throws an Error that says what to do where nothing was built. */
  static load(): ProviderPackage {
    const script = PLACES.find((place) => existsSync(place));
    if (!script) throw new Error('the provider is not built: run `npm run build`');
    const { version, isRelease } = JSON.parse(readFileSync(join(dirname(script), 'bundle.json'), 'utf8'));
    return ProviderPackage.of(readFileSync(script), version, isRelease === true);
  }

  /** A package of a given script; `version` is the project's, three numbers. */
  static of(script: Uint8Array, version: string, isRelease = false): ProviderPackage {
    const digest = createHash('sha256').update(script).digest('hex').slice(0, 10);
    return new ProviderPackage(isRelease ? version : `${version}-dev-${digest}`, script);
  }

  /** The hash of the content for the lock file. */
  get hash(): string {
    return dirhash(this.entries());
  }

  /** The zips where Terraform looks for them by itself. */
  files(): StackFile[] {
    const bytes = zip(this.entries());
    return PLATFORMS.map((platform) => ({
      path: `terraform.d/plugins/${this.address}/terraform-provider-${this.type}_${this.version}_${platform}.zip`,
      bytes,
    }));
  }

  /** The same script as the command that runs the checks of gates: `sh PATH gate`. */
  get gate(): StackFile {
    return { path: GATE_SCRIPT, bytes: this.script };
  }

  /** The text of `.terraform.lock.hcl`, with what it said of other providers kept. */
  lockFile(existing?: string): string {
    return withLock(existing, { address: this.address, version: this.version, hashes: [this.hash] });
  }

  /** The last part of its name. */
  private get type(): string {
    return basename(this.address);
  }

  private entries(): ZipEntry[] {
    return [
      // Beside the script, as a package.json further up could make Node read it as an ES module.
      { name: 'package.json', bytes: Buffer.from('{"type":"commonjs"}\n'), mode: 0o644 },
      { name: `terraform-provider-${this.type}_v${this.version}`, bytes: this.script, mode: 0o755 },
    ];
  }
}

/** Beside this file in the build; in the checkout, the build's own place. */
const PLACES = ['bundle.js', '../../dist/provider/bundle.js'].map((place) => join(__dirname, place));
