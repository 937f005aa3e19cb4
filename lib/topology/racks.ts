import { ADDRESS_FAMILIES } from '../model/address';
import { DEFAULT_PORT } from '../model/defaults';
import type { Fabric } from '../model/fabric';
import { sessionOf } from './link';
import { addressOf, rackOf } from './membership';
import type { Session } from './session';

/** The sessions of a node with the top of its rack. That a neighbour stands there is the policy: without filters everything goes through. */
export function rackSessions(fabric: Fabric, name: string): Session[] {
  const node = fabric.nodes[name],
    rack = rackOf(fabric, node);
  return (rack?.topOfRack ?? []).flatMap((top) =>
    ADDRESS_FAMILIES.flatMap((family) => {
      const local = addressOf(node, family),
        remote = family === 'ipv4' ? top.ipv4Address : top.ipv6Address;
      if (!local || !remote) return [];
      const remoteAs = top.asNumber ?? rack!.asNumber,
        ends = { kind: 'rack', origin: `racks.${node.rack}`, node: name, local, remote, remoteAs } as const;
      return [sessionOf(fabric, { ...ends, port: top.port ?? DEFAULT_PORT }, top, 'accept')];
    }),
  );
}
