import { z } from 'zod';
import { addressLeaf, asNumberLeaf, booleanLeaf, nameLeaf, numberLeaf } from './leaf';

/** A BGP neighbour of every node (global) or of one node. */
export const peerSchema = z
  .strictObject({
    node: nameLeaf.optional().describe('The node that peers with it; absent: every node does (a global peer).'),
    address: addressLeaf.describe('Address of the neighbour.'),
    localAddress: addressLeaf
      .optional()
      .describe("Address of the node that the session uses; absent: the node's own of that family."),
    port: numberLeaf(1, 65535)
      .optional()
      .describe("TCP port it listens on; absent: 179, or the fabric's for a node of the fabric."),
    asNumber: asNumberLeaf.describe('AS number of the neighbour.'),
    families: z
      .array(z.enum(['ipv4', 'ipv6']))
      .min(1)
      .optional()
      .describe('Address families that the session carries; absent: the one of the address.'),
    filters: z
      .array(nameLeaf)
      .default([])
      .describe('Filters in order; an outside eBGP neighbour without filters gets and gives nothing (RFC 8212).'),
    nextHop: z
      .enum(['auto', 'self', 'keep'])
      .default('auto')
      .describe(
        'NEXT_HOP of routes that go out: by the rules of RFC 4271 section 5.1.3, always our address, or unchanged.',
      ),
    passive: booleanLeaf.default(false).describe('Wait for the neighbour to connect, never dial.'),
    multihop: booleanLeaf
      .default(false)
      .describe('The neighbour may be more than one hop away (TTL 64 instead of 1 for eBGP).'),
    ttlSecurity: numberLeaf(1, 254, 'hops')
      .optional()
      .describe(
        'How many hops away the neighbour may be at most: packets from farther off are dropped (GTSM, RFC 5082; both ends must have it). Absent: no such check; present: `multihop` counts for nothing.',
      ),
    role: z
      .enum(['provider', 'customer', 'peer', 'routeServer', 'routeServerClient'])
      .optional()
      .describe(
        'What the node is towards an eBGP neighbour: routes do not leak from one provider or peer to another (RFC 9234). Absent: no check.',
      ),
    maxPrefixes: numberLeaf(1, 0xffffffff)
      .optional()
      .describe('More prefixes than this from the neighbour end the session; absent: 2000000.'),
    allowOwnAs: numberLeaf(0, 10)
      .optional()
      .describe("How often the node's own AS number may stand in the AS path of a route that comes in; absent: 0."),
    addPath: z
      .enum(['receive', 'send', 'both'])
      .optional()
      .describe('Take or send several paths to a prefix (ADD-PATH, RFC 7911); absent: one path each way.'),
    extendedNextHop: booleanLeaf
      .optional()
      .describe('IPv4 routes may have an IPv6 next hop (RFC 8950); absent: they may not.'),
    holdTime: numberLeaf(0, 65535, 'seconds').optional().describe("Hold time in seconds; absent: the fabric's."),
    keepaliveTime: numberLeaf(1, 21845, 'seconds')
      .optional()
      .describe('Keepalive time in seconds; absent: a third of the hold time.'),
  })
  .describe('A BGP neighbour.');

export type Peer = z.output<typeof peerSchema>;
export type PeerSpec = z.input<typeof peerSchema>;
