import { ADDRESS_FAMILIES, type AddressFamily, type IpAddress } from '../model/address';
import { DEFAULT_PORT } from '../model/defaults';
import type { CalicoNode, Cluster } from './cluster';
import { type Peering, peeringsOf } from './peering';

/** A BGP session of a node in Calico. */
interface CalicoSession {
  readonly kind: 'mesh' | 'global' | 'node';
  readonly peerAddress: IpAddress;
  readonly peerPort: number;
  readonly peerAs: number;
  readonly localAs: number;
  /** The node waits for the neighbour to connect. */
  readonly passive: boolean;
  readonly routeReflectorClient: boolean;
  /** The node's cluster ID, if the neighbour is its client. */
  readonly clusterId: string | null;
  readonly nextHop: 'self' | 'keep' | null;
  readonly password: boolean;
  /** Hops (RFC 5082); null if off. */
  readonly ttlSecurity: number | null;
  readonly multihop: boolean;
  readonly sourceAddress: IpAddress | null;
  readonly gracefulRestartSeconds: number | null;
  readonly filters: readonly string[];
  readonly allowLocalAs: number;
}

/**
 * The sessions of a node: from `BGPPeer`s of every node, from those of this node, and from the mesh. One per address
 * and port. If Calico would create both a mesh session and one from a `BGPPeer` to an address, only the latter.
 */
export function calicoSessionsOf(cluster: Cluster, node: CalicoNode): CalicoSession[] {
  const explicit = new Map<string, CalicoSession>();
  const peerings = peeringsOf(cluster).filter((peering) => peering.node === undefined || peering.node === node.name);
  for (const peering of peerings) {
    const session = explicitSession(cluster, node, peering);
    const key = session && `${session.peerAddress} ${session.peerPort}`;
    if (key && !explicit.has(key)) explicit.set(key, session);
  }
  const taken = new Set([...explicit.values()].map(({ peerAddress }) => peerAddress.toString()));
  const mesh = meshSessions(cluster, node).filter(({ peerAddress }) => !taken.has(peerAddress.toString()));
  return [...mesh, ...explicit.values()].sort(
    (a, b) => a.peerAddress.compare(b.peerAddress) || a.peerPort - b.peerPort,
  );
}

/** Addresses are compared as strings, so that both ends agree on who waits. */
const isGreater = (address: IpAddress, than: IpAddress): boolean => address.toString() > than.toString();

/** A node without an address of the family has no sessions in it. */
function explicitSession(cluster: Cluster, node: CalicoNode, peering: Peering): CalicoSession | undefined {
  const { address, asNumber: peerAs } = peering;
  const own = node.addresses[address.family];
  if (!own || own.equals(address)) return undefined;
  const localAs = peering.localAsNumber ?? node.asNumber;
  const isGlobal = peering.node === undefined;
  const isClient = peerAs === localAs && node.clusterId !== undefined && peering.clusterId !== node.clusterId;
  return {
    kind: isGlobal ? 'global' : 'node',
    peerAddress: address,
    peerPort: peering.port ?? DEFAULT_PORT,
    peerAs,
    localAs,
    passive: isGlobal && peering.isNodeByAddress && isGreater(address, own),
    routeReflectorClient: isClient,
    clusterId: isClient ? node.clusterId! : null,
    nextHop: nextHop(peering, peerAs !== localAs),
    password: peering.password,
    ttlSecurity: peering.ttlSecurity,
    multihop: true,
    sourceAddress: peering.usesNodeAddress ? own : null,
    gracefulRestartSeconds: peering.restartSeconds,
    filters: peering.filters.filter((name) => cluster.filters.get(name)?.includes(address.family)),
    allowLocalAs: peering.allowLocalAs,
  };
}

/** `keepOriginalNextHop` only applies to neighbours with another AS number. */
function nextHop({ nextHopMode, keepOriginalNextHop }: Peering, isExternal: boolean): CalicoSession['nextHop'] {
  if (nextHopMode === 'Self') return 'self';
  return nextHopMode === 'Keep' || (keepOriginalNextHop && isExternal) ? 'keep' : null;
}

/** Every node with every other, except route reflectors. */
function meshSessions(cluster: Cluster, node: CalicoNode): CalicoSession[] {
  if (!cluster.mesh || node.clusterId !== undefined) return [];
  return [...cluster.nodes.values()].flatMap((peer) =>
    peer.clusterId === undefined ? ADDRESS_FAMILIES.flatMap((family) => meshSession(cluster, node, peer, family)) : [],
  );
}

function meshSession(cluster: Cluster, node: CalicoNode, peer: CalicoNode, family: AddressFamily): CalicoSession[] {
  const [own, address] = [node.addresses[family], peer.addresses[family]];
  if (!own || !address || own.equals(address)) return [];
  return [
    {
      kind: 'mesh',
      peerAddress: address,
      peerPort: peer.listenPort ?? DEFAULT_PORT,
      peerAs: peer.asNumber,
      localAs: node.asNumber,
      passive: isGreater(address, own),
      routeReflectorClient: false,
      clusterId: null,
      nextHop: null,
      password: cluster.meshPassword,
      ttlSecurity: null,
      multihop: true,
      sourceAddress: own,
      gracefulRestartSeconds: cluster.meshRestartSeconds,
      filters: [],
      allowLocalAs: 0,
    },
  ];
}
