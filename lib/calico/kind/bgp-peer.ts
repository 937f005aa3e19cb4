import {
  address,
  asNumber,
  boolean,
  duration,
  endpoint,
  integer,
  isSet,
  list,
  notBoth,
  oneOf,
  readAsNumber,
  resourceName,
  rule,
  selector,
  text,
} from '../check';
import { endpointOf, networkOf } from '../network';
import type { Spec } from '../resource';
import { checkOf, taken, told, undecided } from '../row';
import { password } from './password';

export const NO_WORKLOADS = 'a fabric cannot peer with workloads';
export const ENTERPRISE = 'a fabric has nothing like this field of Calico Enterprise';

/**
 * Fields of `BGPPeer`: which nodes (`node`, `nodeSelector` or all) peer with which neighbours (`peerIP`, `peerSelector`
 * or `localWorkloadSelector`), and how.
 */
export const BGP_PEER = {
  node: taken('`node`', resourceName),
  nodeSelector: taken('`nodeSelector`', selector),
  peerIP: taken('`address` and `port`', endpoint),
  asNumber: taken('`asNumber`', asNumber),
  localASNumber: taken('`localAsNumber`', asNumber),
  peerSelector: taken('`peerSelector`', selector),
  keepOriginalNextHop: taken('`nextHop`', boolean),
  nextHopMode: taken('`nextHop`', oneOf('Auto', 'Self', 'Keep')),
  password: password('`password`'),
  sourceAddress: told("a session of a fabric always uses the node's address", oneOf('UseNodeIP', 'None'), 'UseNodeIP'),
  maxRestartTime: taken('`restartTime`', duration, 'not if it is more than 4095 seconds'),
  keepaliveTime: taken('`keepaliveTime` and `holdTime`', duration),
  numAllowedLocalASNumbers: taken('`allowOwnAs`', integer(-(2 ** 31), 2 ** 31 - 1), 'more than 10 count as 10'),
  ttlSecurity: taken(
    '`ttlSecurity`, or `multihop` without it',
    integer(0, 255),
    'a peer with 255, which has no effect, is left out',
  ),
  reachableBy: taken('`reachableBy`', address(undefined, 64)),
  filters: taken(
    '`filters`',
    list(text({ pattern: /./, what: 'a name' })),
    'if one of them is left out, so is the peer',
  ),
  localWorkloadSelector: told(NO_WORKLOADS, selector),
  reversePeering: taken('`reversePeering`', oneOf('Auto', 'Manual')),
  failureDetectionMode: taken(
    '`bfd`',
    oneOf('None', 'BFDIfDirectlyConnected'),
    'with the default intervals rather than those of a BFDConfiguration of Calico Enterprise',
  ),
  restartMode: told(
    'this field of Calico Enterprise starts long-lived graceful restart: the agent retains routes for `restartTime`',
    oneOf('GracefulRestart', 'LongLivedGracefulRestart'),
    'GracefulRestart',
  ),
  birdGatewayMode: told(
    'this field of Calico Enterprise says how BIRD resolves next hops',
    oneOf('Recursive', 'DirectIfDirectlyConnected'),
    'Recursive',
  ),
  externalNetwork: undecided(
    'this field of Calico Enterprise puts routes into the table of an external network: an agent has one table',
    text(),
  ),
  extensions: told(ENTERPRISE),
};

/** Checks a v3 `BGPPeer`. */
export const bgpPeerSpec = checkOf(BGP_PEER, {
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
});

const hasAsNumber = (spec: Spec): boolean => isSet(spec.asNumber) && readAsNumber(spec.asNumber) !== 0;

function hasTwoFamilies({ peerIP, reachableBy }: Spec): boolean {
  const [peer, gateway] = [endpointOf(peerIP)?.address, networkOf(reachableBy)?.address];
  return peer !== undefined && gateway !== undefined && peer.family !== gateway.family;
}
