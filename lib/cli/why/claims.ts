import type { Fabric } from '../../model/fabric';
import { Prefix } from '../../model/prefix';
import type { AdvertisingEntry } from './route-evidence';

/**
 * What the fabric has nodes advertise for a prefix or, failing that, for the longest prefix that contains it, whether
 * or not they do.
 */
export function claimsOf({ nodes }: Pick<Fabric, 'nodes'>, prefix: Prefix): AdvertisingEntry[] {
  const all = Object.entries(nodes).flatMap(([node, { advertise }]) =>
    advertise.flatMap((one) => (one.prefix.contains(prefix) ? [{ node, prefix: one.prefix }] : [])),
  );
  const length = Math.max(...all.map((one) => one.prefix.length));
  return all.flatMap((one) => (one.prefix.length === length ? [{ node: one.node, prefix: String(one.prefix) }] : []));
}

/** The prefix that claims are about. */
export function claimed(claims: readonly AdvertisingEntry[]): Prefix | undefined {
  const prefix = claims.length > 0 ? Prefix.parse(claims[0].prefix) : undefined;
  return prefix instanceof Prefix ? prefix : undefined;
}
