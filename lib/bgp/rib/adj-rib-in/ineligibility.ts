/*
 * Why a path may not be used (RFC 4271 section 9.1.2 excludes it from the decision): the one table that the RIB goes
 * by, and that `routes`, events and the log take their words from. On the hot path only in so far as it runs once for
 * each attribute set that comes.
 */

import { isLeak } from '../only-to-customer';
import type { PeerState } from '../peer';
import { MARK, OWN_AS_SHIFT } from '../table/attribute-facts';
import type { NextHop } from '../table/next-hop-table';

/** An ineligibility for people. */
export interface Described {
  /** Said of a path. */
  readonly text: string;
  readonly clause: string;
  /** Only the neighbour, or the configuration of its session, can fix it, and nothing else shows it: it is reported. */
  readonly isReported?: boolean;
}

interface Row<Of> extends Described {
  readonly holds: Of;
}

/** Without one of these, or an AS number of this node, no row of the table holds: so it is with most. */
const SUSPICIOUS = MARK.asSet | MARK.reflectionLoop | MARK.onlyToCustomer;

/**
 * By what the attributes of the path say; `ownAs`: how often AS numbers of this node stand in its AS_PATH. In this
 * order.
 */
export const BY_ATTRIBUTES = {
  'as-loop': {
    text: 'the AS number of this node is in AS_PATH',
    clause: 'RFC 4271 9.1.2',
    holds: (_, ownAs, { config }) => ownAs > config.allowOwnAs,
  },
  'as-set': {
    text: 'AS_PATH contains an AS_SET, which the session rejects',
    clause: 'RFC 9774 3',
    holds: (marks, _, { config }) => config.refuseAsSets === true && (marks & MARK.asSet) !== 0,
  },
  'reflection-loop': {
    text: 'this node, or its cluster, has already reflected it',
    clause: 'RFC 4456 8',
    holds: (marks) => (marks & MARK.reflectionLoop) !== 0,
  },
  'route-leak': {
    text: 'ONLY_TO_CUSTOMER shows that it is a route leak',
    clause: 'RFC 9234 5',
    holds: (marks, _, peer) => isLeak(marks, peer),
  },
} as const satisfies Record<string, Row<(marks: number, ownAs: number, peer: PeerState) => boolean>>;

/** By where its next hop is, seen from the session that it came over. In this order. */
export const BY_NEXT_HOP = {
  'next-hop-own': {
    text: 'the next hop is an address of this node, or the subnet-router anycast address of one of its links',
    clause: 'RFC 4271 6.3 (a), RFC 4291 2.6.1',
    holds: ({ isOwn, address }, peer) => isOwn && !address.equals(peer.config.address),
  },
  'next-hop-mapped': {
    text: 'the next hop is an IPv4-mapped IPv6 address, to which no IPv6 packet can be sent',
    clause: 'RFC 4291 2.5.5',
    isReported: true,
    holds: ({ kind }) => kind === 'mapped',
  },
  'next-hop-link-local': {
    text: 'the next hop is link-local, and the session does not run over a link of this node',
    clause: 'RFC 2545 3, RFC 4007 6',
    isReported: true,
    holds: ({ kind, interface: link }) => kind === 'link-local' && link === undefined,
  },
  'next-hop': {
    text: 'the next hop is unreachable',
    clause: 'RFC 4271 9.1.2.1',
    holds: ({ state }) => !state.reachable,
  },
  'next-hop-off-link': {
    text: 'the next hop is not on the link to this external neighbour, and the session is not `multihop`',
    clause: 'RFC 4271 5.1.3, 6.3 (b)',
    isReported: true,
    holds: ({ state, address }, peer) =>
      state.onLink === false && peer.isOnLink && !address.equals(peer.config.address),
  },
  'next-hop-default': {
    text: 'the next hop is no longer on any link: it is reached through a default route, and the session is not `multihop`',
    clause: 'RFC 4271 5.1.3',
    holds: ({ state, ways }, peer) => peer.isOnLink && !ways && state.isDefault === true,
  },
} as const satisfies Record<string, Row<(hop: NextHop, peer: PeerState) => boolean>>;

/** By what routes of this table lead to its next hop. */
export const BY_RECURSION = {
  'next-hop-recursive': {
    text: 'the next hop is reachable only through this route itself',
    clause: 'RFC 4271 9.1.2.1',
  },
} as const satisfies Record<string, Described>;

/** By its prefix. */
export const BY_PREFIX = {
  martian: {
    text: 'the prefix is a martian, and no import rule names it',
    clause: 'RFC 6890, RFC 7454 6.1.1',
    isReported: true,
  },
} as const satisfies Record<string, Described>;

/** By what the policy of this node says. */
export const BY_POLICY = {
  policy: { text: 'it is rejected by import policy', clause: 'RFC 4271 9.1.1' },
} as const satisfies Record<string, Described>;

/** Why a path may not be used. */
export type Ineligibility =
  | keyof typeof BY_ATTRIBUTES
  | keyof typeof BY_NEXT_HOP
  | keyof typeof BY_RECURSION
  | keyof typeof BY_PREFIX
  | keyof typeof BY_POLICY;

type AttributeName = keyof typeof BY_ATTRIBUTES;
type NextHopName = keyof typeof BY_NEXT_HOP;
const ATTRIBUTE_ROWS = (Object.keys(BY_ATTRIBUTES) as AttributeName[]).map((name) => ({
  name,
  ...BY_ATTRIBUTES[name],
}));
const NEXT_HOP_ROWS = (Object.keys(BY_NEXT_HOP) as NextHopName[]).map((name) => ({ name, ...BY_NEXT_HOP[name] }));
const ALL: Readonly<Record<Ineligibility, Described>> = {
  ...BY_ATTRIBUTES,
  ...BY_NEXT_HOP,
  ...BY_RECURSION,
  ...BY_PREFIX,
  ...BY_POLICY,
};

/**
 * What the attributes of a path have against it: its marks, and how often another AS number of this node than the
 * session's is in its AS_PATH.
 */
export function attributeIneligibility(marks: number, others: number, peer: PeerState): Ineligibility | undefined {
  const ownAs = (marks >>> OWN_AS_SHIFT) + others;
  if (ownAs === 0 && (marks & SUSPICIOUS) === 0) return undefined;
  for (let i = 0; i < ATTRIBUTE_ROWS.length; i++)
    if (ATTRIBUTE_ROWS[i].holds(marks, ownAs, peer)) return ATTRIBUTE_ROWS[i].name;
  return undefined;
}

/** What the next hop of a path has against it; undefined stands for this node itself. */
export function nextHopIneligibility(hop: NextHop | undefined, peer: PeerState): Ineligibility | undefined {
  if (hop === undefined || hop.isFree) return undefined;
  for (let i = 0; i < NEXT_HOP_ROWS.length; i++) if (NEXT_HOP_ROWS[i].holds(hop, peer)) return NEXT_HOP_ROWS[i].name;
  return undefined;
}

/** Whether what a path that is not the best one has against it is an ineligibility, not a step of the decision. */
export const isIneligibility = (reason: string): reason is Ineligibility => Object.hasOwn(ALL, reason);

/** The words of an ineligibility, with the clause that it rests on. */
export const describeIneligibility = (why: Ineligibility): string => `${ALL[why].text} (${ALL[why].clause})`;

/** Whether it is one of the next hop. */
export const isOfNextHop = (why: Ineligibility): boolean => Object.hasOwn(BY_NEXT_HOP, why);

/**
 * Whether the path went through this AS, or its cluster, before: so it is with what a neighbour sends back, and it is
 * nobody's fault.
 */
export const isOfLoop = (why: Ineligibility): boolean => why === 'as-loop' || why === 'reflection-loop';

/** Whether it is reported to people. */
export const isReported = (why: Ineligibility): boolean => ALL[why].isReported === true;
