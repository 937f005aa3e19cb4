import type { WorkloadSelector } from '../../kernel/workload/watch';
import type { Fabric } from '../../model/fabric';
import { Prefix } from '../../model/prefix';
import { hasPeer } from '../../topology/peering';

/** A table of the kernel, and the metric of our routes in it. */
export interface Place {
  readonly table: number;
  readonly metric: number;
}

/** Where the routes of a node stand. */
export const placeOf = ({ nodes, kernelTable, kernelMetric }: Fabric, node: string): Place => ({
  table: nodes[node].kernelTable ?? kernelTable,
  metric: nodes[node].kernelMetric ?? kernelMetric,
});

/** The neighbours of a node that are reached by a gateway of the fabric's choice. */
export const gatewaysOf = ({ nodes, peers }: Fabric, node: string) =>
  Object.values(peers).flatMap((peer) =>
    peer.address && peer.reachableBy && hasPeer(peer, node, nodes[node])
      ? [{ host: Prefix.host(peer.address), gateway: peer.reachableBy }]
      : [],
  );

/** Which kernel routes are workload routes of a node. */
export function workloadsOf({ nodes, ignoredInterfaces }: Fabric, node: string): WorkloadSelector {
  const { workloadInterfaces, workloadProtocols, workloadTables, workloadPrefixes } = nodes[node];
  return {
    interfaces: workloadInterfaces,
    protocols: workloadProtocols.map(({ number }) => number),
    prefixes: workloadPrefixes,
    ignored: ignoredInterfaces,
    ...(workloadTables.length > 0 && { tables: workloadTables }),
  };
}
