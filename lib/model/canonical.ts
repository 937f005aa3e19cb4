import { FIRST_EDITION } from './edition';
import type { Fabric } from './fabric';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The canonical form of a fabric: what a release is and what its digest is taken over. One spelling of every value,
 * defaults filled in, keys sorted, nothing absent, and no endpoints, since where an agent is reached is not part of the
 * topology. The first edition is not written, so that releases from before there were editions keep their digests.
 * Reading it again gives the same fabric.
 */
export function canonicalFabric(fabric: Fabric): Json {
  const nodes = Object.fromEntries(
    Object.entries(fabric.nodes).map(([name, { endpoint: _, ...node }]) => [name, node]),
  );
  const edition = fabric.edition === FIRST_EDITION ? undefined : fabric.edition;
  return sorted(JSON.parse(JSON.stringify({ ...fabric, edition, nodes })));
}

/** The canonical form as a string, for digests. */
export const canonicalText = (fabric: Fabric): string => JSON.stringify(canonicalFabric(fabric));

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Record<string, Json>)[key])]));
}
