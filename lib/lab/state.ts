import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { named } from '../model/named';
import type { AgentsDo, LabState } from './lab-state';
import { checkOwn, checkWayTo } from './own-folder';
import { LAB_NAME, readLabState } from './read-state';

/** Its fabrics, first to last, and the keys of its sessions; those of earlier versions had one fabric. */
const OWN_FILES = ['fabrics.json', 'keys.json', 'fabric.json'] as const;

const FILE = 'lab.json';

/** A lab that has nothing yet. */
export const newState = (name: string, agents?: AgentsDo): LabState => ({
  version: 1,
  name,
  ...(agents && { agents }),
  namespaces: [],
  members: named([]),
  processes: named([]),
});

/** The folder of the service, which it takes for its own, with all that is in it, when it starts. */
const SERVICE_FOLDER = '/run/peerform';

/**
 * Where labs lie unless told otherwise: with root on a file system that is gone after a reboot, as the namespaces are.
 */
export const labsFolder = (asRoot: boolean): string =>
  asRoot
    ? (lstatSync(SERVICE_FOLDER, { throwIfNoEntry: false })?.uid ?? 0) === 0
      ? join(SERVICE_FOLDER, 'lab')
      : `${SERVICE_FOLDER}-lab`
    : join(tmpdir(), `peerform-${process.getuid?.() ?? 0}`, 'lab');

/** Makes the folder of a new lab; throws where there is one already, or where others could change it. */
export function makeFolder(folder: string): void {
  checkWayTo(folder);
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  checkWayTo(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkOwn(folder, 'folder');
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty; a lab needs its own folder`);
}

/** Whether a name is that of a file of every lab, beside the folders of its members. */
export const isOwnFile = (name: string): boolean =>
  [...OWN_FILES, FILE].some((one) => name === one || name === `${one}.new`);

/** Whether there is a lab in a folder. */
export const isLab = (folder: string): boolean => existsSync(join(folder, FILE));

export const writeState = (folder: string, state: LabState): void => writeOwn(folder, FILE, state);

/** Writes a file of a lab: all of it or nothing, and for nobody else. */
export function writeOwn(folder: string, name: string, content: unknown): void {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * Reads a file of a lab that was opened; undefined: there is none, or not all of it. Throws where it may be of somebody
 * else.
 */
export function readOwn(folder: string, name: string): unknown {
  const path = join(folder, name);
  if (!existsSync(path)) return undefined;
  checkOwn(path, 'file');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The state of the lab in a folder; throws where there is none, or where it may not be of who runs this. */
export function readState(folder: string): LabState {
  const path = join(folder, FILE);
  if (!existsSync(path)) throw new Error(`there is no lab in ${folder}`);
  checkWayTo(folder);
  checkOwn(folder, 'folder');
  checkOwn(path, 'file');
  return readLabState(readFileSync(path, 'utf8'), folder);
}

/**
 * Removes what a lab has put into its folder, and the folder, and those above that were made for labs, where nothing
 * else is in them.
 */
export function removeFolder(folder: string, state: LabState): void {
  const files = [...OWN_FILES, FILE].flatMap((name) => [`${name}.new`, name]); // the last is what makes it a lab
  for (const name of [...Object.keys(state.members), ...files])
    rmSync(join(folder, name), { recursive: true, force: true });
  const base = [labsFolder(true), labsFolder(false)].find((one) => dirname(resolve(folder)) === one);
  for (const path of [folder, ...(base ? [base, dirname(base)] : [])]) {
    try {
      rmdirSync(path);
    } catch {
      return; // something else is in it
    }
  }
}

/** The folder of the lab that is meant: the one given, the one of that name, or the only one there is. */
export function findFolder(asRoot: boolean, name?: string, folder?: string): string {
  if (folder !== undefined) return resolve(folder);
  const base = labsFolder(asRoot);
  if (name !== undefined && !LAB_NAME.test(name)) throw new Error(`there is no lab ${JSON.stringify(name)}`);
  if (name !== undefined) return join(base, name);
  const all = existsSync(base) ? readdirSync(base).filter((one) => existsSync(join(base, one, FILE))) : [];
  if (all.length === 0) throw new Error('no lab is running; start one with: peerform lab up');
  if (all.length > 1) throw new Error(`there are several labs (${all.join(', ')}); choose one with --name`);
  return join(base, all[0]);
}
