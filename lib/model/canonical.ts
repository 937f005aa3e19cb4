import { FIRST_EDITION } from './edition';
import type { Fabric } from './fabric';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The canonical form of a fabric: the content of a release, and what its digest is computed over. Every value has one
 * spelling, defaults are filled in, keys are sorted, nothing is undefined. Endpoints and the fleet are left out: how to
 * reach an agent is not part of the topology. Edition 1 is not written, so that releases from before editions keep
 * their digests. Reading the canonical form returns the same fabric.
 */
export function canonicalFabric(fabric: Fabric): Json {
  const nodes = Object.fromEntries(
    Object.entries(fabric.nodes).map(([name, { endpoint: _, ...node }]) => [name, node]),
  );
  const edition = fabric.edition === FIRST_EDITION ? undefined : fabric.edition;
  return sorted(JSON.parse(JSON.stringify({ ...fabric, edition, fleet: undefined, nodes })));
}

/** The canonical form as a string, for digests. */
export const canonicalText = (fabric: Fabric): string => JSON.stringify(canonicalFabric(fabric));

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Record<string, Json>)[key])]));
}
