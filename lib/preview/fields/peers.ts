import type { Fabric } from '../../model/fabric';
import type { Peer } from '../../model/peer';
import type { Prefix } from '../../model/prefix';
import { nodesByAddress } from '../../topology/derive';
import { MOST_NEIGHBOURS } from '../../topology/peering';
import { nextHopOption } from './next-hop';
import { byRoutes, type FieldRow, type FieldRows, isLower, openField, played } from './row';
import { sessionRows } from './session-options';

/** Whether the neighbours of a peer are outside the fabric. */
export const isOutside = (
  { address, prefix, interface: link, peerNode }: Pick<Peer, 'address' | 'prefix' | 'interface' | 'peerNode'>,
  fabric: Fabric,
): boolean =>
  peerNode === undefined &&
  (prefix !== undefined ||
    link !== undefined ||
    (address !== undefined && !nodesByAddress(fabric).has(address.toString())));

/** Whether `one` has addresses that are not in `other`. */
const beyond = (one: Prefix | undefined, other: Prefix | undefined): boolean =>
  one !== undefined && !other?.contains(one);

const dynamic: FieldRow<Prefix> = openField((was, is) => {
  const [goes, comes] = [beyond(was, is), beyond(is, was)];
  const ends = goes
    ? `ends sessions with neighbours of ${was} that ${is ? `are not in ${is}` : 'have no other peer'}`
    : '';
  const admits = comes ? `admits neighbours from ${is}` : '';
  return {
    clause: [ends, admits].filter((part) => part !== '').join(' and '),
    ask: `which neighbours connect from there is known only to the nodes: peerform status lists those that are up; whoever runs them must know${goes ? ' before their sessions end' : ''}${comes ? '. A route that a new one sends may be preferred to one that nodes have now' : ''}`,
    mayLose: goes,
  };
});

/**
 * With `mirror`, the node at the other end also uses the filters and the next hop of the entry; with the other values
 * it does not.
 */
const reversePeering: FieldRow<Peer['reversePeering'], Peer> = (was, is, place) => {
  const [old, now] = [place.was, place.is];
  const hasFilters = [old, now].some((peer) => peer !== undefined && peer.filters.length > 0);
  const hasNextHop = [old, now].some((peer) => peer !== undefined && peer.nextHop !== 'auto');
  return [
    ...played(was, is, place),
    ...(hasFilters ? byRoutes()(was, is, place) : []),
    ...(hasNextHop ? nextHopOption(old?.nextHop, now?.nextHop, place) : []),
  ];
};

/** What a change to each field of a peer can do to routes. */
export const PEER_FIELDS: FieldRows<Peer> = {
  ...sessionRows(
    (peer, fabric) => isOutside(peer as Peer, fabric),
    (peer) => (peer as Peer).prefix === undefined,
  ),
  // Which sessions exist, and what happens to them.
  ...{ node: played, nodeSelector: played, address: played, peerSelector: played },
  ...{ localAddress: played, asNumber: played, interface: played, peerType: played },
  ...{ peerNode: played, peerInterface: played },
  reversePeering,
  prefix: dynamic,
  maxNeighbours: openField((was, is) =>
    isLower(was, is, MOST_NEIGHBOURS)
      ? {
          clause: 'may turn neighbours away',
          ask: `on a node with more than ${is ?? MOST_NEIGHBOURS} neighbours of the prefix, those that connect again are refused: compare with the number that peerform status shows`,
          mayLose: true,
        }
      : undefined,
  ),
  reachableBy: openField((was, is) => ({
    clause: 'changes the route by which nodes reach the neighbour',
    ask: `${is ? `the route to the neighbour leads through ${is}` : `the route to the neighbour through ${was} is removed`}: the session is lost if it is not reachable that way. Check it on the nodes (ip route get), and with whoever runs the gateway`,
    mayLose: true,
  })),
};
