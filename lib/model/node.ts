import { z } from 'zod';
import {
  addressLeaf,
  asNumberLeaf,
  booleanLeaf,
  communityLeaf,
  interfaceLeaf,
  labelLeaf,
  nameLeaf,
  numberLeaf,
  prefixLeaf,
  protocolLeaf,
  textLeaf,
} from './leaf';

/** A prefix that a node advertises of its own accord, such as the block of its workloads. */
export const advertisementSchema = z
  .strictObject({
    prefix: prefixLeaf.describe('The prefix.'),
    blackhole: booleanLeaf
      .default(true)
      .describe(
        'What of it leads nowhere is dropped by the node, rather than sent back along a default route; true if absent.',
      ),
    moreSpecifics: z
      .enum(['advertise', 'suppress'])
      .default('advertise')
      .describe('Whether workload routes within the prefix are advertised beside it.'),
    communities: z.array(communityLeaf).max(100).default([]).describe('Communities that it is advertised with.'),
  })
  .describe('A prefix that the node advertises whatever its kernel has.');

/** A Linux machine that runs an agent. */
export const nodeSchema = z
  .strictObject({
    endpoint: textLeaf
      .optional()
      .describe('Where its agent is reached: unix:///run/peerform/agent.sock. No part of the release.'),
    ipv4Address: addressLeaf.optional().describe('IPv4 address that its IPv4 sessions use.'),
    ipv6Address: addressLeaf.optional().describe('IPv6 address that its IPv6 sessions use.'),
    asNumber: asNumberLeaf.optional().describe("Its own AS number; absent: its rack's, else the fabric's."),
    routerId: addressLeaf
      .optional()
      .describe('BGP identifier as a dotted quad; absent: its IPv4 address, or one derived from its name.'),
    labels: z.record(labelLeaf, textLeaf).default({}).describe('Labels that selectors choose it by.'),
    rack: nameLeaf.optional().describe('The rack that it stands in.'),
    routeReflectorClusterId: addressLeaf
      .optional()
      .describe(
        'Makes it a route reflector for its internal neighbours, with this cluster id (a dotted quad), and leaves it out of the mesh, as Calico does. `routeReflectors` says the same for a whole group.',
      ),
    advertise: z
      .array(advertisementSchema)
      .default([])
      .describe('Prefixes that it advertises whatever its kernel has.'),
    workloadInterfaces: z
      .array(interfaceLeaf)
      .default(['cali*'])
      .describe('Interfaces, * for any characters, whose kernel routes are workload routes and are advertised.'),
    workloadProtocols: z
      .array(protocolLeaf)
      .default([])
      .describe(
        'Protocols whose kernel routes are workload routes too, whatever the interface, by the name or number that `ip route` shows.',
      ),
    workloadPrefixes: z
      .array(prefixLeaf)
      .default([])
      .describe('Kernel routes within these prefixes are workload routes too, whatever the interface.'),
    workloadTables: z
      .array(numberLeaf(1, 0xffffffff))
      .default([])
      .describe('Kernel tables that workload routes are looked for in; absent: the main table.'),
    kernelTable: numberLeaf(1, 0xffffffff)
      .optional()
      .describe("Kernel table that its routes are written to; absent: the fabric's."),
    kernelMetric: numberLeaf(1, 0xffffffff)
      .optional()
      .describe("Metric that its routes have in the kernel; absent: the fabric's."),
    drain: booleanLeaf
      .optional()
      .describe(
        'Its traffic goes elsewhere: its routes are the last choice of all others (RFC 8326), then gone. False brings it back into service also where a command drained it; absent: commands decide.',
      ),
  })
  .describe('A node of the fabric.');

export type Advertisement = z.output<typeof advertisementSchema>;
export type Node = z.output<typeof nodeSchema>;
export type NodeSpec = z.input<typeof nodeSchema>;
