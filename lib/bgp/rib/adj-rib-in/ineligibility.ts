/*
 * Why a path is ineligible (RFC 4271 section 9.1.2 excludes it from the decision process): the only table, used by the
 * RIB, and for the words of `routes`, events and the log. On the hot path only in that it runs once for each received
 * attribute set.
 */

import { isLeak } from '../only-to-customer';
import type { PeerState } from '../peer';
import { MARK, OWN_AS_SHIFT } from '../table/attribute-facts';
import type { NextHop } from '../table/next-hop-table';

/** An ineligibility, for display. */
export interface Described {
  /** Describes the path. */
  readonly text: string;
  readonly clause: string;
  /**
   * Only the neighbour, or the configuration of its session, can fix it, and nothing else reveals it: it is reported.
   */
  readonly isReported?: boolean;
}

interface Row<Of> extends Described {
  readonly holds: Of;
}

/** Without any of these, or an AS number of this node, no row of the table applies, as for most sets. */
const SUSPICIOUS = MARK.asSet | MARK.reflectionLoop | MARK.onlyToCustomer;

/**
 * By the attributes of the path; `ownAs`: number of occurrences of this node's AS numbers in AS_PATH. In this order.
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

/** By the location of its next hop relative to the session. In this order. */
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

/** By routes of this table that lead to its next hop. */
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

/** By this node's policy. */
export const BY_POLICY = {
  policy: { text: 'it is rejected by import policy', clause: 'RFC 4271 9.1.1' },
} as const satisfies Record<string, Described>;

/** Why a path is ineligible. */
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
 * The ineligibility by attributes: the marks, and the number of occurrences in AS_PATH of this node's AS number if it
 * is not the session's.
 */
export function attributeIneligibility(marks: number, others: number, peer: PeerState): Ineligibility | undefined {
  const ownAs = (marks >>> OWN_AS_SHIFT) + others;
  if (ownAs === 0 && (marks & SUSPICIOUS) === 0) return undefined;
  for (let i = 0; i < ATTRIBUTE_ROWS.length; i++)
    if (ATTRIBUTE_ROWS[i].holds(marks, ownAs, peer)) return ATTRIBUTE_ROWS[i].name;
  return undefined;
}

/** The ineligibility by next hop; undefined stands for this node itself. */
export function nextHopIneligibility(hop: NextHop | undefined, peer: PeerState): Ineligibility | undefined {
  if (hop === undefined || hop.isFree) return undefined;
  for (let i = 0; i < NEXT_HOP_ROWS.length; i++) if (NEXT_HOP_ROWS[i].holds(hop, peer)) return NEXT_HOP_ROWS[i].name;
  return undefined;
}

/** Whether a path's reason for not being the best is an ineligibility, not a step of the decision process. */
export const isIneligibility = (reason: string): reason is Ineligibility => Object.hasOwn(ALL, reason);

/** The text of an ineligibility, with the RFC section. */
export const describeIneligibility = (why: Ineligibility): string => `${ALL[why].text} (${ALL[why].clause})`;

/** Whether it concerns the next hop. */
export const isOfNextHop = (why: Ineligibility): boolean => Object.hasOwn(BY_NEXT_HOP, why);

/** Whether the path already passed this AS, or its cluster, as paths that a neighbour sends back: not an error. */
export const isOfLoop = (why: Ineligibility): boolean => why === 'as-loop' || why === 'reflection-loop';

/** Whether it is reported. */
export const isReported = (why: Ineligibility): boolean => ALL[why].isReported === true;
