import * as z from 'zod';
import { AsNumber } from './as-number';
import { bfdSchema } from './bfd';
import { DEFAULT_AS_NUMBER, DEFAULT_PORT } from './defaults';
import { editionLeaf, FIRST_EDITION } from './edition';
import { filterSchema } from './filter';
import { fleetSchema } from './fleet';
import {
  asNumberLeaf,
  booleanLeaf,
  communityLeaf,
  interfaceLeaf,
  nameLeaf,
  numberLeaf,
  prefixLeaf,
  routeMemoryLeaf,
  secretLeaf,
  textLeaf,
} from './leaf';
import { nodeSchema } from './node';
import { peerSchema } from './peer';
import { sure } from './problem';
import { rackSchema } from './rack';
import { routeReflectorsSchema } from './route-reflectors';

export type { FabricSpec } from './spec';

/**
 * The fabric: one BGP domain. The only declaration of it: the TypeScript type of the constructs, the Terraform schema,
 * the agent's input validation and the reference docs are derived from this schema.
 */
export const fabricSchema = z
  .strictObject({
    name: nameLeaf.describe('Name of the fabric. It identifies the fabric and never changes.'),
    edition: editionLeaf
      .default(FIRST_EDITION)
      .describe(
        'Generation of the defaults (docs/editions.md). Default: in a stack, the edition the fabric already has, or the newest for a new fabric; in a fabric file, 1.',
      ),
    asNumber: asNumberLeaf
      .default(() => sure(AsNumber.parse(DEFAULT_AS_NUMBER)))
      .describe('AS number of every node that has none of its own. Default: 64512.'),
    nodeToNodeMesh: booleanLeaf.default(true).describe('Every node peers with every other node. Default: true.'),
    meshPassword: secretLeaf
      .optional()
      .describe(
        'Key that signs the sessions of the mesh (TCP MD5, RFC 2385), given as a reference: `file:/path`, `env:NAME` or `secret:NAME`.',
      ),
    meshRestartTime: numberLeaf(1, 4095, 'seconds')
      .optional()
      .describe(
        "Seconds for which nodes in the mesh retain each other's routes while an agent restarts (RFC 4724). Default: the fabric's `restartTime`.",
      ),
    meshBfd: bfdSchema.optional().describe('Watch both ends of each session of the mesh with BFD. Default: no BFD.'),
    listenPort: numberLeaf(1, 65535).default(DEFAULT_PORT).describe('TCP port that nodes listen on. Default: 179.'),
    holdTime: numberLeaf(0, 65535, 'seconds')
      .default(90)
      .describe('Hold time in seconds: 0, or 3 or more. Default: 90.'),
    keepaliveTime: numberLeaf(1, 21845, 'seconds')
      .optional()
      .describe('Keepalive interval in seconds. Default: a third of the hold time.'),
    connectRetryTime: numberLeaf(1, 65535, 'seconds')
      .default(5)
      .describe('Seconds between connection attempts. Default: 5.'),
    bindMode: z
      .enum(['all', 'nodeAddress'])
      .default('all')
      .describe(
        'Addresses that nodes listen on: all of their addresses, or only those given in the fabric. Default: `all`.',
      ),
    gracefulRestart: booleanLeaf
      .default(true)
      .describe(
        "Ask neighbours to retain a node's routes while its agent restarts (graceful restart, RFC 4724). Default: true.",
      ),
    restartTime: numberLeaf(1, 4095, 'seconds')
      .default(120)
      .describe(
        'Seconds for which neighbours retain them. It is also the longest time the kernel keeps the routes of neighbours that have not come back after the agent restarted. Default: 120.',
      ),
    multipath: numberLeaf(1, 64)
      .optional()
      .describe(
        'Maximum number of equal-cost paths to a prefix that a node uses at once (ECMP), all from external or all from internal neighbours. Default: 1.',
      ),
    maxRouteMemory: routeMemoryLeaf
      .optional()
      .describe(
        'Maximum memory, in MB, for the routes of all neighbours of a node together. Above it, the session that exceeds its fair share the most is closed. Default: 1000.',
      ),
    communities: z
      .record(nameLeaf, communityLeaf)
      .default({})
      .describe('Communities by name, for `prefixAdvertisements`.'),
    prefixAdvertisements: z
      .array(
        z
          .strictObject({
            prefix: prefixLeaf.describe('This prefix and every more specific prefix within it.'),
            communities: z
              .array(textLeaf)
              .min(1)
              .max(50)
              .describe('Communities to advertise them with: names from `communities`, or values.'),
          })
          .describe('Communities for the routes that nodes advertise within a prefix.'),
      )
      .max(500)
      .default([])
      .describe('Communities for routes that nodes originate, by prefix. Learned routes are left unchanged.'),
    ignoredInterfaces: z
      .array(interfaceLeaf)
      .default([])
      .describe('Interfaces (`*` matches any characters) whose routes are never workload routes.'),
    fleet: fleetSchema
      .optional()
      .describe(
        'How agents are reached whose node has no `endpoint`. Not part of the release. Default: each node has one.',
      ),
    logLevel: z
      .enum(['error', 'warn', 'info', 'debug'])
      .optional()
      .describe('Log level of the agents. Default: the level that each was started with.'),
    kernelTable: numberLeaf(1, 0xffffffff)
      .default(254)
      .describe('Kernel routing table that nodes install their routes in. Default: 254 (main).'),
    kernelMetric: numberLeaf(1, 0xffffffff)
      .default(200)
      .describe('Metric of those routes, so that they never replace routes of other programs. Default: 200.'),
    nodes: z.record(nameLeaf, nodeSchema).default({}).describe('The nodes, by name.'),
    peers: z.record(nameLeaf, peerSchema).default({}).describe('The neighbours, by name.'),
    racks: z.record(nameLeaf, rackSchema).default({}).describe('The racks, by name.'),
    routeReflectors: z
      .record(nameLeaf, routeReflectorsSchema)
      .default({})
      .describe('Groups of route reflectors with their clients, by name.'),
    filters: z.record(nameLeaf, filterSchema).default({}).describe('The filters, by name.'),
  })
  .describe('A fabric: one BGP domain with its nodes, peers, racks, route reflectors and filters.');

/** A validated and normalised fabric: defaults filled in, addresses and numbers parsed to value classes. */
export type Fabric = z.output<typeof fabricSchema>;
