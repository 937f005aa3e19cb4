import type { Fabric } from './fabric';
import { SecretReference } from './secret-reference';

/**
 * A fabric as it runs before a deploy that delivers its secrets again (another `secrets_version`). Plans do not know
 * values, so each of these secrets may have another one afterwards: it is marked, and differs from the same reference
 * after the deploy. The same object if it refers to no such secret.
 */
export const withFormerSecrets = (fabric: Fabric): Fabric => marked(fabric);

function marked<T>(value: T): T {
  if (value instanceof SecretReference) return value.former() as T;
  if (Array.isArray(value)) {
    const all = value.map(marked);
    return all.some((one, i) => one !== value[i]) ? (all as T) : value;
  }
  if (!isPlain(value)) return value;
  const changed = Object.entries(value).flatMap(([name, one]) => {
    const other = marked(one);
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
