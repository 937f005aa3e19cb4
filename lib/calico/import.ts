import type { FabricSpec } from '../model/fabric';
import type { FilterRuleSpec } from '../model/filter';
import type { PeerSpec } from '../model/peer';
import type { Problem } from '../model/problem';
import { readFabric, UNKNOWN } from '../model/read';
import { isSet } from './check';
import { type CalicoNode, type Cluster, chosen, clusterOf } from './cluster';
import { fabricName } from './fabric-name';
import { settingsOf } from './import-configuration';
import { filterOf } from './import-filter';
import { isAdvertised, nodeSpecOf } from './import-node';
import { peerOf } from './import-peer';
import { networkOf } from './network';
import { isPeeringByOthers } from './peering';
import { nameOf, type Resource, type Spec } from './resource';

/** What was left out, and why; or what is to be provided. */
export interface LeftOut {
  /** `BGPPeer/rack1`, or one of its fields: `BGPPeer/rack1 spec.reachableBy`. */
  readonly path: string;
  readonly reason: string;
}

/** A fabric that was made of manifests. */
export interface Import {
  readonly spec: FabricSpec;
  /** Resources that the fabric holds, if not all of their fields. */
  readonly taken: readonly string[];
  readonly left: readonly LeftOut[];
  /** What stands in no manifest and must be on the nodes before the fabric comes up: passwords. */
  readonly provide: readonly LeftOut[];
  /** What of the fabric is not in order; there should be nothing. */
  readonly problems: readonly Problem[];
}

/**
 * The fabric that valid resources of Calico make, as far as a fabric can say it. Names stay, but for those of more than 63 characters. Calico takes all
 * that a neighbour sends and exports what lies in its pools: a filter of that meaning stands behind those of each peer.
 */
export function importFabric(resources: readonly Resource[], name: string): Import {
  const cluster = clusterOf(resources),
    taken: string[] = [],
    left: LeftOut[] = [],
    provide: LeftOut[] = [];
  const of = (kind: Resource['kind']) => resources.filter((it) => it.kind === kind);
  const nodes: NonNullable<FabricSpec['nodes']> = {},
    filters: NonNullable<FabricSpec['filters']> = {};
  let settings: ReturnType<typeof settingsOf>['settings'] = {};
  for (const it of of('BGPConfiguration'))
    if (it.metadata.name === 'default') {
      const made = settingsOf(it.spec, cluster);
      settings = made.settings;
      taken.push(nameOf(it));
      left.push(...fieldsOf(it, made.left));
      provide.push(...passwordFile(`${nameOf(it)} spec.nodeMeshPassword`, settings.meshPassword));
    } else left.push(...leftOfNodeConfiguration(it));
  for (const it of of('Node')) {
    const node = cluster.nodes.get(it.metadata.name)!;
    if (!node.addresses.ipv4 && !node.addresses.ipv6) left.push({ path: nameOf(it), reason: 'it has no address' });
    else {
      nodes[fabricName(node.name)] = nodeSpecOf(node, cluster.asNumber, of('BlockAffinity'));
      taken.push(nameOf(it));
    }
  }
  for (const it of of('BlockAffinity'))
    if (!isAdvertised(it)) left.push({ path: nameOf(it), reason: 'it is not confirmed, so it is not advertised' });
    else if (Object.hasOwn(nodes, fabricName(String(it.spec.node)))) taken.push(nameOf(it));
    else left.push({ path: nameOf(it), reason: `there is no node ${it.spec.node}` });
  for (const it of of('BGPFilter')) {
    const filter = filterOf(it);
    if (typeof filter === 'string') left.push({ path: nameOf(it), reason: filter });
    else {
      filters[fabricName(it.metadata.name)] = filter;
      taken.push(nameOf(it));
    }
  }
  const pools = of('IPPool'),
    rest = freeName('calico-default', filters),
    restInside = pools.length > 0 ? rest : freeName('calico-nodes', filters);
  const peers = new Peers(cluster, filters, rest, restInside);
  for (const it of inOrderOfRank(of('BGPPeer'))) {
    const made = peers.add(it);
    if (typeof made === 'string') left.push({ path: nameOf(it), reason: made });
    else {
      taken.push(nameOf(it));
      left.push(...fieldsOf(it, made.left));
      provide.push(...passwordFile(`${nameOf(it)} spec.password`, made.peer.password));
    }
  }
  if (peers.uses(rest)) {
    filters[rest] = { import: [{ action: 'accept' }], export: exportOf(pools) };
    taken.push(...pools.map(nameOf));
    if (pools.length === 0)
      left.push({
        path: 'IPPool',
        reason: 'there is none: all workload routes are advertised to peers, whatever their prefixes',
      });
  }
  if (restInside !== rest && peers.uses(restInside))
    filters[restInside] = { import: [{ action: 'accept' }], export: [{ action: 'accept' }] };
  for (const it of pools) left.push(...leftOfPool(it));
  const spec: FabricSpec = { name, ...settings, nodes, filters, peers: peers.made };
  // Whoever has it in a stack has its edition by the state of the fabric.
  return { spec, taken, left, provide, problems: readFabric({ ...spec, edition: UNKNOWN }).problems };
}

const fieldsOf = (it: Resource, left: Readonly<Record<string, string>>): LeftOut[] =>
  Object.entries(left).map(([field, reason]) => ({ path: `${nameOf(it)} spec.${field}`, reason }));

function passwordFile(path: string, reference: string | undefined): LeftOut[] {
  if (reference === undefined) return [];
  const file = reference.slice('file:'.length);
  return [{ path, reason: `write it to ${file} on each node that uses it; the sessions stay down until then` }];
}

/** Where two peers would make one session: those of every node first, as in Calico, then by name. */
const inOrderOfRank = (peers: readonly Resource[]): Resource[] =>
  [...peers].sort((a, b) => rank(a.spec) - rank(b.spec) || (a.metadata.name < b.metadata.name ? -1 : 1));

const rank = ({ node, nodeSelector }: Spec): number => (isSet(node) || isSet(nodeSelector) ? 1 : 0);

/** The peers of the fabric, as one after the other comes. */
class Peers {
  readonly made: NonNullable<FabricSpec['peers']> = {};

  constructor(
    private readonly cluster: Cluster,
    private readonly filters: object,
    /** The filter behind those of neighbours outside, and behind those of nodes. */
    private readonly rest: string,
    private readonly restInside: string,
  ) {}

  uses(filter: string): boolean {
    return Object.values(this.made).some(({ filters }) => filters?.includes(filter));
  }

  /** Adds a peer; gives the reason where there is none. */
  add(it: Resource): Exclude<ReturnType<typeof peerOf>, string> | string {
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
    const taken = this.sameAs(peer).flatMap(({ nodes }) => nodes),
      free = this.nodesOf(peer).filter((node) => !taken.includes(node) && this.canHave(node, peer.address!));
    const { nodeSelector: _, ...rest } = peer,
      more = [...free.map((node): PeerSpec => ({ node, ...rest })), ...this.otherSides(it, peer, imported.isInside)];
    if (more.length === 0) return `${same.name} already defines the sessions with ${peer.address}`;
    const names = more.map((one) => {
      const name = freeName(fabricName(`${it.metadata.name}.${one.node}`), this.made);
      this.made[name] = one;
      return name;
    });
    const nodeSelector = `${same.name} already defines the sessions of ${taken.join(', ')} with ${peer.address}: other nodes have ${names.join(', ')}`;
    return { ...imported, peer, left: { ...imported.left, nodeSelector } };
  }

  /** The other sides of sessions that an earlier peer has in this one's stead: where that one wants none, this one may. */
  private otherSides({ metadata }: Resource, peer: PeerSpec, isInside: boolean): PeerSpec[] {
    const { address } = networkOf(peer.address)!,
      owner = [...this.cluster.nodes.values()].find((it) => it.addresses[address.family]?.equals(address));
    if (!owner || !isInside || peer.reversePeering === 'manual') return [];
    const { password, ttlSecurity, multihop, holdTime, keepaliveTime, restartTime, filters, nextHop } = peer;
    const common = { password, ttlSecurity, multihop, holdTime, keepaliveTime, restartTime },
      mirrored = peer.reversePeering === 'mirror' ? { filters, nextHop } : {};
    const peers = this.cluster.peers.filter(({ spec }) => typeof peerOf(this.cluster, spec) !== 'string');
    return this.sameAs(peer)
      .filter(({ name }) => this.made[name].reversePeering === 'manual')
      .flatMap(({ nodes }) => nodes.filter((node) => this.canHave(node, peer.address!)))
      .map((node) => this.nodeCalled(node)!.addresses[address.family]!)
      .filter((remote) => !isPeeringByOthers({ ...this.cluster, peers }, metadata.name, owner.name, remote))
      .map((remote): PeerSpec => {
        const node = fabricName(owner.name),
          other = { ...common, ...mirrored, node, address: remote.toString(), reversePeering: 'manual' };
        return Object.fromEntries(Object.entries(other).filter(([, value]) => value !== undefined));
      });
  }

  /** Whether a node has an address of the family, and not the address itself. */
  private canHave(name: string, text: string): boolean {
    const { address } = networkOf(text)!;
    return this.nodeCalled(name)?.addresses[address.family]?.equals(address) === false;
  }

  private nodeCalled(name: string): CalicoNode | undefined {
    return [...this.cluster.nodes.values()].find((it) => fabricName(it.name) === name);
  }

  /** Peers that would make sessions of this one, each with the nodes that have both. */
  private sameAs(peer: PeerSpec): { readonly name: string; readonly nodes: string[] }[] {
    const own = this.nodesOf(peer);
    return Object.entries(this.made).flatMap(([name, other]) => {
      if (peer.address === undefined || other.address !== peer.address || other.port !== peer.port) return [];
      const theirs = new Set(this.nodesOf(other)),
        nodes = own.filter((node) => theirs.has(node));
      return nodes.length > 0 ? [{ name, nodes }] : [];
    });
  }

  /** The nodes that have a peer; for every node also one that no manifest names. */
  private nodesOf({ node, nodeSelector }: PeerSpec): string[] {
    if (node !== undefined) return [node];
    if (nodeSelector !== undefined) return chosen(this.cluster, nodeSelector).map(({ name }) => fabricName(name));
    return [...Array.from(this.cluster.nodes.keys(), fabricName), ''];
  }
}

/** What Calico exports after the filters of a peer: what lies in pools, but for pools that are not to be exported. */
function exportOf(pools: readonly Resource[]): FilterRuleSpec[] {
  if (pools.length === 0) return [{ source: 'workload', action: 'accept' }];
  const sorted = [...pools].sort((a, b) => lengthOf(b) - lengthOf(a)); // the more specific pool speaks first
  return sorted.map(({ spec }) => ({
    prefix: spec.cidr as string,
    action: spec.disableBGPExport === true ? 'reject' : 'accept',
  }));
}

const lengthOf = ({ spec }: Resource): number => networkOf(spec.cidr)?.length ?? 0;

const leftOfNodeConfiguration = (it: Resource): LeftOut[] =>
  Object.keys(it.spec)
    .filter((field) => isSet(it.spec[field]))
    .map((field) => ({
      path: `${nameOf(it)} spec.${field}`,
      reason: `a node of a fabric has no ${field} of its own`,
    }));

function leftOfPool(it: Resource): LeftOut[] {
  const isTunnelled = [it.spec.ipipMode, it.spec.vxlanMode].some((mode) => isSet(mode) && mode !== 'Never');
  return [
    ...(isTunnelled ? [{ path: nameOf(it), reason: 'a fabric does not route through tunnels' }] : []),
    ...(it.spec.natOutgoing === true
      ? [{ path: `${nameOf(it)} spec.natOutgoing`, reason: 'a fabric does not do NAT' }]
      : []),
  ];
}

/** The name, or the name with an end that makes it new. */
function freeName(name: string, taken: object): string {
  return Object.hasOwn(taken, name) ? freeName(`${name}-1`, taken) : name;
}
