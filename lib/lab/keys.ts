import { createHash, randomBytes } from 'node:crypto';
import { canonicalFabric, type Json } from '../model/canonical';
import type { Fabric } from '../model/fabric';

/** What signs the sessions of a lab (TCP MD5), by the reference that the fabric has for it. */
export type Keys = Readonly<Record<string, string>>;

/** Where a fabric names a secret. */
const FIELDS: ReadonlySet<string> = new Set(['password', 'meshPassword']);

/** The references of a fabric, each once. */
export function referencesIn(fabric: Fabric): string[] {
  const found = new Set<string>();
  eachSecret(canonicalFabric(fabric), (reference) => {
    found.add(reference);
    return reference;
  });
  return [...found];
}

/**
 * Keys for these references: those that are known, what `real` finds, and made-up ones for the rest: a lab needs none
 * of the keys of the network that it is a copy of.
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

/** The fabric with each reference as a secret that the lab delivers. */
export const withDelivered = (fabric: Fabric): Json =>
  eachSecret(canonicalFabric(fabric), (reference) => `secret:${secretName(reference)}`);

/** What is delivered with it. */
export const secretsOf = (keys: Keys): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([reference, key]) => [secretName(reference), key]));

/** A name that any reference has. */
export const secretName = (reference: { toString(): string }): string =>
  `lab-${createHash('sha256').update(reference.toString()).digest('hex').slice(0, 16)}`;

/** A document with each reference changed. */
function eachSecret(value: Json, change: (reference: string) => string): Json {
  if (Array.isArray(value)) return value.map((inner) => eachSecret(inner as Json, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    FIELDS.has(name) && typeof inner === 'string' ? change(inner) : eachSecret(inner as Json, change),
  ]);
  return Object.fromEntries(entries) as Json;
}

/** Every daemon has its own idea of what else may be in a word of its configuration. */
function checked(reference: string, key: string | undefined): string | undefined {
  if (key !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]{1,80}$/.test(key))
    throw new Error(`the key ${reference} has characters that the configuration of an outside neighbour cannot hold`);
  return key;
}
