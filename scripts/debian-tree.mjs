#!/usr/bin/env node
// The BGP daemons and the etcd of a Debian release, as a tree of its files to `chroot` into.
//   node scripts/debian-tree.mjs trixie          makes it where it does not exist yet, and prints its folder
//   node scripts/debian-tree.mjs --where trixie  only prints where its files are or will be: / if this host is that release
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { ownFolder } from './own-folder.mjs';

/** Where BIRD 2 is in a tree that has BIRD 3 as well. */
export const BIRD2 = '/opt/bird2';

const EVERYWHERE = ['frr', 'gobgpd', 'openbgpd', 'etcd-server', 'etcd-client'];

/**
 * What each release has. BIRD 2 and BIRD 3 are packages that exclude each other: where a release has both, the files of
 * BIRD 2 are in a folder of their own.
 */
const RELEASES = {
  bookworm: { include: ['bird2', ...EVERYWHERE], beside: [], options: [] },
  trixie: { include: ['bird3', ...EVERYWHERE], beside: ['bird2'], options: [] },
  sid: {
    include: ['bird3', ...EVERYWHERE],
    beside: ['bird2'],
    // A mirror of it is as old as it is, and what it has is only reported.
    options: ['--aptopt=Acquire::Check-Valid-Until "false"'],
  },
};

/** The release of this host, by its codename; an empty string if it has none. */
export function hostRelease() {
  try {
    return /^VERSION_CODENAME="?(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Where the tree of a release is, or will be. */
export const treeFolder = (release) => join(tmpdir(), `peerform-debian-${process.getuid()}-${release}`);

/** The tree of a release. Where it does not exist or lacks a package it is made, in half a minute; only root can. */
export function debianTree(release) {
  if (!Object.hasOwn(RELEASES, release))
    throw new Error(`"${release}" is not one of ${Object.keys(RELEASES).join(', ')}`);
  const folder = treeFolder(release);
  const { include, beside, options } = RELEASES[release];
  const has = (name) => existsSync(join(folder, `var/lib/dpkg/info/${name}.list`));
  if (existsSync(folder)) ownFolder(folder);
  if (include.every(has)) return folder;
  const made = mkdtempSync(`${folder}-`);
  const hooks = beside.flatMap((name) => [
    `--customize-hook=chroot "$1" sh -c 'cd /tmp && apt-get -qq -o APT::Sandbox::User=root download ${name} && dpkg -x ${name}_*.deb /opt/${name} && rm ${name}_*.deb'`,
  ]);
  try {
    execFileSync(
      'mmdebstrap',
      [
        '--quiet',
        '--variant=minbase',
        // It can be made again: nothing of it has to outlive a crash.
        '--dpkgopt=force-unsafe-io',
        `--include=${include.join()}`,
        ...options,
        ...hooks,
        release,
        join(made, 'tree'),
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (existsSync(folder)) renameSync(folder, join(made, 'former'));
    renameSync(join(made, 'tree'), folder); // whole, or not there
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return folder;
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  const [first, ...others] = argv.slice(2);
  if (first === '--where')
    for (const release of others) console.log(release === hostRelease() ? '/' : treeFolder(release));
  else for (const release of [first, ...others]) console.log(debianTree(release));
}
