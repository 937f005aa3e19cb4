/** Minimum major version of Node.js. */
const LEAST = 20;

/** Why this version of Node.js is not supported, and what to do; undefined if it is. */
export function tooOld(version: string): string | undefined {
  return Number.parseInt(version, 10) >= LEAST
    ? undefined
    : `peerform needs Node.js ${LEAST} or later, and ${process.execPath} is ${version}: install a later one, or put it first on the PATH`;
}
