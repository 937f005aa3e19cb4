import { IpAddress } from '../model/address';
import { AsNumber } from '../model/as-number';
import { AsPathPattern } from '../model/as-path-pattern';
import type { Json } from '../model/canonical';
import { Community } from '../model/community';
import { Prefix } from '../model/prefix';
import { Problem } from '../model/problem';

/** Encodes a kind of value that JSON lacks as an object with one member of this name. */
interface Kind<T> {
  /** The value as a string, if it is of this kind. */
  write(value: object): string | undefined;
  read(text: string): T | undefined;
}

const KINDS: Readonly<Record<string, Kind<object>>> = {
  $hex: {
    write: (value) => (value instanceof Uint8Array ? toHex(value) : undefined),
    read: fromHex,
  },
  $address: {
    write: (value) => (value instanceof IpAddress ? String(value) : undefined),
    read: (text) => good(IpAddress.parseEnd(text)),
  },
  $prefix: {
    write: (value) => (value instanceof Prefix ? String(value) : undefined),
    read: (text) => good(Prefix.parse(text)),
  },
  $as: {
    write: (value) => (value instanceof AsNumber ? String(value) : undefined),
    read: (text) => good(AsNumber.parse(text)),
  },
  $community: {
    write: (value) => (value instanceof Community ? String(value) : undefined),
    read: (text) => good(Community.parse(text)),
  },
  $asPathPattern: {
    write: (value) => (value instanceof AsPathPattern ? String(value) : undefined),
    read: (text) => good(AsPathPattern.parse(text)),
  },
  $regexp: {
    write: (value) => (value instanceof RegExp ? `${value.flags}/${value.source}` : undefined),
    read: readRegExp,
  },
};

/**
 * Encodes a value as JSON so that {@link fromJson} restores it. Throws on objects of an unknown class, which are a bug
 * of the caller. Undefined members are left out.
 */
export function toJson(value: unknown): Json {
  if (typeof value !== 'object' || value === null) return scalar(value);
  for (const [name, { write }] of Object.entries(KINDS)) {
    const text = write(value);
    if (text !== undefined) return { [name]: text };
  }
  if (value instanceof Set) return { $set: [...value].map(toJson) };
  if (Array.isArray(value)) return value.map(toJson);
  if (Object.getPrototypeOf(value) !== Object.prototype)
    throw new TypeError(`a ${value.constructor.name} cannot be written as JSON`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, toJson(member)]));
}

/** The value that {@link toJson} wrote; undefined if any part is invalid. */
export function fromJson(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return allOf(json.map(fromJson));
  const [[name, only] = ['', null], ...more] = Object.entries(json);
  if (more.length === 0 && name.startsWith('$')) return fromKind(name, only);
  const values = allOf(Object.values(json).map(fromJson));
  return values && Object.fromEntries(Object.keys(json).map((key, i) => [key, values[i]]));
}

function fromKind(name: string, json: Json): unknown {
  if (name === '$number' && typeof json === 'string') return Number(json);
  if (name === '$set' && Array.isArray(json)) {
    const members = allOf(json.map(fromJson));
    return members && new Set(members);
  }
  return Object.hasOwn(KINDS, name) && typeof json === 'string' ? KINDS[name].read(json) : undefined;
}

function scalar(value: unknown): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new TypeError(`a ${typeof value} cannot be written as JSON`);
}

const allOf = (values: readonly unknown[]): readonly unknown[] | undefined =>
  values.some((value) => value === undefined) ? undefined : values;

const good = <T>(value: T | Problem): T | undefined => (value instanceof Problem ? undefined : value);

function readRegExp(text: string): RegExp | undefined {
  const slash = text.indexOf('/');
  try {
    return new RegExp(text.slice(slash + 1), text.slice(0, slash));
  } catch {
    return undefined;
  }
}

const DIGITS = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += DIGITS[bytes[i]];
  return text;
}

function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
