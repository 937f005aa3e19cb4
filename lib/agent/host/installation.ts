import { execFileSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nameLeaf } from '../../model/leaf';
import { Failure } from '../failure';
import { BFD_SERVICE, BFD_UNITS, bfdUnit } from './bfd-unit';
import { pathIn, statAs, statOf } from './image-path';
import {
  MONITOR_GROUP,
  NETWORKD,
  NETWORKD_SETTINGS,
  SERVICE,
  SERVICE_FILES,
  SERVICE_USER,
  SYSTEMD,
  serviceUnit,
  settingsWith,
} from './service-unit';

/** Parameters of an installation. */
interface InstallOptions {
  /** Name of the node. Default: from the settings, or the machine's name. */
  readonly node?: string;
  /** The folder that holds the machine's files: `/`, or an image's. */
  readonly root: string;
  /** The interpreter and the program, absolute. */
  readonly program: readonly string[];
  /** False: systemd-networkd is not configured. */
  readonly networkd?: boolean;
  /** Reports what was done, one line each. */
  readonly say: (line: string) => void;
}

/** Folders hidden from the service ({@link serviceUnit}: ProtectHome, PrivateTmp). */
const HIDDEN = /^\/(home|root|run\/user|tmp|var\/tmp)\//;

/**
 * Installs the agent as a service of this machine: user and group, unit, settings, state folder. Existing parts are
 * kept or updated; idempotent. Throws {@link Failure} if it fails.
 */
export function install({ node, root, program, networkd = true, say }: InstallOptions): void {
  if (node !== undefined && !nameLeaf.safeParse(node).success)
    throw new Failure('usage', `${JSON.stringify(node)} is not a valid node name`);
  if (read(root, '/etc/group') === undefined)
    throw new Failure(
      'usage',
      `${root} does not contain a system: etc/group is missing. Pass the root folder of an image as --root`,
    );
  const isPackaged = read(root, SERVICE_FILES.packagedUnit) !== undefined;
  const hidden = isPackaged ? undefined : program.find((path) => HIDDEN.test(path));
  if (hidden !== undefined)
    throw new Failure(
      'usage',
      `${hidden} is not visible to a service: install Node.js and peerform system-wide, or use the Debian package`,
    );
  makeUser(root, say);
  const command = program.map(quoted).join(' ');
  if (isPackaged) say(`${SERVICE_FILES.packagedUnit} belongs to the package and is left unchanged`);
  else {
    put(root, BFD_UNITS.unit, bfdUnit(command), say);
    put(root, SERVICE_FILES.unit, serviceUnit(command), say);
  }
  const before = read(root, SERVICE_FILES.settings) ?? '';
  if (node !== undefined) put(root, SERVICE_FILES.settings, settingsWith(before, node), say);
  makeState(root, say);
  if (!networkd) drop(root, SERVICE_FILES.networkd, say);
  else if (statAs('file', pathIn(root, NETWORKD))) keepRoutes(root, say);
  enable(root, isPackaged ? SERVICE_FILES.packagedUnit : SERVICE_FILES.unit, say);
}

/** Enables the service at boot, including in an image that is booted later. */
function enable(root: string, unit: string, say: (line: string) => void): void {
  if (root !== '/' || !systemctl('daemon-reload') || !systemctl('enable', SERVICE)) {
    if (!statOf(pathIn(root, SYSTEMD))) {
      say('there is no systemd: start the agent in another way, with the settings of the unit');
      return;
    }
    const link = wantedBy(root);
    mkdirSync(dirname(link), { recursive: true });
    if (!statOf(link)) symlinkSync(unit, link);
  }
  say(`the service ${SERVICE} starts at boot`);
}

/** The link by which a machine starts the service, not its target. */
const wantedBy = (root: string): string =>
  join(pathIn(root, dirname(SERVICE_FILES.wantedBy)), basename(SERVICE_FILES.wantedBy));

/**
 * Removes the service. Its routes stay in the kernel, its state on disk and its user in the system's files, for a later
 * installation; `purge` also removes settings and state (the caller cleans up the kernel).
 */
export function uninstall({
  root,
  say,
  purge,
}: Pick<InstallOptions, 'root' | 'say'> & { readonly purge: boolean }): void {
  if (read(root, SERVICE_FILES.packagedUnit) !== undefined)
    throw new Failure('usage', `the agent is installed as a Debian package: apt-get remove ${SERVICE}, or purge`);
  if (root === '/' && systemctl('disable', '--now', SERVICE))
    say(`the service ${SERVICE} was stopped; kernel routes stay in place`);
  if (root === '/' && read(root, BFD_UNITS.unit) !== undefined) systemctl('stop', BFD_SERVICE);
  for (const unit of [SERVICE_FILES.unit, BFD_UNITS.unit]) drop(root, unit, say);
  rmSync(wantedBy(root), { force: true });
  if (root === '/') systemctl('daemon-reload');
  if (purge)
    for (const path of [SERVICE_FILES.settings, SERVICE_FILES.state, SERVICE_FILES.cache, SERVICE_FILES.networkd])
      drop(root, path, say);
}

function keepRoutes(root: string, say: (line: string) => void): void {
  const isNew = read(root, SERVICE_FILES.networkd) !== NETWORKD_SETTINGS;
  put(root, SERVICE_FILES.networkd, NETWORKD_SETTINGS, say);
  if (isNew)
    say(
      'systemd-networkd keeps routes that it did not create, from its next start on; --no-networkd leaves its configuration unchanged',
    );
}

function makeUser(root: string, say: (line: string) => void): void {
  const prefix = root === '/' ? [] : ['--prefix', root];
  if (root !== '/') keepIn(root, ACCOUNTS);
  const has = (file: string, name: string) => new RegExp(`^${name}:`, 'm').test(read(root, file) ?? '');
  const groups = { [SERVICE_USER]: 'may deploy to this node', [MONITOR_GROUP]: 'may watch this node' };
  for (const [group, may] of Object.entries(groups)) {
    if (has('/etc/group', group)) continue;
    run('groupadd', ['--system', ...prefix, group]);
    say(`group ${group}: created; its members ${may}`);
  }
  if (!has('/etc/passwd', SERVICE_USER)) {
    const more = ['--no-create-home', '--home-dir', SERVICE_FILES.state, '--shell', '/usr/sbin/nologin'];
    run('useradd', ['--system', ...prefix, '--gid', SERVICE_USER, ...more, SERVICE_USER]);
    say(`user ${SERVICE_USER}: created; the agent runs as this user`);
  }
}

/** The files that groupadd and useradd write, following links. */
const ACCOUNTS = ['/etc/group', '/etc/gshadow', '/etc/passwd', '/etc/shadow', '/etc/subuid', '/etc/subgid'];

/** Throws if one of these files is a link to outside the image. */
function keepIn(root: string, paths: readonly string[]): void {
  for (const path of paths)
    if (pathIn(root, path) !== join(root, path))
      throw new Failure('usage', `${join(root, path)} is reached through a symbolic link: an image needs a file there`);
}

function makeState(root: string, say: (line: string) => void): void {
  const path = pathIn(root, SERVICE_FILES.state);
  if (statAs('folder', path)) return;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const [, uid, gid] =
    new RegExp(`^${SERVICE_USER}:[^:]*:(\\d+):(\\d+):`, 'm').exec(read(root, '/etc/passwd') ?? '') ?? [];
  if (uid !== undefined) chownSync(path, Number(uid), Number(gid));
  say(`${SERVICE_FILES.state}: created`);
}

/** A new file replaces the previous one, which may have other hard links. */
function put(root: string, path: string, content: string, say: (line: string) => void): void {
  const before = read(root, path);
  const file = pathIn(root, path);
  const temporary = `${file}.new`;
  if (before === content) return;
  mkdirSync(dirname(file), { recursive: true });
  rmSync(temporary, { force: true });
  const opened = openSync(temporary, 'wx');
  try {
    writeFileSync(opened, content);
    fchmodSync(opened, 0o644);
  } finally {
    closeSync(opened);
  }
  renameSync(temporary, file);
  say(`${path}: ${before === undefined ? 'written' : 'updated'}`);
}

/** Removes a link itself, not its target. */
function drop(root: string, path: string, say: (line: string) => void): void {
  const file = join(pathIn(root, dirname(path)), basename(path));
  if (!statOf(file)) return;
  rmSync(file, { recursive: true });
  say(`${path}: removed`);
}

function read(root: string, path: string): string | undefined {
  const file = pathIn(root, path);
  return statAs('file', file) && readFileSync(file, 'utf8');
}

/** In systemd's quoting. */
const quoted = (word: string): string =>
  /^[\w./@+-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&').replace(/[%$]/g, '$&$&')}"`;

function run(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: Buffer };
    throw new Failure('privilege', `${command} failed: ${String(stderr ?? message).trim()}`);
  }
}

/** Whether systemd runs here and succeeded. */
function systemctl(...args: string[]): boolean {
  if (!existsSync('/run/systemd/system')) return false;
  run('systemctl', ['--quiet', ...args]);
  return true;
}
