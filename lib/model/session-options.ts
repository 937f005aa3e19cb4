import * as z from 'zod';
import { bfdSchema } from './bfd';
import { asNumberLeaf, booleanLeaf, nameLeaf, numberLeaf, routeMemoryLeaf, secretLeaf, textLeaf } from './leaf';

/** Options of a session, for peers and for the top of a rack. */
export const sessionOptions = {
  port: numberLeaf(1, 65535)
    .optional()
    .describe("TCP port that the neighbour listens on. Default: 179, or the fabric's port for a node of the fabric."),
  localAsNumber: asNumberLeaf
    .optional()
    .describe("AS number that the node presents to this neighbour (local AS, RFC 7705). Default: the node's own."),
  localAsPrepend: z
    .enum(['import', 'export', 'both'])
    .optional()
    .describe(
      "Where a local AS other than the node's own is prepended in addition to it (RFC 7705 section 3): to received paths, to advertised paths, or to both. Default: to neither, so that an AS migration is invisible to others.",
    ),
  password: secretLeaf
    .optional()
    .describe(
      'Key that signs the session (TCP MD5, RFC 2385), given as a reference: `file:/path`, `env:NAME` or `secret:NAME`. If the secret is missing, the session stays down.',
    ),
  families: z
    .array(z.enum(['ipv4', 'ipv6']))
    .min(1)
    .max(2)
    .optional()
    .describe('Address families that the session carries. Default: the family of the address.'),
  filters: z
    .array(nameLeaf)
    .default([])
    .describe(
      'Filters, in order. Without filters, no routes are accepted from or advertised to an eBGP neighbour outside the fabric (RFC 8212).',
    ),
  nextHop: z
    .enum(['auto', 'self', 'keep'])
    .default('auto')
    .describe(
      "NEXT_HOP of advertised routes: by the rules of RFC 4271 section 5.1.3, always this node (the session's local address for an eBGP neighbour, the node's own address for an iBGP neighbour), or unchanged.",
    ),
  passive: booleanLeaf.default(false).describe('Wait for the neighbour to connect; never dial.'),
  multihop: booleanLeaf
    .default(false)
    .describe('The neighbour may be more than one hop away (TTL 64 instead of 1 for eBGP).'),
  ttlSecurity: numberLeaf(1, 254, 'hops')
    .optional()
    .describe(
      'Maximum number of hops to the neighbour: packets from farther away are dropped (GTSM, RFC 5082; both ends must enable it). Overrides `multihop`. Default: no such check.',
    ),
  role: z
    .enum(['provider', 'customer', 'peer', 'routeServer', 'routeServerClient'])
    .optional()
    .describe(
      'BGP role of the node towards an eBGP neighbour: prevents route leaks from one provider or peer to another (RFC 9234). Default: no check.',
    ),
  maxPrefixes: numberLeaf(1, 0xffffffff)
    .optional()
    .describe('Maximum number of prefixes from the neighbour; above it, the session is closed. Default: 2000000.'),
  maxPrefixesWarning: numberLeaf(1, 100, 'percent')
    .optional()
    .describe('Percentage of `maxPrefixes` from which a warning is logged. Default: no warning.'),
  maxPrefixesRestart: numberLeaf(0, 65535, 'seconds')
    .optional()
    .describe(
      'Seconds until a session that was closed by a limit may come up again; 0 means it stays down until `peerform reset` or the limit changes. Default: 300.',
    ),
  maxRouteMemory: routeMemoryLeaf
    .optional()
    .describe(
      'Maximum memory, in MB, for the routes of the neighbour; above it, the session is closed (Cease, Out of Resources: RFC 4486). Default: 500. A million Internet routes take about 160.',
    ),
  allowOwnAs: numberLeaf(0, 10)
    .optional()
    .describe("How many times the node's own AS number may occur in the AS path of a received route. Default: 0."),
  rejectAsSets: booleanLeaf
    .optional()
    .describe('Do not use routes with an AS_SET in their path (RFC 9774). Default: they are used, and marked.'),
  addPath: z
    .enum(['receive', 'send', 'both'])
    .optional()
    .describe('Receive or send several paths to a prefix (ADD-PATH, RFC 7911). Default: one path each way.'),
  extendedNextHop: booleanLeaf
    .optional()
    .describe('IPv4 routes may have an IPv6 next hop (extended next hop, RFC 8950). Default: they may not.'),
  holdTime: numberLeaf(0, 65535, 'seconds').optional().describe("Hold time in seconds. Default: the fabric's."),
  keepaliveTime: numberLeaf(1, 21845, 'seconds')
    .optional()
    .describe('Keepalive interval in seconds. Default: a third of the hold time.'),
  connectRetryTime: numberLeaf(1, 65535, 'seconds')
    .optional()
    .describe("Seconds between connection attempts. Default: the fabric's."),
  restartTime: numberLeaf(1, 4095, 'seconds')
    .optional()
    .describe(
      "Seconds for which the neighbour retains the node's routes while its agent restarts (RFC 4724). Default: the fabric's.",
    ),
  bfd: bfdSchema
    .optional()
    .describe('Watch the neighbour with BFD (RFC 5880), which it must have enabled too. Default: no BFD.'),
  adminDown: textLeaf
    .min(1)
    .max(255)
    .optional()
    .describe(
      'Keeps the session administratively down, for this reason, which is sent to the neighbour (RFC 9003). Default: the session is enabled.',
    ),
  expect: z
    .enum(['up', 'down'])
    .optional()
    .describe(
      'Whether a deploy requires the session to be up: with `down`, the gate of a wave passes whether it comes up or not (for a neighbour that is not there yet, or under maintenance). Default: `up`.',
    ),
} as const;
