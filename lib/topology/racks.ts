import { ADDRESS_FAMILIES } from '../model/address';
import { AsPathPattern } from '../model/as-path-pattern';
import { DEFAULT_PORT } from '../model/defaults';
import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import { sure } from '../model/problem';
import { sessionOf } from './link';
import { addressOf, rackOf } from './membership';
import type { Session } from './session';

const EVERYTHING: Policy = { rules: [], otherwise: 'accept' };

/** Routes that originate in the local AS, at this node or another: their AS_PATH is empty. */
export const OWN_AS_ROUTES: Policy = {
  rules: [{ asPathMatches: sure(AsPathPattern.parse('^$')), action: 'accept' }],
  otherwise: 'reject',
};

/**
 * The sessions of a node with its top-of-rack neighbours. Being in a rack implies the policy: everything is accepted
 * from them, and from edition 2 on only routes of the local AS are advertised to them. So the nodes of a rack back each
 * other up, and none is transit between two top-of-rack neighbours.
 */
export function rackSessions(fabric: Fabric, name: string): Session[] {
  const node = fabric.nodes[name];
  const rack = rackOf(fabric, node);
  return (rack?.topOfRack ?? []).flatMap((top) =>
    ADDRESS_FAMILIES.flatMap((family) => {
      const local = addressOf(node, family);
      const remote = family === 'ipv4' ? top.ipv4Address : top.ipv6Address;
      if (!local || !remote) return [];
      const remoteAs = top.asNumber ?? rack!.asNumber;
      const ends = { kind: 'rack', origin: `racks.${node.rack}`, node: name, local, remote, remoteAs } as const;
      const defaults = { import: EVERYTHING, export: fabric.edition === 1 ? EVERYTHING : OWN_AS_ROUTES };
      return [sessionOf(fabric, { ...ends, port: top.port ?? DEFAULT_PORT }, top, defaults)];
    }),
  );
}
