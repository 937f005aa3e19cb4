import * as z from 'zod';
import { bfdSchema } from './bfd';
import { addressLeaf, nameLeaf, routeMemoryLeaf, secretLeaf, selectorLeaf } from './leaf';

/** Route reflectors and their clients (RFC 4456). */
export const routeReflectorsSchema = z
  .strictObject({
    reflectors: z.array(nameLeaf).default([]).describe('The reflectors, by name; use two or more for redundancy.'),
    reflectorSelector: selectorLeaf.optional().describe('The reflectors, by their labels.'),
    clients: z.array(nameLeaf).default([]).describe('The clients, by name.'),
    clientSelector: selectorLeaf
      .optional()
      .describe(
        'The clients, by their labels; reflectors of the group are never its clients. Default, when `clients` is not given either: all other nodes.',
      ),
    clusterId: addressLeaf
      .optional()
      .describe(
        'Cluster ID shared by the reflectors. Default: each uses its own BGP identifier, so that a client can reach all others through any one of them.',
      ),
    password: secretLeaf
      .optional()
      .describe('Key that signs the sessions of the group (TCP MD5), given as a reference.'),
    maxRouteMemory: routeMemoryLeaf
      .optional()
      .describe(
        'Maximum memory, in MB, for the routes of one neighbour of the group; above it, the session with that neighbour is closed. Default: 500.',
      ),
    bfd: bfdSchema.optional().describe('Watch both ends of each session of the group with BFD. Default: no BFD.'),
  })
  .describe(
    'Route reflectors and their clients. Clients are excluded from the node-to-node mesh; reflectors stay in it, and reflectors that are not clients of each other peer with each other in any case.',
  );

export type RouteReflectors = z.output<typeof routeReflectorsSchema>;
