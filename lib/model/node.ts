import * as z from 'zod';
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

export type { NodeSpec } from './spec';

/** A prefix that a node originates by configuration, such as its workload block. */
const advertisementSchema = z
  .strictObject({
    prefix: prefixLeaf.describe(
      'The prefix. It must not be a martian (docs/martians.md), as every neighbour would reject it.',
    ),
    blackhole: booleanLeaf
      .default(true)
      .describe(
        'Drop traffic to addresses of the prefix that have no more specific route, rather than sending it back along a default route. Default: true.',
      ),
    moreSpecifics: z
      .enum(['advertise', 'suppress'])
      .default('advertise')
      .describe('Whether workload routes within the prefix are advertised as well.'),
    communities: z.array(communityLeaf).max(100).default([]).describe('Communities to advertise it with.'),
  })
  .describe('A prefix that the node advertises regardless of its kernel routes.');

/** A Linux machine that runs an agent. */
export const nodeSchema = z
  .strictObject({
    endpoint: textLeaf
      .optional()
      .describe(
        'How to reach its agent, such as unix:///run/peerform/agent.sock. Not part of the release. Default: through the etcd of `fleet`.',
      ),
    ipv4Address: addressLeaf.optional().describe('IPv4 address for its IPv4 sessions.'),
    ipv6Address: addressLeaf.optional().describe('IPv6 address for its IPv6 sessions.'),
    asNumber: asNumberLeaf.optional().describe("Its own AS number. Default: its rack's, otherwise the fabric's."),
    routerId: addressLeaf
      .optional()
      .describe(
        'BGP identifier (router ID) as a dotted quad. Default: its IPv4 address, or one derived from its name.',
      ),
    labels: z.record(labelLeaf, textLeaf).default({}).describe('Labels for selectors to match.'),
    rack: nameLeaf.optional().describe('The rack that it is in.'),
    routeReflectorClusterId: addressLeaf
      .optional()
      .describe(
        'Makes it a route reflector for its internal neighbours, with this cluster ID (a dotted quad), and excludes it from the mesh, as Calico does. Reflectors of `routeReflectors` stay in the mesh.',
      ),
    advertise: z
      .array(advertisementSchema)
      .default([])
      .describe('Prefixes that it advertises regardless of its kernel routes.'),
    workloadInterfaces: z
      .array(interfaceLeaf)
      .default(['cali*'])
      .describe('Interfaces (`*` matches any characters) whose kernel routes are workload routes and are advertised.'),
    workloadProtocols: z
      .array(protocolLeaf)
      .default([])
      .describe(
        'Protocols whose kernel routes are workload routes too, on any interface, by the name or number that `ip route` shows.',
      ),
    workloadPrefixes: z
      .array(prefixLeaf)
      .default([])
      .describe('Kernel routes within these prefixes are workload routes too, on any interface.'),
    workloadTables: z
      .array(numberLeaf(1, 0xffffffff))
      .default([])
      .describe('Kernel routing tables that are watched for workload routes. Default: the main table.'),
    kernelTable: numberLeaf(1, 0xffffffff)
      .optional()
      .describe("Kernel routing table that it installs its routes in. Default: the fabric's."),
    kernelMetric: numberLeaf(1, 0xffffffff)
      .optional()
      .describe("Metric of its routes in the kernel. Default: the fabric's."),
    drain: booleanLeaf
      .optional()
      .describe(
        'Takes it out of service: its routes become the least preferred everywhere (graceful shutdown, RFC 8326) and are then withdrawn. `false` brings it back into service even if a command drained it. Default: commands decide.',
      ),
  })
  .describe('A node of the fabric.');

export type Node = z.output<typeof nodeSchema>;
