import { lstatSync } from 'node:fs';

/**
 * A folder at a path that others could guess, in a place where all may write: whoever makes it first owns what is put
 * into it. Returns the path; throws unless it is a folder of this user that nobody else can write.
 */
export function ownFolder(path) {
  const about = lstatSync(path);
  if (!about.isDirectory() || about.uid !== process.getuid() || (about.mode & 0o022) !== 0)
    throw new Error(`${path} is not a folder that only you can write: remove it, or set another TMPDIR`);
  return path;
}
