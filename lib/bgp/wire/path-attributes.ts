/** Segment types of AS_PATH (RFC 4271 section 4.3, RFC 5065 section 3), by their numbers on the wire. */
export const SEGMENT = { set: 1, sequence: 2, confedSequence: 3, confedSet: 4 } as const;

export interface AsPathSegment {
  readonly type: (typeof SEGMENT)[keyof typeof SEGMENT];
  readonly members: readonly number[];
}

/**
 * Path attributes of a route, decoded and checked, as policy and the decision process use them. AS numbers have four
 * octets, merged from AS4_PATH.
 */
export interface PathAttributes {
  /** ORIGIN (1): 0 IGP, 1 EGP, 2 INCOMPLETE. */
  readonly origin?: 0 | 1 | 2;
  /** AS_PATH (2). */
  readonly asPath?: readonly AsPathSegment[];
  /** NEXT_HOP (3), or the next hop of MP_REACH_NLRI (14): 4 or 16 octets; the global address if there are two. */
  readonly nextHop?: Uint8Array;
  /** The link-local address that follows a global IPv6 next hop, 16 octets (RFC 2545 section 3). */
  readonly nextHopLinkLocal?: Uint8Array;
  /** MULTI_EXIT_DISC (4). */
  readonly med?: number;
  /** LOCAL_PREF (5). */
  readonly localPref?: number;
  /** ATOMIC_AGGREGATE (6). */
  readonly atomicAggregate?: boolean;
  /** AGGREGATOR (7); the address has 4 octets. */
  readonly aggregator?: { readonly as: number; readonly address: Uint8Array };
  /** COMMUNITIES (8), each 32 bits (RFC 1997). */
  readonly communities?: readonly number[];
  /** ORIGINATOR_ID (9), 32 bits. */
  readonly originatorId?: number;
  /** CLUSTER_LIST (10), each 32 bits, nearest first. */
  readonly clusterList?: readonly number[];
  /** EXTENDED COMMUNITIES (16), each 8 octets (RFC 4360). */
  readonly extendedCommunities?: readonly Uint8Array[];
  /** LARGE_COMMUNITY (32): global administrator and two local parts (RFC 8092). */
  readonly largeCommunities?: readonly (readonly [number, number, number])[];
  /** ONLY_TO_CUSTOMER (35), RFC 9234. */
  readonly onlyToCustomer?: number;
  /**
   * Attributes without a field here, as received: transitive ones are passed on with the Partial bit (RFC 4271 section
   * 5).
   */
  readonly unknown?: readonly UnknownAttribute[];
}

export interface UnknownAttribute {
  readonly type: number;
  readonly flags: number;
  readonly value: Uint8Array;
}
