import { z } from 'zod';
import { AsNumber } from './as-number';
import { DEFAULT_AS_NUMBER, DEFAULT_PORT } from './defaults';
import { filterSchema } from './filter';
import {
  asNumberLeaf,
  booleanLeaf,
  communityLeaf,
  interfaceLeaf,
  nameLeaf,
  numberLeaf,
  prefixLeaf,
  secretLeaf,
  textLeaf,
} from './leaf';
import { nodeSchema } from './node';
import { peerSchema } from './peer';
import { sure } from './problem';
import { rackSchema } from './rack';
import { routeReflectorsSchema } from './route-reflectors';

/**
 * The fabric: one BGP domain. This declaration is the TypeScript type of the constructs, the Terraform schema, the check at
 * the agent's door and the reference in the docs; nothing of it is declared again elsewhere.
 */
export const fabricSchema = z
  .strictObject({
    name: nameLeaf.describe('Name of the fabric; its identity, never changed.'),
    asNumber: asNumberLeaf
      .default(() => sure(AsNumber.parse(DEFAULT_AS_NUMBER)))
      .describe('AS number of every node that has none of its own; 64512 if absent.'),
    nodeToNodeMesh: booleanLeaf.default(true).describe('Every node peers with every other; true if absent.'),
    meshPassword: secretLeaf
      .optional()
      .describe(
        'The key that signs the sessions of the mesh (TCP MD5, RFC 2385), as a reference: `file:/path`, `env:NAME` or `secret:NAME`.',
      ),
    meshRestartTime: numberLeaf(1, 4095, 'seconds')
      .optional()
      .describe(
        "Seconds that nodes of the mesh keep one another's routes while an agent restarts (RFC 4724); absent: the fabric's `restartTime`.",
      ),
    listenPort: numberLeaf(1, 65535).default(DEFAULT_PORT).describe('TCP port that nodes listen on; 179 if absent.'),
    holdTime: numberLeaf(0, 65535, 'seconds')
      .default(90)
      .describe('Hold time in seconds, 0 or at least 3; 90 if absent.'),
    keepaliveTime: numberLeaf(1, 21845, 'seconds')
      .optional()
      .describe('Keepalive time in seconds; absent: a third of the hold time.'),
    connectRetryTime: numberLeaf(1, 65535, 'seconds')
      .default(5)
      .describe('Seconds between attempts to connect; 5 if absent.'),
    bindMode: z
      .enum(['all', 'nodeAddress'])
      .default('all')
      .describe('Addresses that nodes listen on: all that they have, or those of the fabric alone; `all` if absent.'),
    gracefulRestart: booleanLeaf
      .default(true)
      .describe("Neighbours are asked to keep a node's routes while its agent restarts (RFC 4724); true if absent."),
    restartTime: numberLeaf(1, 4095, 'seconds').default(120).describe('For how many seconds they are; 120 if absent.'),
    multipath: numberLeaf(1, 64)
      .optional()
      .describe(
        'Most paths of equal cost to a prefix that a node uses side by side (ECMP), all of external or all of internal neighbours; absent: 1.',
      ),
    communities: z
      .record(nameLeaf, communityLeaf)
      .default({})
      .describe('Communities by name, for `prefixAdvertisements`.'),
    prefixAdvertisements: z
      .array(
        z
          .strictObject({
            prefix: prefixLeaf.describe('Routes within this prefix, and it itself.'),
            communities: z
              .array(textLeaf)
              .min(1)
              .max(50)
              .describe('Communities that they are advertised with: names of `communities`, or values.'),
          })
          .describe('Communities for what nodes advertise of a prefix.'),
      )
      .max(500)
      .default([])
      .describe('Communities for what the nodes themselves advertise, by prefix; what was learned stays as it is.'),
    ignoredInterfaces: z
      .array(interfaceLeaf)
      .default([])
      .describe('Interfaces, * for any characters, whose routes are never workload routes.'),
    logLevel: z
      .enum(['error', 'warn', 'info', 'debug'])
      .optional()
      .describe('How much agents say; absent: what each was started with.'),
    kernelTable: numberLeaf(1, 0xffffffff)
      .default(254)
      .describe('Kernel table that nodes write their routes to; 254 (main) if absent.'),
    kernelMetric: numberLeaf(1, 0xffffffff)
      .default(200)
      .describe('Metric of those routes, so that no route of others is replaced; 200 if absent.'),
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

/** A fabric that was read, checked and normalised: defaults filled in, addresses and numbers as value classes. */
export type Fabric = z.output<typeof fabricSchema>;

/** A fabric as people write it. */
export type FabricSpec = z.input<typeof fabricSchema>;
