import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isWide } from '../../breadth';

const [SCRIPT, ENTER] = ['debian-tree.mjs', 'enter-tree.sh'].map((name) =>
  resolve(__dirname, '../../../scripts', name),
);

/** Releases of Debian that are tried, by the name that `PEERFORM_DEBIANS` has for them. */
const RELEASES = { 12: 'bookworm', 13: 'trixie', sid: 'sid' } as const;

export type Release = (typeof RELEASES)[keyof typeof RELEASES];

/** Releases to try: `PEERFORM_DEBIANS="12 13"`. These two where all is tried, and `otherwise` where somebody waits. */
export function wantedReleases(otherwise: readonly Release[]): readonly Release[] {
  const wanted = process.env.PEERFORM_DEBIANS ?? (isWide ? '12 13' : undefined);
  if (wanted === undefined) return otherwise;
  return wanted.split(/[\s,]+/).map((name) => {
    if (!Object.hasOwn(RELEASES, name)) throw new Error(`PEERFORM_DEBIANS: there is no Debian ${name} here`);
    return RELEASES[name as unknown as keyof typeof RELEASES];
  });
}

/** The files of a release of Debian: this host's own, or a tree of them (`scripts/debian-tree.mjs`). */
export class Debian {
  private constructor(
    readonly release: Release | 'host',
    /** An empty string on this host. */
    private readonly tree: string,
  ) {}

  static of(release: Release): Debian {
    const folder = execFileSync(process.execPath, [SCRIPT, '--where', release], { encoding: 'utf8' }).trim();
    return new Debian(release, folder === '/' ? '' : folder);
  }

  /** This host, whatever release it is. */
  static host(): Debian {
    return new Debian('host', '');
  }

  get isHost(): boolean {
    return this.tree === '';
  }

  has(path: string): boolean {
    return existsSync(join(this.tree, path));
  }

  /**
   * The command line that runs a command of it. Of this host's files it sees `folder`, at the same path.
   */
  command(folder: string, command: readonly string[]): readonly string[] {
    return this.isHost ? command : [ENTER, this.tree, folder, ...command];
  }

  /** `uid:gid` of one of its users. */
  owner(user: string): string {
    const [, uid, gid] =
      new RegExp(`^${user}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync(join(this.tree, '/etc/passwd'), 'utf8')) ?? [];
    return `${uid}:${gid}`;
  }
}
