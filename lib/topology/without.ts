import type { Fabric } from '../model/fabric';
import { named } from '../model/named';
import { nodesByAddress } from './membership';

/** A fabric without some of its nodes, their peers, and the peers that name them: nobody has a session with them. */
export function without(fabric: Fabric, gone: readonly string[]): Fabric {
  const isGone = new Set(gone.filter((name) => fabric.nodes[name]));
  if (isGone.size === 0) return fabric;
  const owners = nodesByAddress(fabric);
  const has = (name: string | undefined) => name !== undefined && isGone.has(name);
  return {
    ...fabric,
    nodes: named(Object.entries(fabric.nodes).filter(([name]) => !isGone.has(name))),
    peers: named(
      Object.entries(fabric.peers).filter(
        ([, { node, address, peerNode }]) =>
          !has(node) && !has(peerNode) && !has(address && owners.get(address.toString())),
      ),
    ),
  };
}
