import { deploymentOf } from '../../test/provider/sequences/deployment';
import type { Block } from '../../test/provider/sequences/terraform';

export const PREFIX = 'bench';
export const nodeOf = (number: number): string => `node${number}`;
const REFLECTORS = [0, 1].map(nodeOf);

/** What Terraform would deploy: two route reflectors, one wave and a commit; `peers`: what a change adds. */
export function blocksOf(nodes: number, host: string, peers: number): Block[] {
  const names = Array.from({ length: nodes }, (_, i) => nodeOf(i));
  const endpoint = (node: string) => `etcd://${host}/${PREFIX}/${node}`;
  const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const endpoints = Object.fromEntries(names.map((node) => [node, endpoint(node)]));
  return deploymentOf(PREFIX, endpoints, {
    node_to_node_mesh: false,
    node: Object.fromEntries(names.map((node, i) => [node, { ipv4_address: address(i), endpoint: endpoint(node) }])),
    route_reflector: { reflectors: { reflectors: REFLECTORS } },
    peer: Object.fromEntries(
      Array.from({ length: peers }, (_, i) => [
        `tor${i}`,
        { node: nodeOf(i), address: `192.0.2.${i + 1}`, as_number: 65000, expect: 'down' },
      ]),
    ),
  });
}
