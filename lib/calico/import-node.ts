import type { NodeSpec } from '../model/node';
import type { CalicoNode } from './cluster';
import type { Resource } from './resource';

/** What a node is in the words of the fabric. `blocks`: the `BlockAffinity`s of all nodes. */
export function nodeSpecOf(node: CalicoNode, clusterAs: number, blocks: readonly Resource[]): NodeSpec {
  const { name, addresses, asNumber, labels, clusterId } = node,
    advertise = blocks
      .filter((block) => block.spec.node === name && isAdvertised(block))
      .map(({ spec }) => blockOf(String(spec.cidr)));
  return {
    ...(addresses.ipv4 && { ipv4Address: addresses.ipv4.toString() }),
    ...(addresses.ipv6 && { ipv6Address: addresses.ipv6.toString() }),
    ...(asNumber !== clusterAs && { asNumber }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(clusterId !== undefined && { routeReflectorClusterId: clusterId }),
    ...(advertise.length > 0 && { advertise }),
  };
}

/** Whether Calico advertises a block: it surely is the node's. */
export const isAdvertised = ({ spec }: Resource): boolean =>
  spec.state === 'confirmed' && spec.deleted !== true && spec.deleted !== 'true';

/** Nothing that lies in it is advertised beside it. */
const blockOf = (prefix: string) => ({ prefix, moreSpecifics: 'suppress' as const });
