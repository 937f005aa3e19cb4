import type { RoleName } from '../session/config';
import type { PeerState } from './peer';
import { MARK } from './table/attribute-facts';
import { SET, SET_MARKS, SET_PEER } from './table/attribute-table';
import type { RibTables } from './tables';

/** Our roles towards providers and peers: their routes are for our customers only. */
const FROM_ABOVE: ReadonlySet<RoleName> = new Set(['customer', 'peer', 'routeServerClient']);
/** Our roles towards customers and peers: they may pass routes to their customers only. */
const DOWN: ReadonlySet<RoleName> = new Set(['provider', 'peer', 'routeServer']);

/** Whether a route with these marks from `peer` is a leak and must not be used: RFC 9234 section 5, ingress 1 and 2. */
export function isLeak(marks: number, { role }: PeerState): boolean {
  if (!role || (marks & MARK.onlyToCustomer) === 0) return false;
  return role === 'peer' ? (marks & MARK.foreignOnlyToCustomer) !== 0 : !FROM_ABOVE.has(role);
}

/**
 * The AS number of ONLY_TO_CUSTOMER that must be added when a set is advertised, 0 for none: that of the provider or
 * peer it came from (RFC 9234 section 5, ingress 3; added when the route is passed on, not when received), otherwise
 * our own towards customers or peers (egress 1).
 */
export function missingOnlyToCustomer(tables: RibTables, set: number, to: PeerState | undefined): number {
  const { sets } = tables.attributes;
  if ((sets[set * SET + SET_MARKS] & MARK.onlyToCustomer) !== 0) return 0;
  const from = tables.peers[sets[set * SET + SET_PEER]];
  if (from?.role && FROM_ABOVE.has(from.role)) return from.context?.peerAs ?? from.config.peerAs;
  return to?.role && DOWN.has(to.role) ? to.context!.localAs : 0;
}

/** Whether a set must not be sent to `to` because it is for customers only: RFC 9234 section 5, egress 2. */
export function isOnlyForOthers(tables: RibTables, set: number, to: PeerState): boolean {
  if (!to.role || !FROM_ABOVE.has(to.role)) return false;
  const isMarked = (tables.attributes.sets[set * SET + SET_MARKS] & MARK.onlyToCustomer) !== 0;
  return isMarked || missingOnlyToCustomer(tables, set, undefined) !== 0;
}
