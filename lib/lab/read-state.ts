import { named } from '../model/named';
import { namespaceOf, switchOf } from './build';
import { OUTSIDE_KINDS } from './daemon/daemons';
import type { LabEtcd, LabState } from './lab-state';

/**
 * Parses the state of a lab. It determines what is killed, deleted and entered, so it is accepted only if all of it is
 * well-formed and refers to nothing outside the lab. Throws otherwise.
 */
export function readLabState(text: string, folder: string): LabState {
  const fault = (what: string) => new Error(`${folder} does not contain a lab that this version supports: ${what}`);
  let state: LabState;
  try {
    state = JSON.parse(text) as LabState;
  } catch {
    throw fault('its lab.json is not valid JSON');
  }
  if (!isObject(state) || state.version !== 1) throw fault('it was made by another version of peerform');
  const { name, holder, namespaces, members, processes, bfd = {}, relays = {}, etcd } = state;
  if (typeof name !== 'string' || !LAB_NAME.test(name)) throw fault('it has no name');
  if (![members, processes, bfd, relays].every(isObject) || !Array.isArray(namespaces))
    throw fault('a part of it is missing');
  if (holder !== undefined && !isTracked(holder)) throw fault('its holder is not a process');
  if (etcd !== undefined && !isEtcd(etcd)) throw fault('its etcd is not one of a lab');
  for (const [member, { namespace, host, interface: device, speaker }] of entriesOf(members, fault)) {
    if (speaker !== undefined && !OUTSIDE_KINDS.includes(speaker)) throw fault(`${member} has an unknown speaker`);
    if (!isFileName(member)) throw fault(`${JSON.stringify(member)} is not a valid member name`);
    if (namespace !== namespaceOf(name, member)) throw fault(`${member} has a namespace of another lab`);
    if (host !== undefined && !Object.hasOwn(members, host)) throw fault(`${member} is behind an unknown member`);
    if (device !== undefined && !isFileName(device)) throw fault(`${JSON.stringify(device)} is not an interface`);
  }
  const own = new Set([switchOf(name), ...Object.keys(members).map((member) => namespaceOf(name, member))]);
  for (const namespace of namespaces)
    if (!own.has(namespace)) throw fault(`${JSON.stringify(namespace)} is not one of its namespaces`);
  for (const [member, process] of [processes, bfd, relays].flatMap((all) => entriesOf(all, fault)))
    if (!Object.hasOwn(members, member) || !isTracked(process)) throw fault(`${member} is not one of its processes`);
  return {
    ...state,
    members: named(Object.entries(members)),
    processes: named(Object.entries(processes)),
    ...(state.bfd && { bfd: named(Object.entries(bfd)) }),
    ...(state.relays && { relays: named(Object.entries(relays)) }),
  };
}

/** Valid names of labs. */
export const LAB_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

function entriesOf<T>(map: Readonly<Record<string, T>>, fault: (what: string) => Error): [string, T][] {
  const entries = Object.entries(map);
  for (const [key, value] of entries) if (!isObject(value)) throw fault(`${JSON.stringify(key)} is not an object`);
  return entries;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A single path component that cannot be taken for an option. */
const isFileName = (text: unknown): boolean =>
  typeof text === 'string' && /^[^/\0-][^/\0]*$/.test(text) && text !== '.' && text !== '..';

/** Its port and prefix are in the endpoints that deploys use. */
function isEtcd(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { prefix, port, process } = value as Partial<Record<keyof LabEtcd, unknown>>;
  const isPort = Number.isInteger(port) && (port as number) > 0 && (port as number) < 65536;
  return isFileName(prefix) && isPort && (process === undefined || (isObject(process) && isTracked(process)));
}

function isTracked(value: unknown): boolean {
  const { pid, startTime } = value as { pid?: unknown; startTime?: unknown };
  return Number.isInteger(pid) && (pid as number) > 1 && typeof startTime === 'string' && /^\d*$/.test(startTime);
}
