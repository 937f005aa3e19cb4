import { ADDRESS_FAMILIES, type AddressFamily, IpAddress } from '../model/address';
import type { Fabric } from '../model/fabric';
import type { Peer } from '../model/peer';
import type { Ends } from './link';
import { asNumberOf } from './membership';

/** A link without addresses between two nodes, seen from one of them. */
export interface Cable {
  readonly other: string;
  /** The interface of each end. */
  readonly link: string;
  readonly otherLink: string;
}

/** The cable of a peer, seen from the node that has the peer, or that it names; undefined if it has none. */
export function cableOf({ node, interface: link, peerNode, peerInterface }: Peer, name: string): Cable | undefined {
  if (node === undefined || link === undefined || peerNode === undefined || peerInterface === undefined)
    return undefined;
  if (name === node) return { other: peerNode, link, otherLink: peerInterface };
  return name === peerNode ? { other: node, link: peerInterface, otherLink: link } : undefined;
}

/**
 * The ends of the session over a cable; undefined if the fabric does not have both nodes. Each end is called after the
 * link on which the other node has it as a neighbour, so that both nodes have the same two names.
 */
export const cableEnds = (
  fabric: Fabric,
  node: string,
  { other, link, otherLink }: Cable,
): Omit<Ends, 'kind' | 'origin'> | undefined =>
  fabric.nodes[node] && fabric.nodes[other]
    ? {
        ...{ node, remoteNode: other, interface: link, port: fabric.listenPort },
        local: IpAddress.ofLink(`${other}%${otherLink}`),
        remote: IpAddress.ofLink(`${node}%${link}`),
        remoteAs: asNumberOf(fabric, fabric.nodes[other]),
      }
    : undefined;

/** Options of a session without addresses: it carries both families unless its entry says otherwise (RFC 8950). */
export const overCable = ({
  families = [...ADDRESS_FAMILIES],
}: {
  readonly families?: readonly AddressFamily[];
}): {
  readonly families: AddressFamily[];
  readonly extendedNextHop: boolean;
} => ({ families: [...families], extendedNextHop: families.includes('ipv4') });
