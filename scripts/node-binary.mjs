// Binaries of Node.js in several versions, as npm packages have them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownFolder } from './own-folder.mjs';

/** The folder that holds `node` of a major version, for the PATH. It is installed where it is not there yet. */
export function nodeFolder(version) {
  const name = `node-linux-${process.arch}`;
  const folder = join(tmpdir(), `peerform-node-${process.getuid()}-${version}`);
  const bin = join(folder, 'node_modules', name, 'bin');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  ownFolder(folder);
  if (existsSync(join(bin, 'node'))) return bin;
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return bin;
}
