import type { FabricSpec } from '../model/fabric';
import type { PeerSpec } from '../model/peer';
import { isSet } from './check';
import { type CalicoNode, type Cluster, selectedNodes } from './cluster';
import { fabricName, freeName } from './fabric-name';
import { peerOf } from './import-peer';
import { networkOf } from './network';
import { isPeeringByOthers } from './peering';
import type { CalicoResource, Spec } from './resource';

/** Order of precedence if two peers define the same session: peers of every node first, as in Calico, then by name. */
export const inOrderOfRank = (peers: readonly CalicoResource[]): CalicoResource[] =>
  [...peers].sort((a, b) => rank(a.spec) - rank(b.spec) || (a.metadata.name < b.metadata.name ? -1 : 1));

const rank = ({ node, nodeSelector }: Spec): number => (isSet(node) || isSet(nodeSelector) ? 1 : 0);

/** The converted peers, added one at a time. */
export class Peers {
  readonly made: NonNullable<FabricSpec['peers']> = {};

  constructor(
    private readonly cluster: Cluster,
    private readonly filters: object,
    /** Filter appended for outside neighbours, and for nodes. */
    private readonly rest: string,
    private readonly restInside: string,
  ) {}

  uses(filter: string): boolean {
    return Object.values(this.made).some(({ filters }) => filters?.includes(filter));
  }

  /** Adds a peer. Returns the reason if it cannot be converted. */
  add(it: CalicoResource): Exclude<ReturnType<typeof peerOf>, string> | string {
    const named = Array.isArray(it.spec.filters) ? it.spec.filters.map((name) => fabricName(String(name))) : [];
    const absent = named.find((name) => !Object.hasOwn(this.filters, name));
    if (absent !== undefined) return `its filter ${absent} was left out`;
    const imported = peerOf(this.cluster, it.spec);
    if (typeof imported === 'string') return imported;
    const peer = { ...imported.peer, filters: [...named, imported.isInside ? this.restInside : this.rest] };
    const [same] = this.sameAs(peer);
    if (!same) {
      this.made[fabricName(it.metadata.name)] = peer;
      return { ...imported, peer };
    }
    const taken = this.sameAs(peer).flatMap(({ nodes }) => nodes);
    const free = this.nodesOf(peer).filter((node) => !taken.includes(node) && this.canHave(node, peer.address!));
    const { nodeSelector: _, ...rest } = peer;
    const more = [
      ...free.map((node): PeerSpec => ({ node, ...rest })),
      ...this.otherSides(it, peer, imported.isInside),
    ];
    if (more.length === 0) return `${same.name} already defines the sessions with ${peer.address}`;
    const names = more.map((one) => {
      const name = freeName(fabricName(`${it.metadata.name}.${one.node}`), this.made);
      this.made[name] = one;
      return name;
    });
    const nodeSelector = `${same.name} already defines the sessions of ${taken.join(', ')} with ${peer.address}: other nodes have ${names.join(', ')}`;
    return { ...imported, peer, left: { ...imported.left, nodeSelector: { reason: nodeSelector } } };
  }

  /**
   * Other sides of sessions for which an earlier peer takes precedence over this one: if the earlier one does not
   * create them, this one may.
   */
  private otherSides({ metadata }: CalicoResource, peer: PeerSpec, isInside: boolean): PeerSpec[] {
    const { address } = networkOf(peer.address)!;
    const owner = [...this.cluster.nodes.values()].find((it) => it.addresses[address.family]?.equals(address));
    if (!owner || !isInside || peer.reversePeering === 'manual') return [];
    const { password, ttlSecurity, multihop, holdTime, keepaliveTime, restartTime, bfd, filters, nextHop } = peer;
    const common = { password, ttlSecurity, multihop, holdTime, keepaliveTime, restartTime, bfd };
    const mirrored = peer.reversePeering === 'mirror' ? { filters, nextHop } : {};
    const peers = this.cluster.peers.filter(({ spec }) => typeof peerOf(this.cluster, spec) !== 'string');
    return this.sameAs(peer)
      .filter(({ name }) => this.made[name].reversePeering === 'manual')
      .flatMap(({ nodes }) => nodes.filter((node) => this.canHave(node, peer.address!)))
      .map((node) => this.nodeCalled(node)!.addresses[address.family]!)
      .filter((remote) => !isPeeringByOthers({ ...this.cluster, peers }, metadata.name, owner.name, remote))
      .map((remote): PeerSpec => {
        const node = fabricName(owner.name);
        const other = { ...common, ...mirrored, node, address: remote.toString(), reversePeering: 'manual' };
        return Object.fromEntries(Object.entries(other).filter(([, value]) => value !== undefined));
      });
  }

  /** Whether a node has an address of the family that is not the given address. */
  private canHave(name: string, text: string): boolean {
    const { address } = networkOf(text)!;
    return this.nodeCalled(name)?.addresses[address.family]?.equals(address) === false;
  }

  private nodeCalled(name: string): CalicoNode | undefined {
    return [...this.cluster.nodes.values()].find((it) => fabricName(it.name) === name);
  }

  /** Peers that define some of the same sessions, each with the nodes that have both. */
  private sameAs(peer: PeerSpec): { readonly name: string; readonly nodes: string[] }[] {
    const own = this.nodesOf(peer);
    return Object.entries(this.made).flatMap(([name, other]) => {
      if (peer.address === undefined || other.address !== peer.address || other.port !== peer.port) return [];
      const theirs = new Set(this.nodesOf(other));
      const nodes = own.filter((node) => theirs.has(node));
      return nodes.length > 0 ? [{ name, nodes }] : [];
    });
  }

  /** The nodes that have a peer. A peer of every node also counts for a node that is in no manifest. */
  private nodesOf({ node, nodeSelector }: PeerSpec): string[] {
    if (node !== undefined) return [node];
    if (nodeSelector !== undefined)
      return selectedNodes(this.cluster, nodeSelector).map(({ name }) => fabricName(name));
    return [...Array.from(this.cluster.nodes.keys(), fabricName), ''];
  }
}
