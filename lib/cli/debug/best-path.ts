import { bestPath, type PathValues } from '../../bgp/rib/loc-rib/best-path';
import type { DecidingStep } from '../../bgp/rib/loc-rib/decision-process';
import { IpAddress } from '../../model/address';
import { Problem } from '../../model/problem';
import { type LineError, lineError } from './lines';

/**
 * `peerform debug best-path`: runs the RIB's decision process on plain values. In:
 * `{"paths":[{…}],"options":{"alwaysCompareMed":false}}`, with path fields as in {@link PathValues}, and addresses and
 * router IDs as strings. Defaults: LOCAL_PREF 100, MED 0, an empty AS_PATH and CLUSTER_LIST, a reachable next hop. Out:
 * `{"best":0,"step":"as-path-length"}`.
 */
export function bestPathLine(input: unknown): { best: number | null; step: DecidingStep } | LineError {
  if (!isObject(input)) return lineError('shape', 'the line is not a JSON object');
  const { paths, options = {} } = input;
  if (!Array.isArray(paths)) return lineError('shape', 'paths must be a list');
  if (!isObject(options)) return lineError('shape', 'options must be an object');
  const { alwaysCompareMed = false } = options;
  if (typeof alwaysCompareMed !== 'boolean')
    return lineError('shape', 'options.alwaysCompareMed must be true or false');
  const values: PathValues[] = [];
  for (const [index, path] of paths.entries()) {
    const read = readPath(path);
    if (read instanceof Problem)
      return lineError(read.code, `paths[${index}]${read.path && `.${read.path}`}: ${read.message}`);
    values.push(read);
  }
  return bestPath(values, { alwaysCompareMed });
}

type Reader<T> = (value: unknown) => T | Problem;

/** Parser and default of each field; fields without a default are required. */
const FIELDS: { readonly [K in keyof PathValues]-?: readonly [Reader<NonNullable<PathValues[K]>>, PathValues[K]?] } = {
  peer: [text, ''],
  session: [(value) => (value === 'ebgp' || value === 'ibgp' ? value : wrong(value, '"ebgp" or "ibgp"'))],
  routerId: [readRouterId],
  peerAddress: [(value) => IpAddress.parse(value)],
  neighborAs: [number32, 0],
  asPathLength: [number32, 0],
  origin: [readOrigin, 0],
  med: [number32, 0],
  localPref: [number32, 100],
  igpMetric: [number32, 0],
  originatorId: [readRouterId, undefined],
  clusterListLength: [number32, 0],
  nextHopReachable: [flag, true],
  eligible: [flag, true],
};

function readPath(path: unknown): PathValues | Problem {
  if (!isObject(path)) return wrong(path, 'an object');
  const fields: Record<string, unknown> = {};
  for (const [name, [read, ...absent]] of Object.entries(FIELDS)) {
    const value = path[name] ?? undefined;
    if (value === undefined && absent.length === 0) return Problem.of('shape', 'it is missing', name);
    const result = value === undefined ? absent[0] : (read as Reader<unknown>)(value);
    if (result instanceof Problem) return result.under(name);
    fields[name] = result;
  }
  return fields as unknown as PathValues;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(value: unknown, wanted: string): Problem {
  return Problem.of('shape', `${JSON.stringify(value)} is not ${wanted}`);
}

function text(value: unknown): string | Problem {
  return typeof value === 'string' ? value : wrong(value, 'a string');
}

function flag(value: unknown): boolean | Problem {
  return typeof value === 'boolean' ? value : wrong(value, 'true or false');
}

function number32(value: unknown): number | Problem {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
  return fits ? value : wrong(value, 'a number of 32 bits');
}

function readOrigin(value: unknown): 0 | 1 | 2 | Problem {
  const origin = ['igp', 'egp', 'incomplete'].indexOf(value as string);
  return origin < 0 ? wrong(value, '"igp", "egp" or "incomplete"') : (origin as 0 | 1 | 2);
}

function readRouterId(value: unknown): number | Problem {
  const address = IpAddress.parse(value);
  if (address instanceof Problem || address.family !== 'ipv4') return wrong(value, 'a dotted quad');
  return new DataView(address.bytes.buffer, address.bytes.byteOffset).getUint32(0);
}
