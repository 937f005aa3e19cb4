import { z } from 'zod';
import { asNumberLeaf, booleanLeaf, nameLeaf, numberLeaf, secretLeaf, textLeaf } from './leaf';

/** What a session with a neighbour can have, wherever the neighbour is written: as a peer or as the top of a rack. */
export const sessionOptions = {
  port: numberLeaf(1, 65535)
    .optional()
    .describe("TCP port it listens on; absent: 179, or the fabric's for a node of the fabric."),
  localAsNumber: asNumberLeaf
    .optional()
    .describe("AS number that the node shows to this neighbour (RFC 7705); absent: the node's own."),
  localAsPrepend: z
    .enum(['import', 'export', 'both'])
    .optional()
    .describe(
      "Where a local AS that is not the node's own shows beside it (RFC 7705 section 3): in paths that come in, in those that go out, or in both. Absent: in neither, so that nobody sees a move.",
    ),
  password: secretLeaf
    .optional()
    .describe(
      'The key that signs the session (TCP MD5, RFC 2385), as a reference: `file:/path`, `env:NAME` or `secret:NAME`. Where the secret is missing the session stays down.',
    ),
  families: z
    .array(z.enum(['ipv4', 'ipv6']))
    .min(1)
    .max(2)
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
  maxPrefixesWarning: numberLeaf(1, 100, 'percent')
    .optional()
    .describe('From how many percent of `maxPrefixes` on it is told that the limit is near; absent: it is not told.'),
  maxPrefixesRestart: numberLeaf(0, 65535, 'seconds')
    .optional()
    .describe('Seconds after which a session that the limit ended may come up again; 0: not by itself. Absent: 300.'),
  allowOwnAs: numberLeaf(0, 10)
    .optional()
    .describe("How often the node's own AS number may stand in the AS path of a route that comes in; absent: 0."),
  rejectAsSets: booleanLeaf
    .optional()
    .describe('Routes with an AS_SET in their path are not used (RFC 9774); absent: they are, and marked.'),
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
  connectRetryTime: numberLeaf(1, 65535, 'seconds')
    .optional()
    .describe("Seconds between attempts to connect; absent: the fabric's."),
  restartTime: numberLeaf(1, 4095, 'seconds')
    .optional()
    .describe(
      "Seconds that the neighbour keeps the node's routes while its agent restarts (RFC 4724); absent: the fabric's.",
    ),
  adminDown: textLeaf
    .min(1)
    .max(255)
    .optional()
    .describe('Keeps the session down, for this reason, which the neighbour is told (RFC 9003). Absent: it runs.'),
} as const;
