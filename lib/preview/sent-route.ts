import { fromCanonical, toCanonical } from '../bgp/rib/table/canonical';
import type { PathAttributes } from '../bgp/wire/path-attributes';
import type { SentSet } from '../topology/outside-routes';

/** A decoded set from an agent; malformed attributes are left out. */
interface SentRoute {
  readonly attributes: PathAttributes;
  /** Canonical encoding. */
  readonly octets: Uint8Array;
}

const READ = new WeakMap<SentSet, SentRoute>();

/** Decodes a set, cached. */
export function sentRoute(set: SentSet): SentRoute {
  const known = READ.get(set);
  if (known) return known;
  const told = octetsOf(set.attributes);
  const attributes = fromCanonical(told, 0, told.length);
  const route = { attributes, octets: toCanonical(attributes) };
  READ.set(set, route);
  return route;
}

function octetsOf(hexadecimal: string): Uint8Array {
  const octets = new Uint8Array(hexadecimal.length >> 1);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(hexadecimal.slice(2 * i, 2 * i + 2), 16);
  return octets;
}
