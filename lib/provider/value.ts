import { named } from '../model/named';
import { UNKNOWN } from '../model/read';

/** A value of Terraform's type system. `UNKNOWN` is known only after apply; null is unset. */
export type Value = null | boolean | number | string | typeof UNKNOWN | readonly Value[] | Values | AsWritten;

/** A value with the type from the configuration. Terraform gets both back unchanged. */
export class AsWritten {
  constructor(
    /** Type constraint as JSON. */
    readonly type: string,
    readonly value: Value,
  ) {}
}

/** An object or map. An object has every attribute of its type, null if unset. */
export interface Values {
  readonly [name: string]: Value;
}

/**
 * Type of an attribute; objects become nested attributes of the Terraform schema. `any`: dynamic, see {@link
 * AsWritten}.
 */
export type ValueType =
  | 'string'
  | 'number'
  | 'bool'
  | 'any'
  | { readonly list: ValueType }
  | { readonly map: ValueType }
  | { readonly object: Attributes };

export interface AttributeSchema {
  readonly type: ValueType;
  readonly description: string;
  /**
   * Who sets it: the configuration (required or optional), the provider, or the provider unless the configuration does
   * (`defaulted`).
   */
  readonly set: 'required' | 'optional' | 'computed' | 'defaulted';
  /** Passed to the provider and never stored. Never inside a map: one such leaf makes Terraform quadratic. */
  readonly isWriteOnly?: boolean;
}

export type Attributes = Readonly<Record<string, AttributeSchema>>;

export { UNKNOWN };

/** Whether the value is an object or map. */
export const isValues = (value: Value | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof AsWritten);

/** Whether any part of the value is unknown. */
export function holdsUnknown(value: Value): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnknown);
}

/** Deep equality, ignoring key order; an unknown equals nothing. */
export function equal(a: Value, b: Value): boolean {
  if (a === UNKNOWN || b === UNKNOWN) return false;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Values, b as Values];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
  );
}

/**
 * Converts a decoded value to its type: objects get every attribute and lose unknown ones, and numbers encoded as
 * strings become numbers. Throws a TypeError with the location if it does not match.
 */
export function conform(value: unknown, type: ValueType): Value {
  const at: string[] = [];
  try {
    return shaped(value, type, at);
  } catch (misfit) {
    if (misfit instanceof Misfit) throw new TypeError(`${at.join('')}: a ${misfit.message} does not match its type`);
    throw misfit;
  }
}

/** {@link conform} for an object of known attributes. */
export const conformObject = (value: Readonly<Record<string, unknown>>, attributes: Attributes): Values =>
  conform(value, { object: attributes }) as Values;

/** A value of the wrong type; the message is the expected type. */
class Misfit extends Error {}

/**
 * Fabrics have hundreds of thousands of values: the current location is kept in one list, `at`, and formatted only for
 * an error.
 */
function shaped(value: unknown, type: ValueType, at: string[]): Value {
  if (value === undefined || value === null) return null;
  if (value === UNKNOWN) return UNKNOWN;
  if (type === 'any') return asWritten(value);
  if (typeof type === 'string') return shapedLeaf(value, type);
  if (typeof value !== 'object') throw new Misfit(typeof value);
  const within = (step: string, inner: unknown, innerType: ValueType): Value => {
    at.push(step);
    const fitting = shaped(inner, innerType, at);
    at.pop();
    return fitting;
  };
  if ('list' in type) {
    if (!Array.isArray(value)) throw new Misfit(typeof value);
    return value.map((item, i) => within(`[${i}]`, item, type.list));
  }
  const inner = value as Record<string, unknown>;
  if ('map' in type)
    return named(Object.entries(inner).map(([key, item]) => [key, within(`.${key}`, item, type.map)] as const));
  const object: Record<string, Value> = {};
  for (const name in type.object) object[name] = within(`.${name}`, inner[name], type.object[name].type);
  return object;
}

/** In msgpack a pair of type and value, in JSON an object with both. */
function asWritten(value: unknown): AsWritten {
  if (value instanceof AsWritten) return value;
  const [type, inner]: unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'object' && value !== null && 'type' in value && 'value' in value
      ? [JSON.stringify(value.type), value.value]
      : [];
  if (typeof type === 'string') return new AsWritten(type, inner as Value);
  if (type instanceof Uint8Array) return new AsWritten(Buffer.from(type).toString('utf8'), inner as Value);
  throw new Misfit(typeof value);
}

const LEAF = { string: 'string', number: 'number', bool: 'boolean' } as const;

function shapedLeaf(value: unknown, type: 'string' | 'number' | 'bool'): Value {
  // Terraform encodes a number as a string if a double cannot hold it exactly.
  if (type === 'number' && typeof value === 'string' && Number.isFinite(Number(value))) return Number(value);
  if (typeof value !== LEAF[type]) throw new Misfit(typeof value);
  return value as Value;
}

/** Maps the values of an object. */
export const mapValues = <T, U>(
  table: Readonly<Record<string, T>>,
  to: (value: T, name: string) => U,
): Record<string, U> => named(Object.entries(table).map(([name, value]) => [name, to(value, name)] as const));
