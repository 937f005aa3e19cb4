import type { IpAddress } from '../../../model/address';
import type { Hop } from '../../codec/route-info';

/** One next hop of a route, as BGP specifies it. Without an interface it is resolved through the kernel's routes. */
export interface BgpNextHop {
  readonly address?: IpAddress;
  /** By name. Required for a link-local address; without an address the destination is on-link. */
  readonly interface?: string;
  /** 1 (default) to 255. */
  readonly weight?: number;
  readonly onlink?: boolean;
  /** It must be on a link of this node: a default route does not count. */
  readonly isDirect?: boolean;
}

/**
 * The target of a route: one next hop, several with equal or weighted shares, or none. `throw`: the look-up continues
 * with the next rule; only `withholding/passed-on.ts` uses it.
 */
export type NexthopSet = { readonly via: readonly BgpNextHop[] } | 'blackhole' | 'unreachable' | 'throw';

/** Why a next hop cannot be resolved. */
export type Reason = string;

/** Maximum weight of a hop in a nexthop group. */
export const MAX_WEIGHT = 255;

/** The addresses of its next hops, as strings. */
export const nextHopAddresses = (target: NexthopSet): string[] =>
  typeof target === 'string' ? [] : target.via.flatMap(({ address }) => (address ? String(address) : []));

/** Equal strings if and only if the sets are equal. */
export function nexthopSetKey(target: NexthopSet): string {
  if (typeof target === 'string') return target;
  return target.via
    .map(
      (hop) =>
        `${hop.address ?? ''}%${hop.interface ?? ''}*${hop.weight ?? 1}${hop.onlink ? '!' : ''}${hop.isDirect ? '=' : ''}`,
    )
    .join(' ');
}

/** Merges hops that differ only in their weight, adding the weights: two next hops behind one gateway. */
export function merged(hops: readonly Hop[]): Hop[] {
  const byKey = new Map<string, Hop>();
  for (const hop of hops) {
    const key = `${hop.gateway ?? ''}%${hop.interface}${hop.onlink ? '!' : ''}`;
    const same = byKey.get(key);
    byKey.set(key, same ? { ...same, weight: Math.min(MAX_WEIGHT, same.weight + hop.weight) } : hop);
  }
  const all = [...byKey.values()];
  return all.length === 1 ? [{ ...all[0], weight: 1 }] : all; // a single hop has all the traffic, whatever its weight
}
