import type { IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import { explicitSessionsOf } from '../topology/derive';

/**
 * Where a node listens. Default: all addresses of the node's families, so that one may appear or move while the agent
 * runs.
 */
export function listeningOf(fabric: Fabric, node: string): { address: string; port: number }[] {
  const { bindMode, listenPort: port, nodes } = fabric;
  const { ipv4Address, ipv6Address } = nodes[node];
  const at = (own: IpAddress | undefined, any: string) =>
    own ? [{ address: bindMode === 'nodeAddress' ? own.toString() : any, port }] : [];
  // The link-local addresses of sessions over links come and go with these, which any address includes.
  const isOverLinks = ({ interface: link }: { readonly interface?: string }) => link !== undefined;
  const hasMore = bindMode !== 'nodeAddress' && !ipv6Address && explicitSessionsOf(fabric, node).some(isOverLinks);
  return [...at(ipv4Address, '0.0.0.0'), ...at(ipv6Address, '::'), ...(hasMore ? [{ address: '::', port }] : [])];
}
