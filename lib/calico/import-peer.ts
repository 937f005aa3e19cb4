import type { PeerSpec } from '../model/peer';
import { Problem } from '../model/problem';
import { Selector } from '../model/selector';
import { asNumberOf, isSet } from './check';
import type { CalicoNode, Cluster } from './cluster';
import { secondsOf } from './duration';
import { fabricName } from './fabric-name';
import { endpointOf } from './network';
import type { Spec } from './resource';

/** A peer in the words of the fabric, and the fields that it can't say (with the reason); or why there is none. */
export type ImportedPeer = { readonly peer: PeerSpec; readonly left: Readonly<Record<string, string>> } | string;

/** Fields of a `BGPPeer` without which its sessions are the same sessions, but for what is said here. */
const LEFT: Readonly<Record<string, string>> = {
  password: 'a fabric has no passwords yet: the session comes up without one, or not at all',
  maxRestartTime: 'a fabric has no restart time of a peer yet',
  reachableBy: 'a fabric has no route to a neighbour yet: the kernel must know one',
};

/** A valid `BGPPeer` by address in the words of the fabric. `filters`: those that it names, and what Calico does after them. */
export function peerOf(cluster: Cluster, spec: Spec, filters: readonly string[]): ImportedPeer {
  const endpoint = endpointOf(spec.peerIP);
  if (isSet(spec.peerSelector)) return 'a fabric chooses no peers by labels yet';
  if (isSet(spec.localWorkloadSelector)) return 'workloads are no peers of a fabric';
  if (isSet(spec.nodeSelector) && !isForAll(spec.nodeSelector)) return 'a fabric chooses no nodes by labels yet';
  if (!endpoint) return 'it names nobody to peer with';
  const { address, port } = endpoint,
    node = isSet(spec.node) ? cluster.nodes.get(String(spec.node)) : undefined;
  if (isSet(spec.node) && !node) return `there is no node ${spec.node}`;
  if (node && !node.addresses[address.family]) return `node ${node.name} has no ${address.family} address`;
  const owner = [...cluster.nodes.values()].find((it) => it.addresses[address.family]?.equals(address));
  const asNumber = asNumberOf(spec.asNumber) || owner?.asNumber;
  if (owner && owner === node) return `${address} is the node itself`;
  if (!asNumber) return 'it has no AS number';
  if (owner && owner.asNumber !== asNumber)
    return `node ${owner.name} has AS number ${owner.asNumber}, not ${asNumber}`;
  const localAs = node?.asNumber ?? cluster.asNumber;
  if (isSet(spec.localASNumber) && asNumberOf(spec.localASNumber) !== localAs)
    return 'a fabric has no local AS number of a peer yet';
  if (spec.ttlSecurity === 255) return 'TTL security of 255 hops is none';
  const left = Object.fromEntries(Object.entries(LEFT).filter(([field]) => isSet(spec[field])));
  if (spec.sourceAddress === 'None') left.sourceAddress = 'a session of a fabric always uses an address of the node';
  return {
    left,
    peer: {
      ...(node && { node: fabricName(node.name) }),
      address: address.toString(),
      ...(port !== undefined && { port }),
      asNumber,
      filters: [...filters],
      ...nextHop(spec, asNumber !== localAs),
      ...(isSet(spec.ttlSecurity) ? { ttlSecurity: Number(spec.ttlSecurity) } : { multihop: true }),
      ...allowOwnAs(spec),
      ...timers(spec),
    },
  };
}

/** Whether a selector is `all()`, in whatever spelling. */
function isForAll(text: unknown): boolean {
  const selector = Selector.parse(text);
  return !(selector instanceof Problem) && ['all()', 'global()'].includes(selector.toString());
}

function nextHop({ nextHopMode, keepOriginalNextHop }: Spec, isExternal: boolean): Pick<PeerSpec, 'nextHop'> {
  if (nextHopMode === 'Self') return { nextHop: 'self' };
  return nextHopMode === 'Keep' || (keepOriginalNextHop === true && isExternal) ? { nextHop: 'keep' } : {};
}

function allowOwnAs({ numAllowedLocalASNumbers }: Spec): Pick<PeerSpec, 'allowOwnAs'> {
  const times = Math.min(10, Number(numAllowedLocalASNumbers ?? 0));
  return times > 0 ? { allowOwnAs: times } : {};
}

/** A keepalive time needs a hold time of three of them; that of a fabric is 90 s. */
function timers({ keepaliveTime }: Spec): Pick<PeerSpec, 'keepaliveTime' | 'holdTime'> {
  const seconds = secondsOf(keepaliveTime) ?? 0;
  if (seconds < 1) return {};
  const keepalive = Math.min(seconds, 21845);
  return { keepaliveTime: keepalive, ...(keepalive > 30 && { holdTime: keepalive * 3 }) };
}

/** What a node is in the words of the fabric. */
export const nodeSpecOf = ({ addresses, asNumber }: CalicoNode, clusterAs: number) => ({
  ...(addresses.ipv4 && { ipv4Address: addresses.ipv4.toString() }),
  ...(addresses.ipv6 && { ipv6Address: addresses.ipv6.toString() }),
  ...(asNumber !== clusterAs && { asNumber }),
});
