import { ADDRESS_FAMILIES } from '../model/address';
import { AsPathPattern } from '../model/as-path-pattern';
import { DEFAULT_PORT } from '../model/defaults';
import type { Fabric } from '../model/fabric';
import type { Policy } from '../model/filter';
import { sure } from '../model/problem';
import { sessionOf } from './link';
import { addressOf, rackOf } from './membership';
import { overLink } from './over-link';
import type { Session } from './session';

type TopOfRack = Fabric['racks'][string]['topOfRack'][number];

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
  const common = { kind: 'rack', origin: `racks.${node.rack}` } as const;
  const defaults = { import: EVERYTHING, export: fabric.edition === 1 ? EVERYTHING : OWN_AS_ROUTES };
  return (rack?.topOfRack ?? []).flatMap((top) => {
    if (top.interface !== undefined) {
      const { ends, options } = overLink(fabric, name, { ...top, ...onLinkOf(top), interface: top.interface }, common);
      return [sessionOf(fabric, ends, options, defaults)];
    }
    return ADDRESS_FAMILIES.flatMap((family) => {
      const local = addressOf(node, family);
      const remote = family === 'ipv4' ? top.ipv4Address : top.ipv6Address;
      if (!local || !remote) return [];
      const remoteAs = top.asNumber ?? rack!.asNumber;
      const ends = { ...common, node: name, local, remote, remoteAs, port: top.port ?? DEFAULT_PORT };
      return [sessionOf(fabric, ends, top, defaults)];
    });
  });
}

/** At the end of a link it is internal unless its entry says another AS. */
const onLinkOf = ({ asNumber, peerType = 'internal' }: TopOfRack): Pick<TopOfRack, 'peerType'> =>
  asNumber === undefined ? { peerType } : {};
