// Packages of npm that are not dependencies: binaries for other machines, and tools of a release. Each is pinned to its
// octets, and kept for the next time.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder with what is in a package {name, version, integrity}. Throws if its octets are not those. */
export function fromNpm({ name, version, integrity }) {
  const kept = join(tmpdir(), `peerform-npm-${process.getuid()}`);
  const folder = join(
    kept,
    `${name.replace('/', '+')}-${version}-${createHash('sha256').update(integrity).digest('hex').slice(0, 12)}`,
  );
  if (existsSync(folder)) return join(folder, 'package');
  mkdirSync(kept, { recursive: true, mode: 0o700 });
  const made = mkdtempSync(join(kept, 'new-'));
  try {
    const said = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', `${name}@${version}`], {
      cwd: made,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const archive = join(made, said.trim().split('\n').at(-1));
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${name} ${version} from npm is ${found}, not ${integrity}`);
    execFileSync('tar', ['-xzf', archive, '-C', made]);
    rmSync(archive);
    renameSync(made, folder); // whole, or not there
  } catch (error) {
    if (!existsSync(folder)) throw error; // else another one was faster
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return join(folder, 'package');
}
