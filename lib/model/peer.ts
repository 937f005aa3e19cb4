import * as z from 'zod';
import {
  addressLeaf,
  asNumberLeaf,
  nameLeaf,
  numberLeaf,
  peerTypeLeaf,
  prefixLeaf,
  selectorLeaf,
  uplinkLeaf,
} from './leaf';
import { sessionOptions } from './session-options';

export type { PeerSpec } from './spec';

/**
 * BGP neighbours of every node (global), of one node, or of the nodes that a selector matches. The remote side is an
 * address, a link, the nodes that a selector matches, or any neighbour from a prefix.
 */
export const peerSchema = z
  .strictObject({
    node: nameLeaf.optional().describe('The node that peers with it. Default: every node does (a global peer).'),
    nodeSelector: selectorLeaf
      .optional()
      .describe("The nodes that peer with it, by their labels: `rack == 'a'`. Cannot be combined with `node`."),
    address: addressLeaf.optional().describe('Address of the neighbour.'),
    interface: uplinkLeaf
      .optional()
      .describe(
        'The neighbour is the one at the other end of this link, whatever its address (an unnumbered session): it is found by router advertisements (RFC 4861), and the session runs between link-local addresses. Without `families` it carries both; IPv4 routes have IPv6 next hops (RFC 8950). With a pattern such as `eth*`, where `*` matches any characters, each interface that is up and matches has a session of its own. The agent needs CAP_NET_RAW.',
      ),
    peerType: peerTypeLeaf
      .optional()
      .describe(
        "With an `interface`, instead of `asNumber`: the neighbour is in any other AS (`external`), as its OPEN says, or in the node's own (`internal`).",
      ),
    peerNode: nameLeaf
      .optional()
      .describe(
        'With an `interface`, and instead of an AS number: the node of the fabric at the other end of the link, at its `peerInterface`. Both ends are one session without addresses.',
      ),
    peerInterface: uplinkLeaf.optional().describe('The interface of `peerNode` at which the link ends.'),
    peerSelector: selectorLeaf
      .optional()
      .describe(
        'The neighbours are the nodes of the fabric that match this selector, with one session for each address family that both ends have.',
      ),
    prefix: prefixLeaf
      .optional()
      .describe('Accepts neighbours from any address in this prefix and never dials them (dynamic neighbours).'),
    maxNeighbours: numberLeaf(1, 65535)
      .optional()
      .describe('Maximum number of simultaneous neighbours from `prefix`, for each node. Default: 100.'),
    reversePeering: z
      .enum(['auto', 'mirror', 'manual'])
      .default('auto')
      .describe(
        'How a neighbour that is a node of the fabric gets its side of the session: automatically, without filters and `nextHop` of this entry (`auto`), automatically and with them (`mirror`, as in Calico), or not at all (`manual`). Default: `auto`.',
      ),
    localAddress: addressLeaf
      .optional()
      .describe(
        "Local address of the session, which is also the next hop advertised to an eBGP neighbour. Default: the node's address of that family.",
      ),
    asNumber: asNumberLeaf
      .optional()
      .describe(
        'AS number of the neighbour. Required, except with `peerType`, and with `peerSelector` and `peerNode`, where each node has its own.',
      ),
    reachableBy: addressLeaf
      .optional()
      .describe(
        'Gateway through which the node reaches the address: a route to the address via it is kept in the kernel for as long as the peer exists.',
      ),
    ...sessionOptions,
  })
  .describe('A BGP neighbour, or several.');

export type Peer = z.output<typeof peerSchema>;
