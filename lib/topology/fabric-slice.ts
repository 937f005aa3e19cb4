import type { Fabric } from '../model/fabric';
import { named } from '../model/named';
import type { Peer } from '../model/peer';
import { nodesByAddress } from './derive';

type Peers = [name: string, peer: Peer][];

/**
 * Which peers of a fabric to include: those with outside neighbours (no node has the address, or they come from a
 * prefix), those that name a node or its address, and those by selector.
 */
export type PeerScope = 'outside' | 'named' | 'selected';

const PARTS = new WeakMap<Fabric, FabricSlices>();

/**
 * Slices of a fabric: the sessions of some nodes with each other or the outside can be derived without the rest. A
 * session between two nodes depends only on these two and on fabric-wide settings, so it is the same in every slice
 * that contains both.
 */
export class FabricSlices {
  readonly owners: ReadonlyMap<string, string>;
  private readonly global: Record<PeerScope, Peers> = { outside: [], named: [], selected: [] };
  /** By the node that a peer belongs to, and by the node whose address it names. */
  private readonly ofNode: Record<PeerScope, Map<string, Peers>> = {
    outside: new Map(),
    named: new Map(),
    selected: new Map(),
  };
  private readonly atNode = new Map<string, Peers>();
  /** Slices of single nodes with the outside, cached because several checks use them. */
  private readonly alone = new Map<string, Fabric>();

  /** Built once per fabric; fabrics are immutable. */
  static of(fabric: Fabric): FabricSlices {
    const known = PARTS.get(fabric) ?? new FabricSlices(fabric);
    PARTS.set(fabric, known);
    return known;
  }

  private constructor(readonly fabric: Fabric) {
    this.owners = nodesByAddress(fabric);
    for (const entry of Object.entries(fabric.peers)) {
      const [, { address, prefix, interface: link, node, peerNode }] = entry;
      const owner = peerNode ?? (address && this.owners.get(address.toString()));
      const isFar = prefix !== undefined || link !== undefined || address !== undefined;
      const scope = owner !== undefined ? 'named' : isFar ? 'outside' : 'selected';
      if (node === undefined) this.global[scope].push(entry);
      else add(this.ofNode[scope], node, entry);
      if (owner !== undefined) add(this.atNode, owner, entry);
    }
  }

  /** The fabric reduced to these nodes, if it has them, and the peers of the given scopes that concern them. */
  of(names: readonly string[], scopes: readonly PeerScope[]): Fabric {
    if (names.length !== 1 || scopes.length !== 1 || scopes[0] !== 'outside') return this.make(names, scopes);
    const known = this.alone.get(names[0]) ?? this.make(names, scopes);
    this.alone.set(names[0], known);
    return known;
  }

  private make(names: readonly string[], scopes: readonly PeerScope[]): Fabric {
    const { fabric } = this;
    const nodes = named(names.flatMap((name) => (fabric.nodes[name] ? [[name, fabric.nodes[name]] as const] : [])));
    const peers = scopes.flatMap((scope) => [
      ...this.global[scope],
      ...names.flatMap((name) => this.ofNode[scope].get(name) ?? []),
    ]);
    return { ...fabric, nodes, peers: named(peers) };
  }

  /** Peers that belong to one node. */
  peersOf(name: string, scope: PeerScope): readonly Peer[] {
    return this.ofNode[scope].get(name)?.map(([, peer]) => peer) ?? [];
  }

  /** Nodes whose address some peer names. */
  get named(): Iterable<string> {
    return this.atNode.keys();
  }

  /** Pairs of nodes where the first has a peer at the second's address. */
  *namedPairs(): Iterable<readonly [node: string, other: string]> {
    for (const [other, peers] of this.atNode)
      for (const [, { node }] of peers)
        for (const name of node === undefined ? Object.keys(this.fabric.nodes) : [node])
          if (name !== other && this.fabric.nodes[name]) yield [name, other];
  }
}

function add<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items) items.push(item);
  else map.set(key, [item]);
}
