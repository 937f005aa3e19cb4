import type { SessionConfig } from '../bgp/session/config';
import { IpAddress } from '../model/address';
import { sure } from '../model/problem';

/** The other end of a session: a neighbour that accepts and advertises everything, as a route reflector for iBGP. */
export function otherEndOf(config: SessionConfig, listenPort: number, routerId: number): SessionConfig {
  const { localAddress, remoteAddress } = config;
  const [{ localAs, remoteAs }] = config.acceptable;
  return {
    ...config,
    key: `${remoteAddress} ${localAddress} ${listenPort}`,
    name: localAddress.toString(),
    localAddress: remoteAddress,
    remoteAddress: localAddress,
    port: listenPort,
    acceptable: [{ localAs: remoteAs, remoteAs: localAs }],
    routerId,
    dial: config.dial === 'first' ? 'wait' : 'first',
    inside: true,
    adminDown: undefined, // the node shuts it down
    bfd: undefined, // BFD responds as soon as a node starts it
    // Import settings of the node do not apply to the neighbour.
    ...{ maxPrefixes: undefined, maxPrefixWarning: undefined, maxRouteMemory: undefined },
    ...{ allowOwnAs: 0, refuseAsSets: undefined, nodeAs: undefined, localAsPrepend: undefined },
    importPolicy: EVERYTHING,
    exportPolicy: EVERYTHING,
    nextHop: 'auto',
    routeReflectorClient: localAs === remoteAs,
    role: undefined,
    addPath: undefined,
    localAddresses: { ...OTHER_FAMILY, [remoteAddress.family]: remoteAddress },
  };
}

/** Whether a session is eBGP by the AS numbers that it prefers. */
export const isExternalSession = ({
  acceptable: [{ localAs, remoteAs }],
}: Pick<SessionConfig, 'acceptable'>): boolean => localAs !== remoteAs;

/** Address of a neighbour in a family other than that of its session: one that no network uses. */
export const OTHER_FAMILY = {
  ipv4: sure(IpAddress.parse('192.0.0.8')),
  ipv6: sure(IpAddress.parse('100::1')),
} as const;

const EVERYTHING = { rules: [], otherwise: 'accept' } as const;
