import type { FabricSpec } from '../model/fabric';
import type { Problem } from '../model/problem';
import { readFabric, UNKNOWN } from '../model/read';
import { isSet } from './check';
import { type Cluster, clusterOf, selectedNodes } from './cluster';
import { fabricName, freeName } from './fabric-name';
import { importedSettings } from './import-configuration';
import { exportOf, servicesOf } from './import-exports';
import { filterOf } from './import-filter';
import { isAdvertisedBlock, nodeSpecOf } from './import-node';
import { inOrderOfRank, Peers } from './import-peers';
import type { LeftFields, LeftOut } from './left-out';
import { type CalicoResource, resourceLabel } from './resource';
import { untakenOf } from './row';
import { ROWS } from './rows';

/** A fabric converted from manifests. */
export interface Import {
  readonly spec: FabricSpec;
  /** Resources that were imported, possibly without some fields. */
  readonly taken: readonly string[];
  readonly left: readonly LeftOut[];
  /** What is in no manifest and must be on the nodes before the fabric comes up: passwords. */
  readonly provide: readonly LeftOut[];
  /** Problems of the resulting fabric; should be empty. */
  readonly problems: readonly Problem[];
}

/**
 * Converts valid Calico resources to a fabric as far as possible. Names are kept, except those longer than 63
 * characters. Calico accepts everything that a neighbour sends and exports the routes in its pools: an equivalent
 * filter is appended to each peer.
 */
export function importFabric(resources: readonly CalicoResource[], name: string): Import {
  const cluster = clusterOf(resources);
  const taken: string[] = [];
  const left: LeftOut[] = [];
  const provide: LeftOut[] = [];
  const of = (kind: CalicoResource['kind']) => resources.filter((it) => it.kind === kind);
  const nodes: NonNullable<FabricSpec['nodes']> = {};
  const filters: NonNullable<FabricSpec['filters']> = {};
  const configuration = of('BGPConfiguration').find(({ metadata }) => metadata.name === 'default')?.spec;
  const advertised = { blocks: of('BlockAffinity'), services: servicesOf(configuration, 'serviceClusterIPs') };
  let settings: ReturnType<typeof importedSettings>['settings'] = {};
  for (const it of of('BGPConfiguration'))
    if (it.metadata.name === 'default') {
      const made = importedSettings(it.spec, cluster);
      settings = made.settings;
      taken.push(resourceLabel(it));
      left.push(...untaken(it), ...fieldsOf(it, made.left), ...leftOfClusterServices(it));
      provide.push(...passwordFile(`${resourceLabel(it)} spec.nodeMeshPassword`, settings.meshPassword));
    } else left.push(...leftOfNodeConfiguration(it));
  for (const it of of('Node')) {
    const node = cluster.nodes.get(it.metadata.name)!;
    if (!node.addresses.ipv4 && !node.addresses.ipv6)
      left.push({ path: resourceLabel(it), reason: 'it has no address' });
    else {
      nodes[fabricName(node.name)] = nodeSpecOf(node, cluster.asNumber, advertised);
      taken.push(resourceLabel(it));
      left.push(...untaken(it));
    }
  }
  for (const it of of('BlockAffinity'))
    if (!isAdvertisedBlock(it))
      left.push({ path: resourceLabel(it), reason: 'it is not confirmed, so it is not advertised' });
    else if (Object.hasOwn(nodes, fabricName(String(it.spec.node)))) {
      taken.push(resourceLabel(it));
      left.push(...untaken(it));
    } else left.push({ path: resourceLabel(it), reason: `there is no node ${it.spec.node}` });
  for (const it of of('BGPFilter')) {
    const filter = filterOf(it);
    if (typeof filter === 'string') left.push({ path: resourceLabel(it), reason: filter, mustDecide: true });
    else {
      filters[fabricName(it.metadata.name)] = filter;
      taken.push(resourceLabel(it));
    }
  }
  const pools = of('IPPool');
  const rest = freeName('calico-default', filters);
  const restInside = pools.length > 0 ? rest : freeName('calico-nodes', filters);
  const peers = new Peers(cluster, filters, rest, restInside);
  for (const it of inOrderOfRank(of('BGPPeer'))) {
    const made = peers.add(it);
    if (typeof made === 'string') left.push({ path: resourceLabel(it), reason: made, mustDecide: true });
    else {
      taken.push(resourceLabel(it));
      left.push(...untaken(it), ...fieldsOf(it, made.left), ...leftOfSelectors(it, cluster));
      provide.push(...passwordFile(`${resourceLabel(it)} spec.password`, made.peer.password));
    }
  }
  if (peers.uses(rest)) {
    filters[rest] = { import: [{ action: 'accept' }], export: exportOf(pools, configuration) };
    taken.push(...pools.map(resourceLabel));
    if (pools.length === 0)
      left.push({
        path: 'IPPool',
        reason: 'there is none: all workload routes are advertised to peers, whatever their prefixes',
      });
  }
  if (restInside !== rest && peers.uses(restInside))
    filters[restInside] = { import: [{ action: 'accept' }], export: [{ action: 'accept' }] };
  for (const it of pools) left.push(...untaken(it));
  if (of('BGPPeer').length > 0 && Object.keys(nodes).length === 0) left.push(NO_NODES);
  const spec: FabricSpec = { name, ...settings, nodes, filters, peers: peers.made };
  // In a stack, the edition comes from the state of the fabric.
  return { spec, taken, left, provide, problems: readFabric({ ...spec, edition: UNKNOWN }).problems };
}

const NO_NODES: LeftOut = {
  path: 'Node',
  reason:
    'there is none, so no peer has a session: import the nodes too, from `calicoctl get nodes -o yaml` or `kubectl get nodes -o yaml`',
  mustDecide: true,
};

/** Fields without an equivalent in a fabric, with the reasons from the table. */
const untaken = (it: CalicoResource): LeftOut[] =>
  untakenOf(ROWS[it.kind], it.spec, 'spec.').told.map((one) => ({ ...one, path: `${resourceLabel(it)} ${one.path}` }));

/** Selectors that match no node: usually a mistake, such as missing node labels. */
const leftOfSelectors = (it: CalicoResource, cluster: Cluster): LeftOut[] =>
  ['nodeSelector', 'peerSelector']
    .filter(
      (field) => cluster.nodes.size > 0 && isSet(it.spec[field]) && selectedNodes(cluster, it.spec[field]).length === 0,
    )
    .map((field) => ({
      path: `${resourceLabel(it)} spec.${field}`,
      reason: 'no node has such labels, so the peer has no session',
      mustDecide: true,
    }));

/** What Calico does for services besides advertising the whole prefix. */
const leftOfClusterServices = (it: CalicoResource): LeftOut[] =>
  servicesOf(it.spec, 'serviceClusterIPs').length === 0
    ? []
    : [
        {
          path: `${resourceLabel(it)} spec.serviceClusterIPs`,
          reason:
            'every node advertises the whole prefix, and none a single address: write those of services whose externalTrafficPolicy is Local in `advertise` of the nodes that serve them',
        },
      ];

const fieldsOf = (it: CalicoResource, left: LeftFields): LeftOut[] =>
  Object.entries(left).map(([field, one]) => ({ ...one, path: `${resourceLabel(it)} spec.${field}` }));

function passwordFile(path: string, reference: string | undefined): LeftOut[] {
  if (reference === undefined) return [];
  const file = reference.slice('file:'.length);
  return [{ path, reason: `write it to ${file} on each node that uses it; the sessions stay down until then` }];
}

const leftOfNodeConfiguration = (it: CalicoResource): LeftOut[] =>
  Object.keys(it.spec)
    .filter((field) => isSet(it.spec[field]))
    .map((field) => ({
      path: `${resourceLabel(it)} spec.${field}`,
      reason: `a node of a fabric has no ${field} of its own`,
      ...(field !== 'logSeverityScreen' && { mustDecide: true }),
    }));
