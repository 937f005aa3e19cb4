/** An address that two nodes have. */
export const ANYCAST = '198.51.100.53';

/** A neighbour of the router below. */
export interface AnycastNode {
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  readonly as: number;
  readonly preference: number;
}

/**
 * BIRD of AS 65001 that keeps routes over a restart (RFC 4724), goes round who asks for it (RFC 8326), and puts the
 * best into its kernel.
 */
export const anycastRouter = (routerId: string, nodes: readonly AnycastNode[]): string => `
router id ${routerId};
protocol device {}
protocol kernel { ipv4 { export all; }; }
${nodes
  .map(
    ({ name, local, remote, as, preference }) => `
protocol bgp ${name} {
  local ${local} as 65001; neighbor ${remote} as ${as}; connect retry time 1; error wait time 1, 2;
  graceful restart on; graceful restart time 120;
  ipv4 {
    import filter { bgp_local_pref = ${preference}; if (65535, 0) ~ bgp_community then bgp_local_pref = 0; accept; };
    export none;
  };
}`,
  )
  .join('')}
`;

/** BIRD of a node that has the address and nothing else. */
export const anycastStandIn = (address: string, router: string, as: number): string => `
router id ${address};
protocol device {}
protocol static { ipv4; route ${ANYCAST}/32 blackhole; }
protocol bgp upstream {
  local as ${as}; neighbor ${router} as 65001; connect retry time 1; ipv4 { import none; export all; };
}
`;
