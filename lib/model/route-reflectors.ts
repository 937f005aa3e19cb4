import { z } from 'zod';
import { addressLeaf, nameLeaf, secretLeaf, selectorLeaf } from './leaf';

/** Nodes that reflect routes, and the nodes that they reflect them to (RFC 4456). */
export const routeReflectorsSchema = z
  .strictObject({
    reflectors: z.array(nameLeaf).default([]).describe('The nodes that reflect, by name: two or more for redundancy.'),
    reflectorSelector: selectorLeaf.optional().describe('The nodes that reflect, by their labels.'),
    clients: z.array(nameLeaf).default([]).describe('The clients, by name.'),
    clientSelector: selectorLeaf
      .optional()
      .describe(
        'The clients, by their labels. Reflectors of the group are none; neither `clients` nor this: all other nodes.',
      ),
    clusterId: addressLeaf
      .optional()
      .describe(
        'Cluster id that the reflectors share. Absent: each has its own BGP identifier, so that a client reaches all others over any one of them.',
      ),
    password: secretLeaf.optional().describe('The key that signs the sessions of the group (TCP MD5), as a reference.'),
  })
  .describe(
    'Route reflectors and their clients. Both are left out of the node-to-node mesh; reflectors that are not clients of one another peer with one another.',
  );

export type RouteReflectors = z.output<typeof routeReflectorsSchema>;
export type RouteReflectorsSpec = z.input<typeof routeReflectorsSchema>;
