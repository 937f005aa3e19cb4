import type { Fabric } from '../../model/fabric';
import type { Peer } from '../../model/peer';
import type { sessionOptions } from '../../model/session-options';
import { bfdRow } from './bfd';
import { filterList } from './filters';
import { originOf, outsideSessionsOf } from './holder-sessions';
import { limitRestart, neighbourMemory, prefixLimit } from './limits';
import { nextHopOption } from './next-hop';
import { all, byRoutes, type FieldRows, nothing, openField, played } from './row';
import { connectRetryTime, noHoldTime, restartTime } from './timers';

type SessionOptions = Pick<Peer, keyof typeof sessionOptions>;

/**
 * What a change to each option of a session can do to routes, beyond what happens to the session itself. `isOutside`:
 * the neighbour is not a node; `isNamed`: it has a fixed address.
 */
export const sessionRows = (
  isOutside: (peer: SessionOptions, fabric: Fabric) => boolean,
  isNamed: (peer: SessionOptions) => boolean = () => true,
): FieldRows<SessionOptions> => ({
  ...{ port: played, localAsNumber: played, password: played, families: played },
  ...{ ttlSecurity: played, role: played, addPath: played },
  extendedNextHop: all<boolean, SessionOptions>(
    played,
    openField((_was, is, { is: peer }) =>
      is || !peer || (peer.families && !peer.families.includes('ipv4'))
        ? undefined
        : {
            clause: 'no longer exchanges IPv4 routes with IPv6 next hops',
            ask: 'such routes (RFC 8950) are lost at both ends, unless they also come with an IPv4 next hop: peerform routes shows the next hops in use',
            mayLose: true,
          },
    ),
  ),
  holdTime: all<number, SessionOptions>(
    played,
    noHoldTime(({ bfd }) => bfd !== undefined),
  ),
  adminDown: all<string, SessionOptions>(
    played,
    openField((was, is, { is: peer }) =>
      was === undefined && is !== undefined && peer && !isNamed(peer)
        ? {
            clause: 'closes the sessions with all neighbours of the prefix',
            ask: 'peerform status lists those that are up; nodes lose their routes, and they lose those of the nodes',
            mayLose: true,
          }
        : undefined,
    ),
  ),
  multihop: all<boolean, SessionOptions>(
    played,
    // A session within an AS may always take several hops.
    openField((_was, is, { is: peer, after }) =>
      is ||
      !peer ||
      !outsideSessionsOf(after, originOf(after, peer)).some(({ localAs, remoteAs }) => !localAs.equals(remoteAs))
        ? undefined
        : {
            clause: 'no longer uses routes of an external neighbour whose next hop is not on a link of the node',
            ask: 'peerform routes shows their next hops, and ip route get whether each is on a link; the neighbour itself must be on one, too',
            mayLose: true,
          },
    ),
  ),
  bfd: bfdRow(isOutside),
  // Unless all routes are known, the longer path may lose.
  localAsPrepend: byRoutes(),
  filters: filterList,
  nextHop: nextHopOption,
  passive: openField((_was, is, { is: peer, after }) =>
    is && peer && isOutside(peer, after) && isNamed(peer)
      ? {
          clause: 'leaves it to the neighbour to connect',
          ask: 'the session stays up until it is closed for any reason; it comes up again only if the neighbour dials. Ask whoever runs the neighbour',
          mayLose: true,
        }
      : undefined,
  ),
  maxPrefixes: prefixLimit((peer, fabric) => isOutside(peer, fabric) && isNamed(peer)),
  maxPrefixesRestart: limitRestart,
  maxRouteMemory: neighbourMemory,
  allowOwnAs: byRoutes((was = 0, is = 0) => was !== is),
  rejectAsSets: byRoutes((was = false, is = false) => was !== is),
  // They only matter for logs, or for the next connection attempt.
  ...{ maxPrefixesWarning: nothing, expect: nothing, keepaliveTime: nothing },
  connectRetryTime: (was, is, place) =>
    place.is && (place.is.passive || !isNamed(place.is))
      ? []
      : connectRetryTime((fabric) => fabric.connectRetryTime)(was, is, place),
  restartTime: restartTime((fabric) => fabric.restartTime),
});
