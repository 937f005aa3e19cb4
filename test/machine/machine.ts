import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Release, wantedReleases } from '../e2e/support/debian';
import { eventually } from '../e2e/support/network';

/** Those that are booted here: each has systemd, and its own Node.js or none that is new enough. */
export const releases = (): readonly Release[] => wantedReleases(['trixie']).filter((release) => release !== 'sid');

/** libatomic1 is what the binaries of Node.js need beyond libc; iproute2 is what people look at routes with. */
const PACKAGES = ['systemd-sysv', 'dbus', 'iproute2', 'libatomic1', 'init-system-helpers', 'passwd', 'procps'];

/** Why no machine can be booted here, in a sentence; undefined where one can. In CI one must. */
export function whyNoMachine(): string | undefined {
  const isThere = (program: string) => spawnSync('which', [program]).status === 0;
  const missing = ['mmdebstrap', 'systemd-nspawn', 'nsenter', 'unshare'].filter((program) => !isThere(program));
  const why =
    process.getuid?.() !== 0
      ? 'a machine is booted by root only'
      : missing.length > 0
        ? `no machine is booted, as these are not installed: ${missing.join(', ')}`
        : undefined;
  if (why !== undefined && process.env.CI) throw new Error(`in CI nothing is skipped: ${why}`);
  return why;
}

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/**
 * Where the host has no unified cgroups, which systemd wants, they are mounted for the machine alone. It is in a cgroup
 * of its own, and nothing of this host's systemd, if it has one, is asked.
 */
const BOOT = `
set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$1"
echo $$ > "/sys/fs/cgroup/$1/cgroup.procs"
exec systemd-nspawn --quiet --boot --register=no --keep-unit --private-network --console=pipe --machine="$1" --directory="$2"`;

/** A real Debian with systemd, booted in a container of its own; gone after {@link remove}. */
export class Machine {
  private nspawn: ChildProcess | undefined;
  private leader = 0;

  private constructor(
    private readonly name: string,
    private readonly folder: string,
  ) {}

  /** Makes the files of a Debian, and does not boot it yet. Takes half a minute. */
  static make(release: Release, packages: readonly string[] = []): Machine {
    const folder = mkdtempSync(join(tmpdir(), 'peerform-machine-'));
    const include = [...PACKAGES, ...packages].join();
    execFileSync(
      'mmdebstrap',
      // Nothing of it is to outlive a crash of this host.
      [
        '--quiet',
        '--variant=minbase',
        '--dpkgopt=force-unsafe-io',
        `--include=${include}`,
        release,
        join(folder, 'tree'),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return new Machine(`pf-${process.pid}-${release}`, folder);
  }

  /** A path of the machine, as this host sees it. */
  path(path: string): string {
    return join(this.folder, 'tree', path);
  }

  /** Runs a command on its files before it is booted, as root. */
  prepare(...command: string[]): string {
    return execFileSync('chroot', [this.path(''), ...command], { encoding: 'utf8', env: ENVIRONMENT, stdio: 'pipe' });
  }

  /** The process that all of it descends from, which is in its namespaces. */
  get pid(): number {
    return this.leader;
  }

  async boot(): Promise<void> {
    this.nspawn = spawn('unshare', ['--mount', '--', 'sh', '-c', BOOT, 'sh', this.name, this.path('')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    this.nspawn.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    await eventually(() => {
      if (this.nspawn!.exitCode !== null) throw new Error(`the machine does not boot: ${said}`);
      this.leader = childrenOf(this.nspawn!.pid!)[0] ?? 0;
      expect(this.run('systemctl', 'is-system-running').stdout).toMatch(/^(running|degraded)\n$/);
    }, 60);
  }

  /** Runs a command on the machine, as root. */
  run(...command: string[]): { status: number | null; stdout: string; stderr: string } {
    const enter = ['--target', String(this.leader), '--mount', '--uts', '--ipc', '--net', '--pid', '--'];
    return spawnSync('nsenter', [...enter, ...command], { encoding: 'utf8', env: ENVIRONMENT });
  }

  /** As {@link run}; throws where it fails, with what it said. */
  do(...command: string[]): string {
    const { status, stdout, stderr } = this.run(...command);
    if (status !== 0) throw new Error(`${command.join(' ')}: ${status}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Powers it off, as a person would. */
  async powerOff(): Promise<void> {
    const { nspawn } = this;
    if (!nspawn || nspawn.exitCode !== null) return;
    const ended = new Promise((resolve) => nspawn.once('exit', resolve));
    this.run('systemctl', 'poweroff');
    const timer = setTimeout(() => {
      if (this.leader > 1) process.kill(this.leader, 'SIGKILL'); // all of the machine with it
    }, 30_000);
    await ended;
    clearTimeout(timer);
  }

  async remove(): Promise<void> {
    await this.powerOff();
    // The cgroup is seen only where the unified hierarchy is mounted.
    const tidy = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +';
    spawnSync('unshare', [
      '--mount',
      '--',
      'sh',
      '-c',
      `mount --make-rprivate / && umount -R /sys/fs/cgroup; ${tidy}`,
      'sh',
      this.name,
    ]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
