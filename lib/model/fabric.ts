import { z } from 'zod';
import { AsNumber } from './as-number';
import { DEFAULT_AS_NUMBER, DEFAULT_PORT } from './defaults';
import { filterSchema } from './filter';
import { asNumberLeaf, booleanLeaf, nameLeaf, numberLeaf } from './leaf';
import { nodeSchema } from './node';
import { peerSchema } from './peer';
import { sure } from './problem';

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
    multipath: numberLeaf(1, 64)
      .optional()
      .describe(
        'Most paths of equal cost to a prefix that a node uses side by side (ECMP), all of external or all of internal neighbours; absent: 1.',
      ),
    nodes: z.record(nameLeaf, nodeSchema).default({}).describe('The nodes, by name.'),
    peers: z.record(nameLeaf, peerSchema).default({}).describe('The neighbours, by name.'),
    filters: z.record(nameLeaf, filterSchema).default({}).describe('The filters, by name.'),
  })
  .describe('A fabric: one BGP domain with its nodes, peers and filters.');

/** A fabric that was read, checked and normalised: defaults filled in, addresses and numbers as value classes. */
export type Fabric = z.output<typeof fabricSchema>;

/** A fabric as people write it. */
export type FabricSpec = z.input<typeof fabricSchema>;
