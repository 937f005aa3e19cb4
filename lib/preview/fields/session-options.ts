import type { Fabric } from '../../model/fabric';
import type { Peer } from '../../model/peer';
import type { sessionOptions } from '../../model/session-options';
import { MAX_PREFIXES, MAX_ROUTE_MEMORY } from '../../node/session-config';
import { bfdRow } from './bfd';
import { byRoutes, type FieldRow, type FieldRows, lowered, nothing, openField, played } from './row';
import { rulesOf, sameRules } from './rule-order';

type SessionOptions = Pick<Peer, keyof typeof sessionOptions>;

/** Filters are compared by their combined rules: names do not matter. */
const filters: FieldRow<readonly string[], unknown> = byRoutes((was = [], is = [], { before, after }) =>
  (['import', 'export'] as const).some(
    (direction) => !sameRules(rulesOf(before, was, direction), rulesOf(after, is, direction)),
  ),
);

export const nextHopField: FieldRow<SessionOptions['nextHop'], unknown> = openField(() => ({
  clause: 'may leave routes without a reachable next hop, and moves traffic',
  ask: 'a receiver without a route to the new next hops loses the routes: check it on each (ip route get), and with whoever runs receivers outside the fabric',
  mayLose: true,
}));

/**
 * What a change to each option of a session can do to routes, beyond what happens to the session itself. `isOutside`:
 * the neighbour is not a node.
 */
export const sessionRows = (
  isOutside: (peer: SessionOptions, fabric: Fabric) => boolean,
): FieldRows<SessionOptions> => ({
  ...{ port: played, localAsNumber: played, password: played, families: played, multihop: played },
  ...{ ttlSecurity: played, role: played, addPath: played, extendedNextHop: played, holdTime: played },
  adminDown: played,
  bfd: bfdRow(isOutside),
  // Unless all routes are known, the longer path may lose.
  localAsPrepend: byRoutes(),
  filters,
  nextHop: nextHopField,
  passive: openField((_was, is, { is: peer, after }) =>
    is && peer && isOutside(peer, after)
      ? {
          clause: 'leaves it to the neighbour to connect',
          ask: 'the session stays up until it is closed for any reason; it comes up again only if the neighbour dials. Ask whoever runs the neighbour',
          mayLose: true,
        }
      : undefined,
  ),
  maxPrefixes: lowered(MAX_PREFIXES),
  maxRouteMemory: lowered(MAX_ROUTE_MEMORY),
  allowOwnAs: byRoutes(),
  rejectAsSets: byRoutes(),
  // They only matter once a limit is exceeded, for logs, or for the next connection attempt.
  ...{ maxPrefixesWarning: nothing, maxPrefixesRestart: nothing, expect: nothing },
  ...{ keepaliveTime: nothing, connectRetryTime: nothing, restartTime: nothing },
});
