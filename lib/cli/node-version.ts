/** The first major version of Node.js that runs us. */
const LEAST = 20;

/** Why this Node.js cannot run us, and what to do; undefined where it can. */
export function tooOld(version: string): string | undefined {
  return Number.parseInt(version, 10) >= LEAST
    ? undefined
    : `peerform needs Node.js ${LEAST} or later, and ${process.execPath} is ${version}: install a later one, or put it first on the PATH`;
}
