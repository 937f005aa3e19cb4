import { createHash, randomBytes } from 'node:crypto';
import { canonicalFabric, type Json } from '../model/canonical';
import type { Fabric } from '../model/fabric';

/** TCP MD5 keys of a lab's sessions, by the fabric's reference. */
export type Keys = Readonly<Record<string, string>>;

/** Fields of a fabric that refer to a secret. */
const FIELDS: ReadonlySet<string> = new Set(['password', 'meshPassword']);

/** The distinct secret references of a fabric. */
export function referencesIn(fabric: Fabric): string[] {
  const found = new Set<string>();
  eachSecret(canonicalFabric(fabric), (reference) => {
    found.add(reference);
    return reference;
  });
  return [...found];
}

/**
 * Keys for these references: known ones, those that `real` finds, and generated ones for the rest, because a lab does
 * not need the keys of the network it reproduces.
 */
export function keysFor(
  references: readonly string[],
  known: Keys,
  real: (reference: string) => string | undefined = () => undefined,
): Keys {
  const pairs = references.map((reference) => [
    reference,
    keyOf(known, reference) ?? checked(reference, real(reference)) ?? randomBytes(16).toString('hex'),
  ]);
  return { ...known, ...Object.fromEntries(pairs) };
}

export const keyOf = (keys: Keys, reference: { toString(): string }): string | undefined =>
  Object.hasOwn(keys, reference.toString()) ? keys[reference.toString()] : undefined;

/** The fabric with each reference replaced by a secret that the lab delivers. */
export const withDelivered = (fabric: Fabric): Json =>
  eachSecret(canonicalFabric(fabric), (reference) => `secret:${secretName(reference)}`);

/** The secrets delivered with it. */
export const secretsOf = (keys: Keys): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([reference, key]) => [secretName(reference), key]));

/** A valid secret name for a reference. */
export const secretName = (reference: { toString(): string }): string =>
  `lab-${createHash('sha256').update(reference.toString()).digest('hex').slice(0, 16)}`;

/** Maps each reference in a document. */
function eachSecret(value: Json, change: (reference: string) => string): Json {
  if (Array.isArray(value)) return value.map((inner) => eachSecret(inner as Json, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    FIELDS.has(name) && typeof inner === 'string' ? change(inner) : eachSecret(inner as Json, change),
  ]);
  return Object.fromEntries(entries) as Json;
}

/** Every daemon has its own quoting rules, so keys are restricted. */
function checked(reference: string, key: string | undefined): string | undefined {
  if (key !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]{1,80}$/.test(key))
    throw new Error(`the key ${reference} has characters that the configuration of an outside neighbour cannot hold`);
  return key;
}
