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

/** Fabrics that were applied, in order, and session keys; earlier versions stored a single fabric. */
const OWN_FILES = ['fabrics.json', 'keys.json', 'fabric.json'] as const;

/** Certificates and data of the lab's etcd. No member has a name with this beginning. */
export const ETCD_FOLDER = '_etcd';

const FILE = 'lab.json';

/** State of a new lab. */
export const newState = (name: string, agents?: AgentsDo): LabState => ({
  version: 1,
  name,
  ...(agents && { agents }),
  namespaces: [],
  members: named([]),
  processes: named([]),
});

/** Folder of the service, which takes ownership of it and its contents at start. */
const SERVICE_FOLDER = '/run/peerform';

/** Default location of labs: as root, on a file system that does not survive a reboot, like the namespaces. */
export const labsFolder = (asRoot: boolean): string =>
  asRoot
    ? (lstatSync(SERVICE_FOLDER, { throwIfNoEntry: false })?.uid ?? 0) === 0
      ? join(SERVICE_FOLDER, 'lab')
      : `${SERVICE_FOLDER}-lab`
    : join(tmpdir(), `peerform-${process.getuid?.() ?? 0}`, 'lab');

/** Creates the folder of a new lab. Throws if it exists, or if others could modify it. */
export function makeFolder(folder: string): void {
  checkWayTo(folder);
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  checkWayTo(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkOwn(folder, 'folder');
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty; a lab needs its own folder`);
}

/** Whether a file name is used by every lab, next to the members' folders. */
export const isOwnFile = (name: string): boolean =>
  [...OWN_FILES, FILE].some((one) => name === one || name === `${one}.new`);

/** Whether a folder contains a lab. */
export const isLab = (folder: string): boolean => existsSync(join(folder, FILE));

export const writeState = (folder: string, state: LabState): void => writeOwn(folder, FILE, state);

/** Writes a file of a lab atomically, readable only by the owner. */
export function writeOwn(folder: string, name: string, content: unknown): void {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Reads a file of an opened lab; undefined if it is missing or incomplete. Throws if it may belong to another user. */
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

/** State of the lab in a folder. Throws if there is none, or if it may belong to another user. */
export function readState(folder: string): LabState {
  const path = join(folder, FILE);
  if (!existsSync(path)) throw new Error(`there is no lab in ${folder}`);
  checkWayTo(folder);
  checkOwn(folder, 'folder');
  checkOwn(path, 'file');
  return readLabState(readFileSync(path, 'utf8'), folder);
}

/** Removes a lab's files, its folder, and the parent folders for labs if they are empty. */
export function removeFolder(folder: string, state: LabState): void {
  const files = [...OWN_FILES, FILE].flatMap((name) => [`${name}.new`, name]); // the state file last: without it the folder is not a lab
  for (const name of [...Object.keys(state.members), ETCD_FOLDER, ...files])
    rmSync(join(folder, name), { recursive: true, force: true });
  const base = [labsFolder(true), labsFolder(false)].find((one) => dirname(resolve(folder)) === one);
  for (const path of [folder, ...(base ? [base, dirname(base)] : [])]) {
    try {
      rmdirSync(path);
    } catch {
      return; // not empty
    }
  }
}

/** Folder of a lab: the one given, the one with that name, or the only one there is. */
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
