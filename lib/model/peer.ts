import { z } from 'zod';
import { addressLeaf, asNumberLeaf, nameLeaf, numberLeaf, prefixLeaf, selectorLeaf } from './leaf';
import { sessionOptions } from './session-options';

/**
 * BGP neighbours of every node (global), of one node, or of the nodes that a selector chooses. The other side is an address, the nodes
 * of the fabric that a selector chooses, or whoever comes from a prefix.
 */
export const peerSchema = z
  .strictObject({
    node: nameLeaf.optional().describe('The node that peers with it; absent: every node does (a global peer).'),
    nodeSelector: selectorLeaf
      .optional()
      .describe("The nodes that peer with it, by their labels: `rack == 'a'`. Beside no `node`."),
    address: addressLeaf.optional().describe('Address of the neighbour.'),
    peerSelector: selectorLeaf
      .optional()
      .describe('The neighbours are the nodes of the fabric with these labels, in each family that both ends have.'),
    prefix: prefixLeaf
      .optional()
      .describe('Neighbours may come from any address of this prefix, and are not dialled (dynamic neighbours).'),
    maxNeighbours: numberLeaf(1, 65535)
      .optional()
      .describe('Most neighbours of `prefix` at once, for each node; absent: 100.'),
    reversePeering: z
      .enum(['auto', 'mirror', 'manual'])
      .default('auto')
      .describe(
        'Whether a neighbour that is a node of the fabric gets the other side of the session by itself: with no filters and next hop of its own (`auto`, if absent), with those of this side as well (`mirror`, as in Calico), or not (`manual`).',
      ),
    localAddress: addressLeaf
      .optional()
      .describe("Address of the node that the session uses; absent: the node's own of that family."),
    asNumber: asNumberLeaf
      .optional()
      .describe('AS number of the neighbour. Must stand but beside `peerSelector`, where each node has its own.'),
    reachableBy: addressLeaf
      .optional()
      .describe(
        'Gateway over which the node reaches the address: a route to it stands in the kernel while the peer does.',
      ),
    ...sessionOptions,
  })
  .describe('A BGP neighbour, or several.');

export type Peer = z.output<typeof peerSchema>;
export type PeerSpec = z.input<typeof peerSchema>;
