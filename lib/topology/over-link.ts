import { AsNumber } from '../model/as-number';
import { DEFAULT_PORT } from '../model/defaults';
import type { Fabric } from '../model/fabric';
import type { Peer } from '../model/peer';
import { sure } from '../model/problem';
import { overCable } from './cable';
import type { Ends, SessionOptions } from './link';
import { linkEnds } from './link-end';
import { asNumberOf } from './membership';

/** A neighbour at the other end of a link without addresses. */
type LinkNeighbour = SessionOptions & Pick<Peer, 'asNumber' | 'peerType' | 'port'> & { readonly interface: string };

/** Stands for the AS number of a neighbour in any other AS: the last private one (RFC 6996), or the one before. */
const UNKNOWN_AS = [4294967294, 4294967293].map((value) => sure(AsNumber.parse(value)));

/**
 * The session of a node with an outside neighbour at the other end of a link without addresses. It carries both
 * families (RFC 8950).
 */
export function overLink(
  fabric: Fabric,
  node: string,
  neighbour: LinkNeighbour,
  common: Pick<Ends, 'kind' | 'origin'>,
): { readonly ends: Ends; readonly options: SessionOptions } {
  const { interface: link, asNumber, peerType, port = DEFAULT_PORT } = neighbour;
  const localAs = neighbour.localAsNumber ?? asNumberOf(fabric, fabric.nodes[node]);
  const isAny = asNumber === undefined && peerType !== 'internal';
  const remoteAs = isAny ? UNKNOWN_AS.find((as) => !as.equals(localAs))! : (asNumber ?? localAs);
  return {
    ends: {
      ...common,
      ...linkEnds(node, link),
      node,
      port,
      interface: link,
      remoteAs,
      ...(isAny && { anyExternal: true }),
    },
    options: { ...neighbour, ...overCable(neighbour) },
  };
}
