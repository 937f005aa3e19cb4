import type { NodeSpec } from '../model/node';
import type { CalicoNode } from './cluster';
import type { CalicoResource } from './resource';

/** What nodes advertise: `BlockAffinity`s, and prefixes of cluster services, which every node advertises. */
interface Advertised {
  readonly blocks: readonly CalicoResource[];
  readonly services: readonly string[];
}

/** Converts a node. */
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

/** Label of nodes that are excluded from external load balancers. */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Whether Calico advertises a block: its affinity is confirmed. */
export const isAdvertisedBlock = ({ spec }: CalicoResource): boolean =>
  spec.state === 'confirmed' && spec.deleted !== true && spec.deleted !== 'true';

/** More specific routes within a block are not advertised. */
const blockOf = (prefix: string) => ({ prefix, moreSpecifics: 'suppress' as const });

/**
 * The node translates service addresses before routing: a blackhole could only affect its own processes, which connect
 * before that.
 */
const serviceOf = (prefix: string) => ({ prefix, blackhole: false });
