import { z } from 'zod';
import { addressLeaf, asNumberLeaf } from './leaf';
import { sessionOptions } from './session-options';

/** The switch on top of a rack, a neighbour of each node in it. */
export const topOfRackSchema = z
  .strictObject({
    ipv4Address: addressLeaf.optional().describe('Its address for IPv4 sessions.'),
    ipv6Address: addressLeaf.optional().describe('Its address for IPv6 sessions.'),
    asNumber: asNumberLeaf
      .optional()
      .describe(
        "Its AS number; absent: the rack's, so that it is an internal neighbour, which reflects routes (RFC 4456).",
      ),
    ...sessionOptions,
  })
  .describe(
    'A top-of-rack neighbour. Without filters it gets and gives everything: that it stands in a rack is the policy.',
  );

/** Nodes that share an AS number and top-of-rack neighbours. */
export const rackSchema = z
  .strictObject({
    asNumber: asNumberLeaf.describe('AS number of the nodes in it that have none of their own.'),
    topOfRack: z
      .array(topOfRackSchema)
      .default([])
      .describe(
        'Neighbours of each node in it. Nodes of a rack that has some take part in the mesh of their own rack alone.',
      ),
  })
  .describe('A rack: nodes that share an AS number and top-of-rack neighbours.');

export type TopOfRack = z.output<typeof topOfRackSchema>;
export type Rack = z.output<typeof rackSchema>;
export type RackSpec = z.input<typeof rackSchema>;
