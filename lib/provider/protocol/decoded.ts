import type { Schema } from '../resource-api';
import { conform, isValues, type Values } from '../value';
import type { DynamicValue } from './messages';
import { unpack } from './msgpack';

/** A state, a configuration and a plan. */
const KEPT = 3;

/**
 * Decoded resource values. Within a run, Terraform sends the same values several times (a configuration to validate and
 * then to plan, a state as read and then to plan from), and decoding those of a large fabric takes a while: the last
 * few of each resource type are cached by their octets. The same octets return the same object, so that callers can
 * cache results by it.
 */
export class Decoded {
  private readonly kept = new Map<Schema, { readonly octets: Uint8Array; readonly values: Values | null }[]>();

  /** The decoded value, null if it is null or missing. Throws a TypeError if it does not match the schema. */
  of(value: DynamicValue | undefined, schema: Schema): Values | null {
    const octets = value?.msgpack ?? NOTHING;
    if (octets.length === 0) return decode(value, schema);
    const kept = this.kept.get(schema) ?? [];
    const known = kept.find((one) => Buffer.compare(one.octets, octets) === 0);
    if (known) return known.values;
    const values = decode(value, schema);
    this.kept.set(schema, [{ octets, values }, ...kept.slice(0, KEPT - 1)]);
    return values;
  }
}

const NOTHING = new Uint8Array(0);

function decode(value: DynamicValue | undefined, { attributes }: Schema): Values | null {
  const decoded = conform(rawValue(value), { object: attributes });
  return isValues(decoded) ? decoded : null;
}

/** Whether the value is null, without decoding it. */
export const isNil = ({ msgpack, json }: DynamicValue = {}): boolean =>
  msgpack?.length ? msgpack[0] === NIL : !json?.length || rawValue({ json }) === null;

/** null in msgpack. */
const NIL = 0xc0;

/** The untyped value, from either encoding. */
export function rawValue(value: DynamicValue | undefined): unknown {
  if (value?.msgpack?.length) return unpack(value.msgpack);
  return value?.json?.length ? JSON.parse(Buffer.from(value.json).toString('utf8')) : null;
}
