import type { SessionConfig } from '../bgp/session/config';

/**
 * The other end of a session: a neighbour that takes and tells all, as a route reflector where it is of the same AS.
 */
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
    adminDown: undefined, // who shuts it down is the node
    bfd: undefined, // BFD finds it as soon as a node asks
    // What the node accepts is no matter of the neighbour.
    ...{ maxPrefixes: undefined, maxPrefixWarning: undefined, maxRouteMemory: undefined },
    ...{ allowOwnAs: 0, refuseAsSets: undefined, nodeAs: undefined, localAsPrepend: undefined },
    importPolicy: EVERYTHING,
    exportPolicy: EVERYTHING,
    nextHop: 'auto',
    routeReflectorClient: localAs === remoteAs,
    role: undefined,
    addPath: undefined,
    localAddresses: { [remoteAddress.family]: remoteAddress },
  };
}

const EVERYTHING = { rules: [], otherwise: 'accept' } as const;
