import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dirhash } from './package/dirhash';
import { withLock } from './package/lock-file';
import { type ZipEntry, zip } from './package/zip';

/** Source address of the provider in a configuration. */
export const PROVIDER_SOURCE = 'peerform/peerform';

/** The same including the registry's host, as in lock files and mirrors. */
const PROVIDER_ADDRESS = `registry.terraform.io/${PROVIDER_SOURCE}`;

/** The provider of gates' resources, in the version required by `@cdktf/provider-null`. */
const NULL_ADDRESS = 'registry.terraform.io/hashicorp/null';
const NULL_VERSION = '3.2.4';

/** Platforms with both Terraform and Node.js. All packages contain the same script and differ only in names. */
export const PLATFORMS = ['darwin_amd64', 'darwin_arm64', 'linux_amd64', 'linux_arm64'] as const;

/** Path of the script in a folder, for {@link GATE}. The extension makes Node.js ignore any package.json further up. */
export const GATE_SCRIPT = 'terraform.d/peerform/gate.cjs';

/** Argument that makes the script run the check of a gate. */
export const GATE = 'gate';

/** A file of a stack, with its path relative to the stack's folder. */
interface StackFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The provider as Terraform installs it without a registry: a zip for each platform in the stack's folder (an implied
 * local mirror), and the lock file block that pins its contents.
 */
export class ProviderPackage {
  private constructor(
    /**
     * Semantic version. A build that is not a release includes a digest of its contents, because Terraform assumes that
     * equal versions have equal contents.
     */
    readonly version: string,
    private readonly script: Uint8Array,
    /** Including the registry's host, as in lock files and mirrors. */
    readonly address: string = PROVIDER_ADDRESS,
    /** Hashes of the packages that a registry has of this version, with the same script and Node.js inside. */
    private readonly registryHashes: readonly string[] = [],
    /** What is passed on with the script. */
    private readonly licences: readonly ZipEntry[] = [],
  ) {}

  /**
   * The same script packaged as hashicorp/null, for stacks with gates where no registry is reachable. Not to be used
   * where the real one is available.
   */
  nullStandIn(): ProviderPackage {
    return new ProviderPackage(NULL_VERSION, this.script, NULL_ADDRESS, [], this.licences);
  }

  /** The package built together with this code. Throws an Error with a remedy if there is none. */
  static load(): ProviderPackage {
    const script = PLACES.find((place) => existsSync(place));
    if (!script) throw new Error('the provider is not built: run `npm run build`');
    const beside = (name: string) => readFileSync(join(dirname(script), name));
    const { version, isRelease, hashes } = JSON.parse(beside('bundle.json').toString());
    const licences = LICENCES.map((name) => ({ name, bytes: beside(name), mode: 0o644 }));
    return ProviderPackage.of(readFileSync(script), version, isRelease === true, hashes, licences);
  }

  /** A package of a given script. `version` is the project's, three numbers. */
  static of(
    script: Uint8Array,
    version: string,
    isRelease = false,
    hashes: readonly string[] = [],
    licences: readonly ZipEntry[] = [],
  ): ProviderPackage {
    const all = createHash('sha256').update(script);
    for (const { bytes } of licences) all.update(bytes);
    const digest = all.digest('hex').slice(0, 10);
    const named = isRelease ? version : `${version}-dev-${digest}`;
    return new ProviderPackage(named, script, PROVIDER_ADDRESS, hashes, licences);
  }

  /** Package hash for the lock file. */
  get hash(): string {
    return dirhash(this.entries());
  }

  /** The zips, at the paths where Terraform looks by default. */
  files(): StackFile[] {
    const bytes = zip(this.entries());
    return PLATFORMS.map((platform) => ({
      path: `terraform.d/plugins/${this.address}/terraform-provider-${this.type}_${this.version}_${platform}.zip`,
      bytes,
    }));
  }

  /** The script as the command for checks of gates: `sh PATH gate`. */
  get gate(): StackFile {
    return { path: GATE_SCRIPT, bytes: this.script };
  }

  /** Text of `.terraform.lock.hcl`, which accepts the registry's packages, too; entries of other providers are kept. */
  lockFile(existing?: string): string {
    const hashes = [this.hash, ...this.registryHashes];
    return withLock(existing, { address: this.address, version: this.version, hashes });
  }

  /** Last part of the address. */
  private get type(): string {
    return basename(this.address);
  }

  private entries(): ZipEntry[] {
    return [
      ...this.licences,
      // Next to the script, because a package.json further up could make Node.js treat it as an ES module.
      { name: 'package.json', bytes: Buffer.from('{"type":"commonjs"}\n'), mode: 0o644 },
      { name: `terraform-provider-${this.type}_v${this.version}`, bytes: this.script, mode: 0o755 },
    ];
  }
}

/** Licence files, which a build has next to the script. */
const LICENCES = ['LICENSE', 'NOTICE'];

/** Next to this file in a build; in a checkout, in the build folder. */
const PLACES = ['bundle.js', '../../dist/provider/bundle.js'].map((place) => join(__dirname, place));
