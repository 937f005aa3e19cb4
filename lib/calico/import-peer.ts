import { DEFAULT_PORT } from '../model/defaults';
import type { PeerSpec } from '../model/peer';
import { isSet, readAsNumber } from './check';
import { type CalicoNode, type Cluster, hasPassword, selectedNodes } from './cluster';
import { secondsOf } from './duration';
import { fabricName } from './fabric-name';
import { passwordOf, restartTimeOf } from './import-values';
import { NO_WORKLOADS } from './kind/bgp-peer';
import type { LeftField, LeftFields } from './left-out';
import { endpointOf } from './network';
import type { Spec } from './resource';

/** A converted peer, and the fields that cannot be converted, with reasons; or why there is none. */
type ImportedPeer =
  | {
      readonly peer: PeerSpec;
      /** All of its neighbours are nodes of the cluster. */
      readonly isInside: boolean;
      readonly left: LeftFields;
    }
  | string;

/** Maximum value of `allowOwnAs`. */
const MOST_OWN_AS = 10;

/** Converts a valid `BGPPeer`, without its filters. */
export function peerOf(cluster: Cluster, spec: Spec): ImportedPeer {
  if (isSet(spec.localWorkloadSelector)) return NO_WORKLOADS;
  if (spec.ttlSecurity === 255) return 'TTL security of 255 hops has no effect';
  const here = nodesOf(cluster, spec);
  if (isSet(spec.node) && here.length === 0) return `there is no node ${spec.node}`;
  const remote = isSet(spec.peerSelector) ? chosenRemote(cluster, spec, here) : remoteOf(cluster, spec, here);
  if (typeof remote === 'string') return remote;
  const left: Record<string, LeftField> = {};
  const restartTime = restartTimeOf(spec.maxRestartTime);
  if (typeof restartTime === 'string') left.maxRestartTime = { reason: restartTime };
  const localAs = readAsNumber(spec.localASNumber);
  const reversePeering = reverseOf(spec, remote);
  if (Number(spec.numAllowedLocalASNumbers ?? 0) > MOST_OWN_AS)
    left.numAllowedLocalASNumbers = {
      reason: `${spec.numAllowedLocalASNumbers} is more than a fabric allows: ${MOST_OWN_AS} is used`,
      mustDecide: true,
    };
  if (reversePeering === undefined && remote.isInside && isSet(spec.filters))
    left.filters = {
      reason: 'the other side of its sessions does not get it, as it would keep the next hop too',
      mustDecide: true,
    };
  return {
    left,
    isInside: remote.isInside,
    peer: {
      ...localOf(spec),
      ...remote.peer,
      ...(reversePeering && { reversePeering }),
      ...(localAs && here.some(({ asNumber }) => asNumber !== localAs) && { localAsNumber: localAs }),
      ...(hasPassword(spec.password) && { password: passwordOf(spec.password) }),
      ...(isSet(spec.ttlSecurity) ? { ttlSecurity: Number(spec.ttlSecurity) } : { multihop: true }),
      ...allowOwnAs(spec),
      ...timers(spec),
      ...bfdOf(spec, remote.isInside),
      ...(typeof restartTime === 'number' && { restartTime }),
    },
  };
}

/** Calico applies the same filters and `nextHopMode` to the other side, but not the older `keepOriginalNextHop`. */
function reverseOf(spec: Spec, { peer, isInside }: { peer: PeerSpec; isInside: boolean }): PeerSpec['reversePeering'] {
  if (spec.reversePeering === 'Manual') return 'manual';
  return isInside && (peer.nextHop !== 'keep' || isSet(spec.nextHopMode)) ? 'mirror' : undefined;
}

/** The nodes that have the peer. A cluster without known nodes counts as one node. */
function nodesOf(cluster: Cluster, spec: Spec): Pick<CalicoNode, 'name' | 'asNumber' | 'addresses'>[] {
  const { nodes, asNumber } = cluster;
  const node = nodes.get(String(spec.node));
  if (!isSet(spec.node)) {
    if (nodes.size === 0) return [{ name: '', asNumber, addresses: {} }];
    return isSet(spec.nodeSelector) ? selectedNodes(cluster, spec.nodeSelector) : [...nodes.values()];
  }
  return node ? [node] : [];
}

function localOf({ node, nodeSelector }: Spec): Pick<PeerSpec, 'node' | 'nodeSelector'> {
  if (isSet(node)) return { node: fabricName(String(node)) };
  return isSet(nodeSelector) ? { nodeSelector: String(nodeSelector) } : {};
}

/** Neighbours by label. With `keepOriginalNextHop`, next hops are kept if some neighbours have another AS number. */
function chosenRemote(
  cluster: Cluster,
  spec: Spec,
  here: ReturnType<typeof nodesOf>,
): { peer: PeerSpec; isInside: boolean } {
  const there = selectedNodes(cluster, spec.peerSelector);
  const isExternal = here.some((one) => there.some((other) => other.asNumber !== one.asNumber));
  return { peer: { peerSelector: String(spec.peerSelector), ...nextHop(spec, isExternal) }, isInside: true };
}

/** A neighbour by address. */
function remoteOf(
  cluster: Cluster,
  spec: Spec,
  here: ReturnType<typeof nodesOf>,
): { peer: PeerSpec; isInside: boolean } | string {
  const endpoint = endpointOf(spec.peerIP);
  if (!endpoint) return 'it does not name a neighbour';
  const { address, port } = endpoint;
  const [node] = isSet(spec.node) ? here : [];
  if (node && !node.addresses[address.family]) return `node ${node.name} has no ${address.family} address`;
  const owner = [...cluster.nodes.values()].find((it) => it.addresses[address.family]?.equals(address));
  const asNumber = readAsNumber(spec.asNumber) || owner?.asNumber;
  if (owner && owner.name === node?.name) return `${address} is the node's own address`;
  if (!asNumber) return 'it has no AS number';
  const listenPort = owner?.listenPort ?? DEFAULT_PORT;
  if (owner && port !== undefined && port !== listenPort)
    return `node ${owner.name} listens on port ${listenPort}, not ${port}`;
  if (owner && owner.asNumber !== asNumber)
    return `node ${owner.name} has AS number ${owner.asNumber}, not ${asNumber}`;
  const localAs = readAsNumber(spec.localASNumber);
  const isExternal = here.some((it) => (localAs || it.asNumber) !== asNumber);
  return {
    isInside: owner !== undefined,
    peer: {
      address: address.toString(),
      ...(port !== undefined && !owner && { port }), // all nodes of a fabric use one port
      asNumber,
      ...nextHop(spec, isExternal),
      ...(isSet(spec.reachableBy) && { reachableBy: String(spec.reachableBy) }),
    },
  };
}

function nextHop({ nextHopMode, keepOriginalNextHop }: Spec, isExternal: boolean): Pick<PeerSpec, 'nextHop'> {
  if (nextHopMode === 'Self') return { nextHop: 'self' };
  return nextHopMode === 'Keep' || (keepOriginalNextHop === true && isExternal) ? { nextHop: 'keep' } : {};
}

function allowOwnAs({ numAllowedLocalASNumbers }: Spec): Pick<PeerSpec, 'allowOwnAs'> {
  const times = Math.min(MOST_OWN_AS, Number(numAllowedLocalASNumbers ?? 0));
  return times > 0 ? { allowOwnAs: times } : {};
}

/**
 * Calico Enterprise supports BFD only with neighbours on a link. Where nodes are is not known here; between nodes of
 * the fabric BFD works over any number of hops.
 */
function bfdOf({ failureDetectionMode }: Spec, isInside: boolean): Pick<PeerSpec, 'bfd'> {
  if (failureDetectionMode !== 'BFDIfDirectlyConnected') return {};
  return { bfd: isInside ? {} : { multihop: false } };
}

/** A keepalive time requires a hold time of at least three times it; the fabric's is 90 s. */
function timers({ keepaliveTime }: Spec): Pick<PeerSpec, 'keepaliveTime' | 'holdTime'> {
  const seconds = secondsOf(keepaliveTime) ?? 0;
  if (seconds < 1) return {};
  const keepalive = Math.min(seconds, 21845);
  return { keepaliveTime: keepalive, ...(keepalive > 30 && { holdTime: keepalive * 3 }) };
}
