import { ADDRESS_FAMILIES, type AddressFamily, type IpAddress } from '../model/address';
import { isSet, readAsNumber } from './check';
import { type CalicoNode, type Cluster, hasPassword, selectedNodes } from './cluster';
import { secondsOf } from './duration';
import { endpointOf } from './network';
import type { Spec } from './resource';

/** A neighbour that one node (or every node, if unset) has from a `BGPPeer`, before sessions are resolved. */
export interface Peering {
  readonly node: string | undefined;
  readonly address: IpAddress;
  /** Undefined if not set: 179. */
  readonly port: number | undefined;
  readonly asNumber: number;
  /** AS number that the node uses towards it instead of its own. */
  readonly localAsNumber: number | undefined;
  /** Cluster ID of the neighbour, if it was selected as a node. */
  readonly clusterId: string | undefined;
  /** The neighbour's address, as given in the peer, belongs to a node: of two such nodes, one waits for the other. */
  readonly isNodeByAddress: boolean;
  readonly keepOriginalNextHop: boolean;
  readonly nextHopMode: unknown;
  readonly password: boolean;
  readonly usesNodeAddress: boolean;
  readonly restartSeconds: number | null;
  readonly allowLocalAs: number;
  readonly ttlSecurity: number | null;
  readonly filters: readonly string[];
}

/**
 * The peerings of a cluster as derived by Calico's confd: those of every node first, then those of single nodes, then
 * the other sides unless disabled. The first one for an address and port applies; a peering of one node yields to one
 * of every node.
 */
export function peeringsOf(cluster: Cluster): Peering[] {
  const found = new Map<string, Peering>();
  const keyOf = (node: string | undefined, { address, port }: Peering) => `${node ?? ''} ${address} ${port ?? ''}`;
  const add = (peering: Peering) => {
    if (peering.node !== undefined && found.has(keyOf(undefined, peering))) return;
    const key = keyOf(peering.node, peering);
    if (!found.has(key)) found.set(key, peering);
  };
  const isGlobal = (spec: Spec) => !isSet(spec.node) && !isSet(spec.nodeSelector);
  for (const { spec } of cluster.peers)
    if (isGlobal(spec)) for (const peering of forward(cluster, spec, undefined)) add(peering);
  for (const { spec } of cluster.peers)
    if (!isGlobal(spec))
      for (const node of localNames(cluster, spec)) for (const peering of forward(cluster, spec, node)) add(peering);
  for (const { spec } of cluster.peers) for (const peering of reverse(cluster, spec)) add(peering);
  return [...found.values()];
}

/**
 * Whether a node has an address as a neighbour from other peers than the named one: from any that applies to the node,
 * or from the other side of one that takes precedence.
 */
export const isPeeringByOthers = (cluster: Cluster, than: string, node: string, address: IpAddress): boolean =>
  cluster.peers.some(({ name, spec }) => {
    if (name === than) return false;
    const here = localNames(cluster, spec).includes(node) ? forward(cluster, spec, node) : [];
    const there = name < than ? reverse(cluster, spec).filter((it) => it.node === node) : [];
    return [...here, ...there].some((it) => it.address.equals(address));
  });

/** The nodes that a peer applies to. A node that is in no manifest still has its peers. */
function localNames(cluster: Cluster, spec: Spec): string[] {
  if (isSet(spec.nodeSelector)) return selectedNodes(cluster, spec.nodeSelector).map(({ name }) => name);
  return isSet(spec.node) ? [String(spec.node)] : [...cluster.nodes.keys()];
}

function forward(cluster: Cluster, spec: Spec, node: string | undefined): Peering[] {
  const own = {
    localAsNumber: readAsNumber(spec.localASNumber) || undefined,
    allowLocalAs: Math.max(0, Number(spec.numAllowedLocalASNumbers ?? 0)),
  };
  if (isSet(spec.peerSelector))
    return selectedNodes(cluster, spec.peerSelector).flatMap((peer) =>
      nodePeerings(peer, spec, node, ADDRESS_FAMILIES).map((peering) => ({ ...peering, ...own })),
    );
  const peer = endpointOf(spec.peerIP);
  if (!peer) return []; // a workload, which is in no manifest, or nothing
  const [known] = owners(cluster, spec);
  return [
    {
      ...common(spec, node),
      ...own,
      address: peer.address,
      port: peer.port ?? known?.listenPort,
      asNumber: readAsNumber(spec.asNumber) ?? 0,
      isNodeByAddress: [...cluster.nodes.values()].some(({ addresses }) =>
        addresses[peer.address.family]?.equals(peer.address),
      ),
      keepOriginalNextHop: spec.keepOriginalNextHop === true,
    },
  ];
}

/** The same sessions from the other side, which is a node and has no peer for them. */
function reverse(cluster: Cluster, spec: Spec): Peering[] {
  if (spec.reversePeering === 'Manual' || isSet(spec.localWorkloadSelector)) return [];
  const bySelector = isSet(spec.peerSelector);
  const here = bySelector ? selectedNodes(cluster, spec.peerSelector) : owners(cluster, spec);
  const family = endpointOf(spec.peerIP)?.address.family;
  const families = bySelector || !family ? ADDRESS_FAMILIES : [family];
  return here.flatMap(({ name }) =>
    localNames(cluster, spec).flatMap((other) => {
      const peer = cluster.nodes.get(other);
      return peer ? nodePeerings(peer, spec, name, families) : [];
    }),
  );
}

/** A node as a neighbour, once per address. */
function nodePeerings(
  peer: CalicoNode,
  spec: Spec,
  node: string | undefined,
  families: readonly AddressFamily[],
): Peering[] {
  return families.flatMap((family) => {
    const address = peer.addresses[family];
    const { asNumber, clusterId, listenPort: port } = peer;
    return address ? [{ ...common(spec, node), address, port, asNumber, clusterId }] : [];
  });
}

type Common = Omit<Peering, 'address' | 'port' | 'asNumber'>;

function common(spec: Spec, node: string | undefined): Common {
  return {
    node,
    localAsNumber: undefined,
    clusterId: undefined,
    isNodeByAddress: false,
    keepOriginalNextHop: false,
    nextHopMode: spec.nextHopMode,
    password: hasPassword(spec.password),
    usesNodeAddress: spec.sourceAddress !== 'None',
    restartSeconds: secondsOf(spec.maxRestartTime) ?? null,
    allowLocalAs: 0,
    ttlSecurity: isSet(spec.ttlSecurity) ? Number(spec.ttlSecurity) : null,
    filters: Array.isArray(spec.filters) ? spec.filters.map(String) : [],
  };
}

/** The nodes that match a peer's `peerIP`, AS number, and port if set. */
function owners(cluster: Cluster, spec: Spec): CalicoNode[] {
  const peer = endpointOf(spec.peerIP);
  const asNumber = readAsNumber(spec.asNumber) || cluster.asNumber;
  if (!peer) return [];
  return [...cluster.nodes.values()].filter(
    (node) =>
      node.addresses[peer.address.family]?.equals(peer.address) &&
      node.asNumber === asNumber &&
      (peer.port === undefined || node.listenPort === undefined || node.listenPort === peer.port),
  );
}
