import type { IpAddress } from '../../../model/address';
import type { Hop } from '../../codec/route-info';

/** One next hop of a route, as BGP names it. Without an interface the kernel's own routes say how it is reached. */
export interface BgpNextHop {
  readonly address?: IpAddress;
  /** By name. A link-local address needs one; without an address the destination is on the link itself. */
  readonly interface?: string;
  /** 1 (default) to 255. */
  readonly weight?: number;
  readonly onlink?: boolean;
  /** It is to be on a link of this node: a default route does not lead there. */
  readonly isDirect?: boolean;
}

/**
 * Where a route shall lead: to one next hop, to several with equal or weighted shares, or nowhere. `throw`: the look-up
 * continues with the next rule; only {@link ./passed-on} wants it.
 */
export type NexthopSet = { readonly via: readonly BgpNextHop[] } | 'blackhole' | 'unreachable' | 'throw';

/** Why a next hop has no hops in the kernel's terms. */
export type Reason = string;

/** The greatest weight of a hop: what a member of a nexthop group can have. */
export const MAX_WEIGHT = 255;

/** The addresses of its next hops, as strings. */
export const nextHopAddresses = (target: NexthopSet): string[] =>
  typeof target === 'string' ? [] : target.via.flatMap(({ address }) => (address ? String(address) : []));

/** The same string for equal sets, and only for these. */
export function nexthopSetKey(target: NexthopSet): string {
  if (typeof target === 'string') return target;
  return target.via
    .map(
      (hop) =>
        `${hop.address ?? ''}%${hop.interface ?? ''}*${hop.weight ?? 1}${hop.onlink ? '!' : ''}${hop.isDirect ? '=' : ''}`,
    )
    .join(' ');
}

/** Hops that are the same but for their weight become one with the sum: two next hops behind one gateway. */
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
