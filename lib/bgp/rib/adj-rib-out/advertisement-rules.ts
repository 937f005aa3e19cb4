// Near the hot path: the next hop with which a route is advertised to a neighbour, determined once for all prefixes of
// a batch with the same attribute set.
import type { IpAddress } from '../../../model/address';
import type { Edit } from '../../policy/edit';
import type { WireContext } from '../../wire/context';
import { FAMILY_BY_INDEX, type PeerState } from '../peer';
import { MARK } from '../table/attribute-facts';
import { type AttributeTable, SET, SET_MARKS, SET_NEXT_HOP } from '../table/attribute-table';
import { IPV4, IPV6 } from '../table/prefix-table';
import type { RibTables } from '../tables';

/**
 * The next hop to advertise (RFC 4271 section 5.1.3): 4 or 16 octets, an IPv6 one for IPv4 routes only by RFC 8950, or
 * 32 with a link-local address (RFC 2545). Undefined if there is none that the neighbour could use.
 */
export function nextHopFor(tables: RibTables, set: number, to: PeerState, edit?: Edit): Uint8Array | undefined {
  const { sets } = tables.attributes;
  const context = to.context!;
  const given = edit?.nextHop;
  const hop = tables.nextHops.get(sets[set * SET + SET_NEXT_HOP]);
  const isIpv6 = (sets[set * SET + SET_MARKS] & MARK.ipv6) !== 0;
  const mode = given === 'self' ? given : to.nextHop;
  const keeps = mode === 'keep' || (mode === 'auto' && !to.isExternal);
  if (given && given !== 'self' && fits(given, isIpv6, context)) return given.bytes;
  if (keeps && hop && !hop.address.equals(to.config.address) && fits(hop.address, isIpv6, context))
    return hop.address.bytes;
  return to.self[isIpv6 ? IPV6 : IPV4];
}

/**
 * RFC 2545 section 3: the next hop is a global address; a link-local one is meaningless to a neighbour on another link.
 */
function fits(address: IpAddress, isIpv6: boolean, context: WireContext): boolean {
  if (address.isLinkLocal) return false;
  if (isIpv6) return address.family === 'ipv6';
  return address.family === 'ipv4' || context.extendedNextHop.has(FAMILY_BY_INDEX[IPV4]);
}

/** Family index of a set's routes. */
export const familyOfSet = (store: AttributeTable, set: number): number =>
  (store.sets[set * SET + SET_MARKS] & MARK.ipv6) !== 0 ? IPV6 : IPV4;
