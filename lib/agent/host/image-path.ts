import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { Failure } from '../failure';

/** Linux's limit of symbolic links to follow. */
const MOST_LINKS = 40;

/**
 * Resolves a path of the machine in `root` as that machine will: symbolic links, absolute ones and `..` stay within
 * `root`. Components that do not exist yet are taken as written. Throws {@link Failure} `usage` if links form a loop.
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

/** The entry at a path, without following a final link; undefined if there is none. */
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
 * The same for what must be a file, or a folder, if it exists. Throws {@link Failure} `usage` if it is something else.
 */
export function statAs(kind: 'file' | 'folder', path: string): Stats | undefined {
  const found = statOf(path);
  if (found && !(kind === 'file' ? found.isFile() : found.isDirectory()))
    throw new Failure('usage', `${path} is not a ${kind}: move it out of the way`);
  return found;
}
