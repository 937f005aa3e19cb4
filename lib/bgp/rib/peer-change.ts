import { samePolicy } from '../policy/policy';
import { addressesOf } from './own-addresses';
import type { RibPeer } from './peer';

/**
 * What must be evaluated again after a change: routes from the neighbour, routes to it, routes between others, and the
 * order of neighbours.
 */
type Part = 'imports' | 'exports' | 'reflection' | 'order';

/**
 * The parts affected by a change of each field, and when it counts as one; {@link PeerState.self} also causes routes to
 * be readvertised.
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
  // Paths from before a neighbour's migration to its new AS number keep the old one: they stay until it has repeated
  // them.
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

/** The parts of the routing table to be evaluated again after a change of a neighbour's configuration. */
export function evaluatedAnew(before: RibPeer, after: RibPeer): ReadonlySet<Part> {
  const parts = new Set<Part>();
  for (const [field, [concerned, differs]] of ALL)
    if (concerned.length > 0 && (differs ? differs(before, after) : before[field] !== after[field]))
      for (const part of concerned) parts.add(part);
  return parts;
}

const isOutside = ({ inside, localAs, peerAs }: RibPeer): boolean => !inside && localAs !== peerAs;

/** RFC 8212: the default without a policy. */
function differInDefault(before: RibPeer, after: RibPeer): boolean {
  return isOutside(before) !== isOutside(after);
}

function differInAddresses(before: RibPeer, after: RibPeer): boolean {
  const text = (peer: RibPeer) => addressesOf(peer).map(String).join();
  return text(before) !== text(after);
}
