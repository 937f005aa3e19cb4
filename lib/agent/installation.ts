import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nameLeaf } from '../model/leaf';
import { Failure } from './failure';
import { SERVICE, SERVICE_FILES, SERVICE_USER, serviceUnit, settingsWith } from './service-unit';

/** What an installation is made with. */
export interface InstallOptions {
  /** Name of the node; absent: what the settings say, or the name of the machine. */
  readonly node?: string;
  /** The folder that holds the machine's files: `/`, or an image's. */
  readonly root: string;
  /** The interpreter and the program, absolute. */
  readonly program: readonly string[];
  /** Tells what was done, one line each. */
  readonly say: (line: string) => void;
}

/** Folders that the service does not see ({@link serviceUnit}: ProtectHome, PrivateTmp). */
const HIDDEN = /^\/(home|root|run\/user|tmp|var\/tmp)\//;

/**
 * Makes the agent a service of this machine: user and group, unit, settings, state folder. What is there already is left or brought up to
 * date; done twice it does nothing the second time. Throws {@link Failure} where it can't be.
 */
export function install({ node, root, program, say }: InstallOptions): void {
  if (node !== undefined && !nameLeaf.safeParse(node).success)
    throw new Failure('usage', `${JSON.stringify(node)} is no name of a node`);
  if (!existsSync(join(root, '/etc/group')))
    throw new Failure(
      'usage',
      `${root} holds no system: there is no etc/group in it. Give --root the folder of an image`,
    );
  const isPackaged = existsSync(join(root, SERVICE_FILES.packagedUnit));
  const hidden = isPackaged ? undefined : program.find((path) => HIDDEN.test(path));
  if (hidden !== undefined)
    throw new Failure(
      'usage',
      `${hidden} lies where a service sees nothing: install Node.js and peerform for the whole machine, or use the Debian package`,
    );
  makeUser(root, say);
  if (isPackaged) say(`${SERVICE_FILES.packagedUnit} is the package's, and stays`);
  else put(root, SERVICE_FILES.unit, serviceUnit(program.map(quoted).join(' ')), say);
  const before = read(root, SERVICE_FILES.settings) ?? '';
  if (node !== undefined) put(root, SERVICE_FILES.settings, settingsWith(before, node), say);
  makeState(root, say);
  if (root !== '/') say('enable the service in the image, or start it there by hand');
  else if (systemctl('daemon-reload') && systemctl('enable', SERVICE))
    say(`the service ${SERVICE} starts with the machine`);
  else say('systemd does not run here: start the agent in another way, with what the unit says');
}

/**
 * Takes the service away. Its routes stay in the kernel, its state on disk and its user in the files of the machine, for whoever
 * installs it again; `purge` takes settings and state too (the caller has the kernel cleaned up).
 */
export function uninstall({
  root,
  say,
  purge,
}: Pick<InstallOptions, 'root' | 'say'> & { readonly purge: boolean }): void {
  if (existsSync(join(root, SERVICE_FILES.packagedUnit)))
    throw new Failure('usage', `the agent is installed as a Debian package: apt-get remove ${SERVICE}, or purge`);
  if (root === '/' && systemctl('disable', '--now', SERVICE))
    say(`the service ${SERVICE} is stopped; kernel routes stay`);
  drop(root, SERVICE_FILES.unit, say);
  if (root === '/') systemctl('daemon-reload');
  if (purge) for (const path of [SERVICE_FILES.settings, SERVICE_FILES.state]) drop(root, path, say);
}

function makeUser(root: string, say: (line: string) => void): void {
  const prefix = root === '/' ? [] : ['--prefix', root];
  const has = (file: string) => new RegExp(`^${SERVICE_USER}:`, 'm').test(read(root, file) ?? '');
  if (!has('/etc/group')) {
    run('groupadd', ['--system', ...prefix, SERVICE_USER]);
    say(`group ${SERVICE_USER}: made; its members may deploy to this node`);
  }
  if (!has('/etc/passwd')) {
    const more = ['--no-create-home', '--home-dir', SERVICE_FILES.state, '--shell', '/usr/sbin/nologin'];
    run('useradd', ['--system', ...prefix, '--gid', SERVICE_USER, ...more, SERVICE_USER]);
    say(`user ${SERVICE_USER}: made; the agent runs as this user`);
  }
}

function makeState(root: string, say: (line: string) => void): void {
  const path = join(root, SERVICE_FILES.state);
  if (existsSync(path)) return;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const [, uid, gid] =
    new RegExp(`^${SERVICE_USER}:[^:]*:(\\d+):(\\d+):`, 'm').exec(read(root, '/etc/passwd') ?? '') ?? [];
  if (uid !== undefined) chownSync(path, Number(uid), Number(gid));
  say(`${SERVICE_FILES.state}: made`);
}

function put(root: string, path: string, content: string, say: (line: string) => void): void {
  const before = read(root, path),
    file = join(root, path);
  if (before === content) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o644);
  say(`${path}: ${before === undefined ? 'written' : 'brought up to date'}`);
}

function drop(root: string, path: string, say: (line: string) => void): void {
  if (!existsSync(join(root, path))) return;
  rmSync(join(root, path), { recursive: true });
  say(`${path}: removed`);
}

function read(root: string, path: string): string | undefined {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** As systemd reads words. */
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

/** Whether systemd runs here and did it. */
function systemctl(...args: string[]): boolean {
  if (!existsSync('/run/systemd/system')) return false;
  run('systemctl', ['--quiet', ...args]);
  return true;
}
