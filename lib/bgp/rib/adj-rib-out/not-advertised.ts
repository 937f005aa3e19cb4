/*
 * Why a best route is not advertised to a neighbour: the only table, used by Adj-RIB-Out, and for the words of `routes`
 * and `why`. On the hot path in that it runs once for each attribute set of a batch.
 */
import { isOnlyForOthers } from '../only-to-customer';
import type { PeerState } from '../peer';
import { MARK } from '../table/attribute-facts';
import { SET, SET_MARKS, SET_PEER } from '../table/attribute-table';
import type { RibTables } from '../tables';

/** For display. */
export const NOT_ADVERTISED = {
  'from-neighbour': 'the best path is from this neighbour itself (RFC 4271 9.2)',
  'no-advertise': 'it has the community no-advertise (RFC 1997)',
  'no-export': 'it has the community no-export, and the neighbour is in another AS (RFC 1997)',
  'only-to-customer': 'ONLY_TO_CUSTOMER keeps it from this neighbour (RFC 9234 5)',
  'internal-path':
    'the best path is from an internal neighbour, and neither of the two is a route reflector client of this node (RFC 4271 9.2, RFC 4456 6)',
  family: 'the session does not carry its address family',
  policy: 'it is rejected by export policy',
  'no-next-hop': 'this node has no address that the neighbour could use as its next hop',
  'no-path': 'no path to it is in use on this node',
  down: 'the session is not Established',
  due: 'it is about to be advertised',
} as const;

export type NotAdvertised = keyof typeof NOT_ADVERTISED;

/** Why the attributes of a set prevent advertising its best routes to a neighbour; undefined if they do not. */
export function exportObstacle(tables: RibTables, set: number, to: PeerState): NotAdvertised | undefined {
  const { sets } = tables.attributes;
  const marks = sets[set * SET + SET_MARKS];
  const from = sets[set * SET + SET_PEER];
  if (from === to.number) return 'from-neighbour';
  if ((marks & MARK.noAdvertise) !== 0) return 'no-advertise';
  if ((marks & (MARK.noExport | MARK.noExportSubconfed)) !== 0 && to.isExternal) return 'no-export';
  if (to.role !== undefined && isOnlyForOthers(tables, set, to)) return 'only-to-customer';
  if (from === 0 || to.isExternal) return undefined;
  const source = tables.peers[from]!;
  // RFC 4271 section 9.2: internal routes are not passed on internally, but by a reflector from or to a client (RFC
  // 4456 section 6).
  return source.isExternal || source.isClient || to.isClient ? undefined : 'internal-path';
}
