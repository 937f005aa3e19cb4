// What `npm start`, `npm test` and `.ci/run` need before they can begin; each step says what it does.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianTree, hostRelease } from './debian-tree.mjs';

export const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const say = (text) => console.log(`setup: ${text}`);
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
const has = (program) =>
  (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/sbin', '/sbin')
    .some((folder) => existsSync(join(folder, program)));

/** Ends with one line where something is missing that nobody here can install. */
function need(condition, text) {
  if (condition) return;
  console.error(`setup: ${text}`);
  process.exit(1);
}

/** npm packages by the lock file, where one of them is absent. */
export function packages() {
  need(Number(process.versions.node.split('.')[0]) >= 20, `Node.js 20 or later is needed, this is ${process.version}`);
  const { dependencies, devDependencies, overrides } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = Object.keys({ ...dependencies, ...devDependencies });
  const manifest = (name) => join(root, 'node_modules', name, 'package.json');
  // A package of that name is still there where it was installed before another took its place.
  const isOverridden = (name) =>
    !existsSync(manifest(name)) || JSON.parse(readFileSync(manifest(name), 'utf8')).name !== name;
  if (wanted.every((name) => existsSync(manifest(name))) && Object.keys(overrides).every(isOverridden)) return;
  say('installing npm packages');
  // Not `npm ci`: it refuses a lock file without the packages of every other platform, which not every registry has.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Terraform itself cannot be had from npm or Debian. */
export function terraform() {
  need(
    has('terraform'),
    'terraform is not on the PATH: install it from https://developer.hashicorp.com/terraform/install',
  );
}

/**
 * Programs and the Debian packages that have them: what a lab needs, and the neighbours and shells that the tests speak
 * with.
 */
const LAB = { ip: 'iproute2', ping: 'iputils-ping', bird: 'bird2', nsenter: 'util-linux' };
const ETCD = { etcd: 'etcd-server', openssl: 'openssl' };
const NEIGHBOURS = {
  '/usr/lib/frr/bgpd': 'frr',
  gobgpd: 'gobgpd',
  '/usr/sbin/bgpctl': 'openbgpd',
  '/usr/sbin/exabgp': 'exabgp',
  '/usr/sbin/sshd': 'openssh-server',
  mmdebstrap: 'mmdebstrap',
  zsh: 'zsh',
  fish: 'fish',
  mandoc: 'mandoc',
  'systemd-nspawn': 'systemd-container',
  promtool: 'prometheus',
  chromium: 'chromium',
  gpg: 'gnupg',
  unzip: 'unzip',
  ...ETCD,
  etcdctl: 'etcd-client',
};

/**
 * Debian packages of programs that are absent; `neighbours` too where asked for, and what a lab with `etcd` needs.
 * Returns the programs that could not be had (no root, or no package source).
 */
export function programs({ neighbours = false, etcd = false } = {}) {
  const packages = { ...LAB, ...(neighbours && NEIGHBOURS), ...(etcd && ETCD) };
  const absent = () => Object.keys(packages).filter((name) => !(name.startsWith('/') ? existsSync(name) : has(name)));
  const wanted = [...new Set(absent().map((name) => packages[name]))].join(' ');
  if (wanted === '') return [];
  if (process.getuid() !== 0) {
    say(`not installed, and installing needs root: ${wanted}`);
    return absent();
  }
  say(`installing Debian packages: ${wanted}`);
  withoutServices(() => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) =>
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
    if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...wanted.split(' ')))
      say('apt-get could not install them');
  });
  return absent();
}

/** Releases of Debian whose daemons every feature of docs/interop.md is tried with. */
const PROMISED = ['bookworm', 'trixie'];

/** In CI, the daemons of the releases that this host is not of. Returns what could not be had. */
export function daemonTrees() {
  return PROMISED.filter((release) => release !== hostRelease()).flatMap((release) => {
    try {
      say(`the BGP daemons of Debian ${release}`);
      debianTree(release);
      return [];
    } catch (error) {
      say(`not made: ${error.message.split('\n')[0]}`);
      return [`the daemons of Debian ${release}`];
    }
  });
}

/** Debian starts the service of a package when it is installed; a BGP daemon on the host itself is nobody's wish. */
function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(policy);
  }
}

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;

/** `dist/`, where it is absent or older than the sources. */
export function build() {
  const mark = join(root, 'dist/cli/main.js');
  const sources = [
    'lib',
    'package.json',
    'tsconfig.build.json',
    'LICENSE',
    'NOTICE',
    'scripts/bundle-provider.mjs',
    'scripts/man-pages.mjs',
    'scripts/notice.mjs',
    'scripts/production.mjs',
  ].map((name) => newest(join(root, name)));
  if (existsSync(mark) && statSync(mark).mtimeMs > Math.max(...sources)) return;
  say('building dist/');
  run('npm', ['run', '--silent', 'build']);
}
