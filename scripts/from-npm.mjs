// Packages of npm that are not dependencies: binaries for other machines, and tools of a release. Each is pinned to its
// octets. Its archive is kept for the next time, and nothing that was unpacked: others could have changed that.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownFolder } from './own-folder.mjs';

/**
 * Unpacks a package {name, version, integrity} into a folder of the caller's own, and returns where its files are.
 * Throws if its octets are not those.
 */
export function fromNpm({ name, version, integrity }, scratch) {
  const label = `${name.replace('/', '+')}-${version}`;
  const folder = join(scratch, label);
  if (!existsSync(folder)) {
    const octets = archiveOf({ name, version, integrity }, label);
    const made = mkdtempSync(join(scratch, 'new-'));
    execFileSync('tar', ['-xz', '-C', made], { input: octets });
    renameSync(made, folder); // whole, or not there
  }
  return join(folder, 'package');
}

/** The octets of its archive: those that are kept if they are the right ones, else npm's. */
function archiveOf({ name, version, integrity }, label) {
  const store = join(tmpdir(), `peerform-npm-${process.getuid()}`);
  mkdirSync(store, { recursive: true, mode: 0o700 });
  ownFolder(store);
  const kept = join(store, `${label}.tgz`);
  const octetsOf = (file) => {
    const octets = readFileSync(file);
    return { octets, found: `sha512-${createHash('sha512').update(octets).digest('base64')}` };
  };
  if (existsSync(kept)) {
    const { octets, found } = octetsOf(kept);
    if (found === integrity) return octets;
  }
  const made = mkdtempSync(join(store, 'new-'));
  try {
    const said = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', `${name}@${version}`], {
      cwd: made,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const archive = join(made, said.trim().split('\n').at(-1));
    const { octets, found } = octetsOf(archive);
    if (found !== integrity) throw new Error(`${name} ${version} from npm is ${found}, not ${integrity}`);
    renameSync(archive, kept);
    return octets;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
