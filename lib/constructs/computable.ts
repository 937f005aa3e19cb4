import { type IResolvable, Token } from 'cdktf';
import { UNKNOWN } from '../model/read';

/**
 * A part of the model as constructs take it: the same shape, where any value may also be one that Terraform computes.
 * Strings, numbers and lists need no other type for that (cdktf encodes tokens in them); a boolean does.
 */
export type Computable<T> = T extends boolean
  ? T | IResolvable
  : T extends readonly (infer Item)[]
    ? Computable<Item>[]
    : T extends object
      ? { [Key in keyof T]: Computable<T[Key]> }
      : T;

/** Whether the value is known only when Terraform runs: a token of cdktf, or text that holds a Terraform expression. */
export const isComputed = (value: unknown): boolean =>
  Token.isUnresolved(value) || (typeof value === 'string' && /[$%]\{/.test(value));

/** The value with {@link UNKNOWN} for every part that is known only when Terraform runs. */
export function known(value: unknown): unknown {
  if (isComputed(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, known(inner)]));
}
