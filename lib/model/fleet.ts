import * as z from 'zod';
import { memberLeaf, nameLeaf } from './leaf';

/** Where the agents of a fabric meet those who deploy. */
export const fleetSchema = z
  .strictObject({
    etcd: z
      .array(memberLeaf)
      .min(1)
      .max(15)
      .describe(
        'The members of the etcd that the agents take deploys from, as `host:port`; the port is 2379 by default.',
      ),
    prefix: nameLeaf
      .optional()
      .describe(
        'Name of their keys, as in `peerform agent --etcd etcd://host:2379/PREFIX`. Default: the name of the fabric.',
      ),
  })
  .describe('An etcd in which the agents of a fabric take deploys (docs/fleet.md).');

/** The endpoint of a node that has none of its own. */
export const fleetEndpoint = (etcd: readonly string[], prefix: string, node: string): string =>
  `etcd://${etcd.join(',')}/${prefix}/${node}`;
