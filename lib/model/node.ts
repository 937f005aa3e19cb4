import { z } from 'zod';
import { addressLeaf, asNumberLeaf, textLeaf } from './leaf';

/** A Linux machine that runs an agent. */
export const nodeSchema = z
  .strictObject({
    endpoint: textLeaf
      .optional()
      .describe(
        'Where its agent is reached: unix:///run/peerform/agent.sock, or ssh://[user@]host[:port][/path/of/socket]. No part of the release.',
      ),
    ipv4Address: addressLeaf.optional().describe('IPv4 address that its IPv4 sessions use.'),
    ipv6Address: addressLeaf.optional().describe('IPv6 address that its IPv6 sessions use.'),
    asNumber: asNumberLeaf.optional().describe("Its own AS number; absent: the fabric's."),
    routerId: addressLeaf
      .optional()
      .describe('BGP identifier as a dotted quad; absent: its IPv4 address, or one derived from its name.'),
    workloadInterfaces: z
      .array(textLeaf)
      .default(['cali*'])
      .describe('Interfaces, * for any characters, whose kernel routes are workload routes and are advertised.'),
  })
  .describe('A node of the fabric.');

export type Node = z.output<typeof nodeSchema>;
export type NodeSpec = z.input<typeof nodeSchema>;
