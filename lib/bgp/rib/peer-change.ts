import { samePolicy } from '../policy/policy';
import { addressesOf } from './own-addresses';
import type { RibPeer } from './peer';

/**
 * What is to be evaluated again after a change: routes from the neighbour, routes to it, routes between others, and the
 * order of neighbours.
 */
type Part = 'imports' | 'exports' | 'reflection' | 'order';

/**
 * Which parts a change of each field concerns, and when it is one; routes are also readvertised by {@link
 * PeerState.self}.
 */
const FIELDS: Readonly<
  Record<keyof RibPeer, readonly [parts: readonly Part[], differs?: (before: RibPeer, after: RibPeer) => boolean]>
> = {
  name: [[]],
  address: [['order'], (a, b) => !a.address.equals(b.address)],
  localAddress: [['order'], differInAddresses],
  localAddresses: [['order'], differInAddresses],
  nextHops: [['order'], differInAddresses],
  localAs: [['imports', 'exports'], differInDefault],
  peerAs: [['imports', 'exports'], differInDefault],
  inside: [['imports', 'exports'], differInDefault],
  // Paths from before a neighbour has gone over to its coming AS number keep it: they stay until it has repeated them.
  migrationAs: [
    ['imports'],
    (a, b) => a.migrationAs !== b.migrationAs && a.localAs === b.localAs && a.peerAs === b.peerAs,
  ],
  importPolicy: [['imports'], (a, b) => !samePolicy(a.importPolicy, b.importPolicy)],
  exportPolicy: [['exports'], (a, b) => !samePolicy(a.exportPolicy, b.exportPolicy)],
  nextHop: [['exports']],
  routeReflectorClient: [['reflection']],
  singleHop: [['imports']],
  interface: [[]],
  allowOwnAs: [['imports']],
  maxPrefixes: [[]],
  maxRouteMemory: [[]],
  group: [[]],
  role: [['imports', 'exports']],
  nodeAs: [['imports', 'exports']],
  localAsPrepend: [['imports', 'exports']],
  refuseAsSets: [['imports']],
  gracefulShutdown: [['imports', 'exports']],
};
const ALL = Object.entries(FIELDS) as [keyof RibPeer, (typeof FIELDS)[keyof RibPeer]][];

/** What of the routing table a change of a neighbour's configuration makes to be evaluated again. */
export function evaluatedAnew(before: RibPeer, after: RibPeer): ReadonlySet<Part> {
  const parts = new Set<Part>();
  for (const [field, [concerned, differs]] of ALL)
    if (concerned.length > 0 && (differs ? differs(before, after) : before[field] !== after[field]))
      for (const part of concerned) parts.add(part);
  return parts;
}

const isOutside = ({ inside, localAs, peerAs }: RibPeer): boolean => !inside && localAs !== peerAs;

/** RFC 8212: what goes without a policy. */
function differInDefault(before: RibPeer, after: RibPeer): boolean {
  return isOutside(before) !== isOutside(after);
}

function differInAddresses(before: RibPeer, after: RibPeer): boolean {
  const text = (peer: RibPeer) => addressesOf(peer).map(String).join();
  return text(before) !== text(after);
}
