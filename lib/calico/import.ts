import { DEFAULT_AS_NUMBER, DEFAULT_PORT } from '../model/defaults';
import type { FabricSpec } from '../model/fabric';
import type { FilterRuleSpec } from '../model/filter';
import type { Problem } from '../model/problem';
import { readFabric } from '../model/read';
import { isSet } from './check';
import { type Cluster, clusterOf } from './cluster';
import { fabricName } from './fabric-name';
import { filterOf } from './import-filter';
import { nodeSpecOf, peerOf } from './import-peer';
import { networkOf } from './network';
import { nameOf, type Resource } from './resource';

/** What was left out, and why. */
export interface LeftOut {
  /** `BGPPeer/rack1`, or one of its fields: `BGPPeer/rack1 spec.password`. */
  readonly path: string;
  readonly reason: string;
}

/** A fabric that was made of manifests. */
export interface Import {
  readonly spec: FabricSpec;
  /** Resources that the fabric holds, if not all of their fields. */
  readonly taken: readonly string[];
  readonly left: readonly LeftOut[];
  /** What of the fabric is not in order; there should be nothing. */
  readonly problems: readonly Problem[];
}

/** Fields of the default configuration that a fabric has. */
const TAKEN = ['asNumber', 'nodeToNodeMeshEnabled', 'listenPort'];

/**
 * The fabric that valid resources of Calico make, as far as a fabric can say it. Names stay, but for those of more than 63 characters. Calico takes all
 * that a neighbour sends and exports what lies in its pools: a filter of that meaning stands behind those of each peer.
 */
export function importFabric(resources: readonly Resource[], name: string): Import {
  const cluster = clusterOf(resources),
    taken: string[] = [],
    left: LeftOut[] = [];
  const of = (kind: Resource['kind']) => resources.filter((it) => it.kind === kind);
  const nodes: NonNullable<FabricSpec['nodes']> = {},
    filters: NonNullable<FabricSpec['filters']> = {},
    peers: NonNullable<FabricSpec['peers']> = {};
  for (const it of of('BGPConfiguration')) left.push(...leftOfConfiguration(it, taken));
  for (const it of of('Node')) {
    const node = cluster.nodes.get(it.metadata.name)!;
    if (!node.addresses.ipv4 && !node.addresses.ipv6) left.push({ path: nameOf(it), reason: 'it has no address' });
    else {
      nodes[fabricName(node.name)] = nodeSpecOf(node, cluster.asNumber);
      taken.push(nameOf(it));
    }
    if (node.clusterId !== undefined)
      left.push({
        path: `${nameOf(it)} spec.bgp.routeReflectorClusterID`,
        reason: 'a fabric has no route reflectors yet: the node takes part in the mesh, if there is one',
      });
  }
  const labelled = [...cluster.nodes.values()].filter(({ labels }) => Object.keys(labels).length > 0).length;
  if (labelled > 0)
    left.push({ path: 'Node metadata.labels', reason: `a fabric has no labels yet; ${labelled} nodes have some` });
  for (const it of of('BGPFilter')) {
    const filter = filterOf(it);
    if (typeof filter === 'string') left.push({ path: nameOf(it), reason: filter });
    else {
      filters[fabricName(it.metadata.name)] = filter;
      taken.push(nameOf(it));
    }
  }
  const rest = restName(filters);
  for (const it of inOrderOfRank(of('BGPPeer'))) {
    const reason = importPeer(cluster, it, { filters, peers, rest, left });
    if (reason === undefined) taken.push(nameOf(it));
    else left.push({ path: nameOf(it), reason });
  }
  const pools = of('IPPool');
  if (Object.keys(peers).length > 0) {
    filters[rest] = { import: [{ action: 'accept' }], export: exportOf(pools) };
    taken.push(...pools.map(nameOf));
    if (pools.length === 0)
      left.push({
        path: 'IPPool',
        reason: 'there is none: peers get the routes of workloads, whatever their addresses',
      });
  }
  for (const it of pools) left.push(...leftOfPool(it));
  const main = of('BGPConfiguration').find(({ metadata }) => metadata.name === 'default')?.spec ?? {};
  const spec: FabricSpec = {
    name,
    ...(cluster.asNumber !== DEFAULT_AS_NUMBER && { asNumber: cluster.asNumber }),
    ...(cluster.mesh ? {} : { nodeToNodeMesh: false }),
    ...(isSet(main.listenPort) && main.listenPort !== DEFAULT_PORT && { listenPort: Number(main.listenPort) }),
    ...{ nodes, filters, peers },
  };
  return { spec, taken, left, problems: readFabric(spec).problems };
}

interface Parts {
  readonly filters: NonNullable<FabricSpec['filters']>;
  readonly peers: NonNullable<FabricSpec['peers']>;
  readonly rest: string;
  readonly left: LeftOut[];
}

/** Where two peers would make one session: those of every node first, as in Calico, then by name. */
const inOrderOfRank = (peers: readonly Resource[]): Resource[] =>
  [...peers].sort((a, b) => rank(a) - rank(b) || (a.metadata.name < b.metadata.name ? -1 : 1));

const rank = ({ spec }: Resource): number => (isSet(spec.node) || isSet(spec.nodeSelector) ? 1 : 0);

/** Adds a peer; gives the reason where there is none. */
function importPeer(cluster: Cluster, it: Resource, { filters, peers, rest, left }: Parts): string | undefined {
  const named = Array.isArray(it.spec.filters) ? it.spec.filters.map((name) => fabricName(String(name))) : [];
  const absent = named.find((name) => !Object.hasOwn(filters, name));
  if (absent !== undefined) return `its filter ${absent} was left out`;
  const imported = peerOf(cluster, it.spec, [...named, rest]);
  if (typeof imported === 'string') return imported;
  const { peer } = imported;
  const same = Object.entries(peers).find(
    ([, other]) =>
      other.address === peer.address &&
      other.port === peer.port &&
      (other.node === undefined || other.node === peer.node),
  );
  if (same) return `${same[0]} already stands for ${peer.address}`;
  peers[fabricName(it.metadata.name)] = peer;
  left.push(
    ...Object.entries(imported.left).map(([field, reason]) => ({ path: `${nameOf(it)} spec.${field}`, reason })),
  );
  return undefined;
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

function leftOfConfiguration(it: Resource, taken: string[]): LeftOut[] {
  const isMain = it.metadata.name === 'default';
  if (isMain) taken.push(nameOf(it));
  return Object.keys(it.spec)
    .filter((field) => isSet(it.spec[field]) && !(isMain && TAKEN.includes(field)))
    .map((field) => ({
      path: `${nameOf(it)} spec.${field}`,
      reason: isMain ? `a fabric has no ${field} yet` : `a node of a fabric has no ${field} of its own yet`,
    }));
}

function leftOfPool(it: Resource): LeftOut[] {
  const isTunnelled = [it.spec.ipipMode, it.spec.vxlanMode].some((mode) => isSet(mode) && mode !== 'Never');
  return [
    ...(isTunnelled ? [{ path: nameOf(it), reason: 'routes of a fabric lead through no tunnel' }] : []),
    ...(it.spec.natOutgoing === true
      ? [{ path: `${nameOf(it)} spec.natOutgoing`, reason: 'a fabric translates no addresses' }]
      : []),
  ];
}

/** A name for the filter of what Calico does after all others. */
function restName(filters: object): string {
  let name = 'calico-default';
  while (Object.hasOwn(filters, name)) name += '-1';
  return name;
}
