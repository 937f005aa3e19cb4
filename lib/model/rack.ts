import * as z from 'zod';
import { addressLeaf, asNumberLeaf, peerTypeLeaf, uplinkLeaf } from './leaf';
import { sessionOptions } from './session-options';

/** The top-of-rack switch: a neighbour of each node in the rack. */
const topOfRackSchema = z
  .strictObject({
    ipv4Address: addressLeaf.optional().describe('Its address for IPv4 sessions.'),
    ipv6Address: addressLeaf.optional().describe('Its address for IPv6 sessions.'),
    interface: uplinkLeaf
      .optional()
      .describe(
        'Instead of addresses: it is at the other end of this link of each node (an unnumbered session, as with `interface` of a peer), or, with a pattern such as `eth*`, of each interface that is up and matches.',
      ),
    asNumber: asNumberLeaf
      .optional()
      .describe(
        "Its AS number. Default: the rack's, which makes it an internal neighbour that reflects routes (RFC 4456); with an `interface`, as `peerType` says.",
      ),
    peerType: peerTypeLeaf
      .optional()
      .describe(
        "With an `interface`, instead of `asNumber`: it is in any other AS (`external`), as its OPEN says, or in the node's own (`internal`). Default: `internal`.",
      ),
    ...sessionOptions,
  })
  .describe(
    "A top-of-rack neighbour. Being part of a rack implies a policy: without import rules all of its routes are accepted, and without export rules it is advertised the routes that originate in the node's own AS (an empty AS_PATH), so that the nodes of a rack back each other up and none provides transit between two top-of-rack neighbours. In edition 1 it is advertised everything.",
  );

/** Nodes that share an AS number and top-of-rack neighbours. */
export const rackSchema = z
  .strictObject({
    asNumber: asNumberLeaf.describe('AS number of the nodes in it that have none of their own.'),
    topOfRack: z
      .array(topOfRackSchema)
      .default([])
      .describe(
        'Top-of-rack neighbours of each node in it. Nodes of a rack that has any mesh only with the nodes of their own rack.',
      ),
  })
  .describe('A rack: nodes that share an AS number and top-of-rack neighbours.');
