import { lstatSync, realpathSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

const WRITABLE_BY_ALL = 0o002;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Trusted owners: the current user, root, and the user who became root with sudo. */
const own = (): number => process.geteuid?.() ?? 0;
const trusted = (): number[] => [
  0,
  own(),
  ...(own() === 0 && process.env.SUDO_UID ? [Number(process.env.SUDO_UID)] : []),
];

/**
 * Throws if another user could replace this folder. A missing folder counts as owned by the owner of its nearest
 * parent.
 */
export function checkWayTo(folder: string): void {
  for (let path = nearest(resolve(folder, '..')); ; path = dirname(path)) {
    const { uid, mode } = lstatSync(path);
    if (!trusted().includes(uid) || ((mode & WRITABLE_BY_ALL) !== 0 && (mode & STICKY) === 0))
      throw new Error(`${folder} lies in ${path}, where others can change it; choose another with --dir`);
    if (path === '/') return;
  }
}

/**
 * The same for a folder or file of ours, which nobody else may write to. Throws if it belongs to another user, or is
 * something else.
 */
export function checkOwn(path: string, kind: 'folder' | 'file'): void {
  const found = lstatSync(path);
  if (!isKind(found, kind)) throw new Error(`${path} is not a ${kind}: this is not a Peerform lab`);
  if (found.uid !== own())
    throw new Error(`${path} belongs to user ${found.uid}: only the user who started a lab may use or remove it`);
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0)
    throw new Error(`${path} is writable by others, so its content is not trusted and nothing is stopped`);
}

const isKind = (found: Stats, kind: 'folder' | 'file') => (kind === 'file' ? found.isFile() : found.isDirectory());

/** The nearest existing ancestor of a path, with symbolic links resolved. */
function nearest(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    try {
      return realpathSync(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
