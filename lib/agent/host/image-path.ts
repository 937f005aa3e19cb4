import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { Failure } from '../failure';

/** As Linux has it, for links that lead to each other. */
const MOST_LINKS = 40;

/**
 * Where a path of the machine in `root` lies, as the machine itself will find it: symbolic links lead to what is in
 * `root`, absolute ones and `..` too, and never out of it. What does not exist yet is taken as it is written. Throws
 * {@link Failure} `usage` where links form a loop.
 */
export function pathIn(root: string, path: string): string {
  const rest = path.split('/').filter(Boolean);
  let at = '/';
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = posix.join(at, name); // `..` ends at the root
    if (!statOf(join(root, next))?.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) throw new Failure('usage', `${join(root, path)}: symbolic links form a loop`);
    const target = readlinkSync(join(root, next));
    if (target.startsWith('/')) at = '/';
    rest.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
  }
  return join(root, at);
}

/** What lies at a path, a link as such; undefined where nothing does. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw new Failure('usage', `${dirname(path)} is not a folder`);
    throw error;
  }
}

/**
 * The same of what must be a file, or a folder, if it is there. Throws {@link Failure} `usage` where it is something
 * else.
 */
export function statAs(kind: 'file' | 'folder', path: string): Stats | undefined {
  const found = statOf(path);
  if (found && !(kind === 'file' ? found.isFile() : found.isDirectory()))
    throw new Failure('usage', `${path} is not a ${kind}: move it out of the way`);
  return found;
}
