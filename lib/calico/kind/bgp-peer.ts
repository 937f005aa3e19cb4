import {
  address,
  asNumber,
  asNumberOf,
  boolean,
  duration,
  endpoint,
  integer,
  isSet,
  list,
  notBoth,
  object,
  oneOf,
  resourceName,
  rule,
  selector,
  text,
} from '../check';
import { endpointOf, networkOf } from '../network';
import type { Spec } from '../resource';

/** Where a password is kept; what it is stands in no manifest. */
export const password = object({
  secretKeyRef: object({ name: text(), key: { required: text() }, optional: boolean }),
});

/** A `BGPPeer` of v3: which nodes (node, nodeSelector or all) peer with whom (peerIP, peerSelector or localWorkloadSelector), and how. */
export const bgpPeerSpec = object(
  {
    node: resourceName,
    nodeSelector: selector,
    peerIP: endpoint,
    asNumber,
    localASNumber: asNumber,
    peerSelector: selector,
    keepOriginalNextHop: boolean,
    nextHopMode: oneOf('Auto', 'Self', 'Keep'),
    password,
    sourceAddress: oneOf('UseNodeIP', 'None'),
    maxRestartTime: duration,
    keepaliveTime: duration,
    numAllowedLocalASNumbers: integer(-(2 ** 31), 2 ** 31 - 1),
    ttlSecurity: integer(0, 255),
    reachableBy: address(undefined, 64),
    filters: list(text({ pattern: /./, what: 'a name' })),
    localWorkloadSelector: selector,
    reversePeering: oneOf('Auto', 'Manual'),
  },
  {
    rules: [
      notBoth('node', 'nodeSelector'),
      notBoth('peerIP', 'peerSelector'),
      rule(
        'asNumber',
        'asNumber cannot be combined with peerSelector',
        (spec) => hasAsNumber(spec) && isSet(spec.peerSelector),
      ),
      notBoth('peerIP', 'localWorkloadSelector'),
      notBoth('peerSelector', 'localWorkloadSelector'),
      rule(
        'asNumber',
        'localWorkloadSelector needs an asNumber',
        (spec) => isSet(spec.localWorkloadSelector) && !hasAsNumber(spec),
      ),
      rule('reachableBy', 'reachableBy needs a peerIP', (spec) => isSet(spec.reachableBy) && !isSet(spec.peerIP)),
      rule('reachableBy', 'reachableBy and peerIP are of different address families', hasTwoFamilies),
      notBoth('keepOriginalNextHop', 'nextHopMode'),
    ],
  },
);

const hasAsNumber = (spec: Spec): boolean => isSet(spec.asNumber) && asNumberOf(spec.asNumber) !== 0;

function hasTwoFamilies({ peerIP, reachableBy }: Spec): boolean {
  const [peer, gateway] = [endpointOf(peerIP)?.address, networkOf(reachableBy)?.address];
  return peer !== undefined && gateway !== undefined && peer.family !== gateway.family;
}
