import { ADDRESS_FAMILIES, type IpAddress } from '../model/address';
import { DEFAULT_PORT } from '../model/defaults';
import type { Fabric } from '../model/fabric';
import type { Node } from '../model/node';
import type { Peer } from '../model/peer';
import { cableEnds, cableOf, overCable } from './cable';
import { between, type Ends, fromOtherSide, sessionOf } from './link';
import { addressOf, asNumberOf, clusterIdOf, nodesByAddress } from './membership';
import { overLink } from './over-link';
import type { Neighbours, Session, SessionKind } from './session';

type Named = readonly [name: string, peer: Peer];

/** Whether a peer applies to a node directly. */
export const hasPeer = (peer: Peer, name: string, { labels }: Node): boolean =>
  peer.node !== undefined ? peer.node === name : (peer.nodeSelector?.matches(labels) ?? true);

const isGlobal = ({ node, nodeSelector }: Peer): boolean => node === undefined && nodeSelector === undefined;
const kindOf = (peer: Peer): SessionKind => (isGlobal(peer) ? 'global' : 'node');

/** Peers of every node first, then by name, as in Calico: if two define the same session, the first applies. */
const inOrder = (fabric: Fabric): Named[] =>
  Object.entries(fabric.peers).sort(
    ([a, one], [b, other]) => Number(isGlobal(other)) - Number(isGlobal(one)) || (a < b ? -1 : 1),
  );

/** The sessions of a node from peers: its own, then those of the other side. */
export function peerSessions(fabric: Fabric, name: string): Session[] {
  const peers = inOrder(fabric);
  return [
    ...peers.flatMap((peer) => fromThisSide(fabric, name, peer)),
    ...peers.flatMap((peer) => reversed(fabric, name, peer)),
  ];
}

/**
 * Whether the other node is a reflection client: an internal neighbour that is not a reflector of the same cluster, as
 * in Calico.
 */
function isClient(fabric: Fabric, name: string, other: string | undefined): boolean {
  const own = clusterIdOf(fabric, name);
  if (!own) return false;
  const theirs = other === undefined ? undefined : clusterIdOf(fabric, other);
  return !theirs?.equals(own);
}

/** Sessions from a peer that applies to this node, never with itself. */
function fromThisSide(fabric: Fabric, name: string, [peerName, peer]: Named): Session[] {
  const node = fabric.nodes[name];
  const { address, peerSelector } = peer;
  if (!hasPeer(peer, name, node)) return [];
  const common = { kind: kindOf(peer), origin: `peers.${peerName}` } as const;
  if (peerSelector)
    return others(fabric, name, (other) => peerSelector.matches(fabric.nodes[other].labels)).map((ends) =>
      sessionOf(fabric, withClient(fabric, { ...ends, ...common }), peer),
    );
  const cable = cableOf(peer, name);
  if (cable) {
    const ends = cableEnds(fabric, name, cable);
    return ends ? [sessionOf(fabric, withClient(fabric, { ...ends, ...common }), { ...peer, ...overCable(peer) })] : [];
  }
  if (peer.interface !== undefined) {
    const { ends, options } = overLink(fabric, name, { ...peer, interface: peer.interface }, common);
    return [sessionOf(fabric, withClient(fabric, ends), options)];
  }
  const local = address && (peer.localAddress ?? addressOf(node, address.family));
  const remoteNode = address && nodesByAddress(fabric).get(address.toString());
  if (!local || remoteNode === name) return [];
  const port = peer.port ?? (remoteNode === undefined ? DEFAULT_PORT : fabric.listenPort);
  const remoteAs =
    peer.asNumber ?? (remoteNode === undefined ? undefined : asNumberOf(fabric, fabric.nodes[remoteNode]));
  if (!remoteAs) return [];
  const ends: Ends = { ...common, node: name, local, remote: address, remoteNode, remoteAs, port };
  return [sessionOf(fabric, withClient(fabric, ends), peer)];
}

/**
 * Sessions for the other side of peers that name this node. Without them, one end would wait for a session that the
 * other never opens.
 */
function reversed(fabric: Fabric, name: string, [peerName, peer]: Named): Session[] {
  const { address, peerSelector, reversePeering } = peer;
  const isMeant = peerSelector
    ? peerSelector.matches(fabric.nodes[name].labels)
    : peer.peerNode === name || (address !== undefined && nodesByAddress(fabric).get(address.toString()) === name);
  if (reversePeering === 'manual' || !isMeant) return [];
  const common = { kind: kindOf(peer), origin: `peers.${peerName}` } as const;
  const cable = cableOf(peer, name);
  const options = {
    ...fromOtherSide(cable ? { ...peer, ...overCable(peer) } : peer),
    ...(reversePeering === 'mirror' && { filters: peer.filters, nextHop: peer.nextHop }),
  };
  const ends = cable
    ? [cableEnds(fabric, name, cable) ?? []].flat()
    : peer.node !== undefined
      ? withOther(fabric, name, peer.node)
      : others(fabric, name, (other) => hasPeer(peer, other, fabric.nodes[other]));
  return ends
    .filter(({ local }) => !address || local.equals(address))
    .map((each) => {
      const remote = peer.localAddress ?? each.remote;
      const remoteAs = peer.localAsNumber ?? each.remoteAs;
      return sessionOf(fabric, withClient(fabric, { ...each, ...common, remote, remoteAs }), options);
    });
}

const withClient = (fabric: Fabric, ends: Ends): Ends => ({
  ...ends,
  routeReflectorClient: isClient(fabric, ends.node, ends.remoteNode),
});

/** The ends of the possible sessions of a node with another. */
const withOther = (fabric: Fabric, name: string, other: string) =>
  ADDRESS_FAMILIES.flatMap((family) => between(fabric, family, name, other) ?? []);

/** The same for all other nodes that match a predicate. */
const others = (fabric: Fabric, name: string, isOne: (other: string) => boolean) =>
  Object.keys(fabric.nodes).flatMap((other) => (other !== name && isOne(other) ? withOther(fabric, name, other) : []));

/** Default maximum number of neighbours from a prefix. */
export const MOST_NEIGHBOURS = 100;

/** The dynamic neighbours that a node accepts. */
export const neighboursOf = (fabric: Fabric, name: string): Neighbours[] =>
  inOrder(fabric).flatMap(([peerName, peer]): Neighbours[] => {
    const { prefix, asNumber } = peer;
    const node = fabric.nodes[name];
    if (!prefix || !asNumber || !node || !hasPeer(peer, name, node)) return [];
    const local = peer.localAddress ?? addressOf(node, prefix.family);
    if (!local) return [];
    const remote: IpAddress = prefix.address;
    const ends = { kind: kindOf(peer), origin: `peers.${peerName}`, node: name, local, remote, remoteAs: asNumber };
    const session = sessionOf(fabric, withClient(fabric, { ...ends, port: DEFAULT_PORT }), { ...peer, passive: true });
    return [{ range: prefix, limit: peer.maxNeighbours ?? MOST_NEIGHBOURS, session }];
  });
