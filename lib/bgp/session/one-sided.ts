import { CAPABILITY, capabilitiesOf } from '../wire/capability';
import { type Family, familyOf, numbersOf } from '../wire/family';
import type { Open } from '../wire/open';
import type { SessionConfig } from './config';

/** What only one of the two OPENs contains, so that the session does without it. */
export interface OneSided {
  /** Families configured here that the neighbour does not carry: none of their routes are exchanged. */
  readonly ours: readonly Family[];
  /** Families that only the neighbour announced. */
  readonly theirs: readonly Family[];
  /**
   * Families whose routes need an IPv6 next hop on this session, which the neighbour does not support (RFC 8950).
   */
  readonly nextHops: readonly Family[];
}

/** RFC 4760 section 8: a neighbour that announces no family supports IPv4 unicast. */
export function familiesOf(open: Open): Family[] {
  const said = capabilitiesOf(open.capabilities, CAPABILITY.multiprotocol);
  if (said.length === 0) return ['ipv4 unicast'];
  return [...new Set(said.flatMap(({ afi, safi }) => familyOf(afi, safi) ?? []))];
}

/** `common`: the families of both ends; `extended`: those of them with IPv6 next hops by RFC 8950. */
export function oneSidedOf(
  config: SessionConfig,
  open: Open,
  common: ReadonlySet<Family>,
  extended: ReadonlySet<Family>,
): OneSided {
  const needsIpv6 = config.extendedNextHop === true && config.remoteAddress.family === 'ipv6';
  return {
    ours: config.families.filter((family) => !common.has(family)),
    theirs: familiesOf(open).filter((family) => !common.has(family)),
    nextHops: needsIpv6
      ? [...common].filter((family) => numbersOf(family).address === 'ipv4' && !extended.has(family))
      : [],
  };
}
