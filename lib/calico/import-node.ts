import type { NodeSpec } from '../model/node';
import type { CalicoNode } from './cluster';
import type { CalicoResource } from './resource';

/** What nodes advertise: the `BlockAffinity`s of all of them, and the prefixes of cluster services, which each has. */
interface Advertised {
  readonly blocks: readonly CalicoResource[];
  readonly services: readonly string[];
}

/** What a node is in the words of the fabric. */
export function nodeSpecOf(node: CalicoNode, clusterAs: number, { blocks, services }: Advertised): NodeSpec {
  const { name, addresses, asNumber, labels, clusterId } = node;
  const isExcluded = labels[EXCLUDED] === 'true';
  const advertise = [
    ...blocks
      .filter((block) => block.spec.node === name && isAdvertisedBlock(block))
      .map(({ spec }) => blockOf(String(spec.cidr))),
    ...(isExcluded ? [] : services).map(serviceOf),
  ];
  return {
    ...(addresses.ipv4 && { ipv4Address: addresses.ipv4.toString() }),
    ...(addresses.ipv6 && { ipv6Address: addresses.ipv6.toString() }),
    ...(asNumber !== clusterAs && { asNumber }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(clusterId !== undefined && { routeReflectorClusterId: clusterId }),
    ...(advertise.length > 0 && { advertise }),
  };
}

/** The label of nodes that serve nothing outside. */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Whether Calico advertises a block: it surely is the node's. */
export const isAdvertisedBlock = ({ spec }: CalicoResource): boolean =>
  spec.state === 'confirmed' && spec.deleted !== true && spec.deleted !== 'true';

/** Nothing that lies in it is advertised beside it. */
const blockOf = (prefix: string) => ({ prefix, moreSpecifics: 'suppress' as const });

/**
 * The node translates addresses of services before it routes: dropping what has no route could only hit its own
 * processes, before that.
 */
const serviceOf = (prefix: string) => ({ prefix, blackhole: false });
