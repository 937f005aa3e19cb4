import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { writeAtomically } from '../agent/host/atomic-file';

/** Milliseconds after which a program has compiled what it needs to start. */
const STARTED = 1_000;
/** Octets of the digest in front of the code. */
const DIGEST = 32;

/**
 * Loads a program that is bundled into one file (ASCII). With a folder for caches, what the engine compiled in an
 * earlier run is read from there. If there is none, or it is damaged or of another program or engine, it is written
 * soon after the start. The folder must belong to the user of this process alone: what is in it is run.
 */
export function loadCached(file: string, folder: string | undefined): unknown {
  const load = createRequire(file);
  if (folder === undefined) return load(file);
  const octets = readFileSync(file);
  const source = octets.toString('latin1'); // a string of which the engine knows that it is of single octets
  const path = join(folder, `${basename(file, '.js')}.code`);
  const cachedData = readCode(path, octets);
  const script = new Script(Module.wrap(source), { filename: file, ...(cachedData && { cachedData }) });
  if (script.cachedDataRejected !== false)
    setTimeout(() => writeCode(path, octets, script.createCachedData()), STARTED).unref();
  const module: { exports: unknown } = { exports: {} };
  const body = script.runInThisContext() as (...args: unknown[]) => void;
  body(module.exports, load, module, file, dirname(file));
  return module.exports;
}

/** The engine checks its own version, but neither that the octets are whole nor that they are of this source. */
function readCode(path: string, source: Buffer): Buffer | undefined {
  try {
    const stored = readFileSync(path);
    const code = stored.subarray(DIGEST);
    return digest(source, code).equals(stored.subarray(0, DIGEST)) ? code : undefined;
  } catch {
    return undefined; // the program starts without
  }
}

function writeCode(path: string, source: Buffer, code: Buffer): void {
  try {
    writeAtomically(path, Buffer.concat([digest(source, code), code]), { isDurable: false });
  } catch {
    // the next start takes a little longer, as this one did
  }
}

const digest = (source: Buffer, code: Buffer): Buffer => createHash('sha256').update(source).update(code).digest();
