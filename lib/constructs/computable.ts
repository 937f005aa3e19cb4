import { type IResolvable, Token } from 'cdktf';
import { UNKNOWN } from '../model/read';

/**
 * A part of the model as constructs accept it: the same shape, but any value may be computed by Terraform. Strings,
 * numbers and lists keep their types (cdktf encodes tokens in them); booleans need a union.
 */
export type Computable<T> = T extends boolean
  ? T | IResolvable
  : T extends readonly (infer Item)[]
    ? Computable<Item>[]
    : T extends object
      ? { [Key in keyof T]: Computable<T[Key]> }
      : T;

/**
 * Whether the value is known only when Terraform runs: a cdktf token, or a string that contains a Terraform expression.
 */
export const isComputed = (value: unknown): boolean =>
  Token.isUnresolved(value) || (typeof value === 'string' && /[$%]\{/.test(value));

/** The value with {@link UNKNOWN} in place of every computed part. */
export function known(value: unknown): unknown {
  if (isComputed(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, known(inner)]));
}
