import type { Fabric } from './fabric';
import { SecretReference } from './secret-reference';

/**
 * A fabric as it runs before a deploy that delivers its secrets again (another `secrets_version`). Plans do not know
 * values, so each of these secrets may have another one afterwards: it is marked, and differs from the same reference
 * after the deploy. The same object if it refers to no such secret.
 */
export const withFormerSecrets = (fabric: Fabric): Fabric => each(fabric, (secret) => secret.former());

/** The same fabric if the deploy brings no new values: no secret is marked. The same object if none was. */
export const withSameSecrets = (fabric: Fabric): Fabric => each(fabric, (secret) => secret.present());

function each<T>(value: T, of: (secret: SecretReference) => SecretReference): T {
  if (value instanceof SecretReference) return of(value) as T;
  if (Array.isArray(value)) {
    const all = value.map((one) => each(one, of));
    return all.some((one, i) => one !== value[i]) ? (all as T) : value;
  }
  if (!isPlain(value)) return value;
  const changed = Object.entries(value).flatMap(([name, one]) => {
    const other = each(one, of);
    return other === one ? [] : [[name, other] as const];
  });
  if (changed.length === 0) return value;
  return Object.assign(Object.create(Object.getPrototypeOf(value)), value, Object.fromEntries(changed));
}

/** Addresses and the like refer to no secret. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
