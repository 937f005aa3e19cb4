import type { PathAttributes } from '../path-attributes';
import type { Handling } from '../verdict';
import { origin } from './01-origin';
import { asPath } from './02-as-path';
import { nextHop } from './03-next-hop';
import { med } from './04-med';
import { localPref } from './05-local-pref';
import { atomicAggregate } from './06-atomic-aggregate';
import { aggregator } from './07-aggregator';
import { communities } from './08-communities';
import { originatorId } from './09-originator-id';
import { clusterList } from './10-cluster-list';
import { mpReach } from './14-mp-reach';
import { mpUnreach } from './15-mp-unreach';
import { extendedCommunities } from './16-extended-communities';
import { as4Path } from './17-as4-path';
import { as4Aggregator } from './18-as4-aggregator';
import { pmsiTunnel } from './22-pmsi-tunnel';
import { tunnelEncapsulation } from './23-tunnel-encapsulation';
import { trafficEngineering } from './24-traffic-engineering';
import { ipv6ExtendedCommunities } from './25-ipv6-extended-communities';
import { aigp } from './26-aigp';
import { linkState } from './29-link-state';
import { largeCommunities } from './32-large-communities';
import { onlyToCustomer } from './35-otc';
import { prefixSid } from './40-prefix-sid';
import { attrSet } from './128-attr-set';
import {
  type AdvertisementRule,
  clusterReflected,
  markedToCustomers,
  originatorReflected,
  ownNextHop,
  preferenceInside,
  prependedOutside,
  transitiveOutside,
  withinTheAs,
} from './advertisement';
import { ATTRIBUTE_FLAG, type AttributeCodec, type AttributeRow } from './attribute';
import { raw } from './raw';

export {
  ATTRIBUTE_FLAG,
  type Attribute,
  type AttributeRow,
  encodeAttribute,
  Malformed,
} from './attribute';

/** Type codes, by name. */
export const ATTRIBUTE = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  med: 4,
  localPref: 5,
  atomicAggregate: 6,
  aggregator: 7,
  communities: 8,
  originatorId: 9,
  clusterList: 10,
  mpReach: 14,
  mpUnreach: 15,
  extendedCommunities: 16,
  as4Path: 17,
  as4Aggregator: 18,
  largeCommunities: 32,
  onlyToCustomer: 35,
} as const;

const WELL_KNOWN = ATTRIBUTE_FLAG.transitive;
const OPTIONAL = ATTRIBUTE_FLAG.optional;
const TRANSITIVE = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;

const DISCARD: Handling = 'attribute-discard';
const WITHDRAW: Handling = 'treat-as-withdraw';
const RESET: Handling = 'session-reset';

interface Details {
  field?: keyof PathAttributes;
  internal?: true;
  wrongOptional?: Handling;
  wrongTransitive?: Handling;
  advertised?: AdvertisementRule;
}

const row = <T>(
  type: number,
  name: string,
  flags: number,
  malformed: Handling,
  codec: AttributeCodec<T>,
  { field, internal, wrongOptional, wrongTransitive, advertised }: Details = {},
): AttributeRow<T> => ({
  ...{
    type,
    name,
    flags,
    malformed,
    codec,
    internal: internal ?? false,
    ...(field && { field }),
    ...(advertised && { advertised }),
  },
  ...{ wrongOptional: wrongOptional ?? WITHDRAW, wrongTransitive: wrongTransitive ?? WITHDRAW },
});

/**
 * Every attribute that this speaker reads, or at least checks. The fourth column is the handling of a malformed value.
 * A wrong Optional or Transitive bit means treat-as-withdraw (RFC 7606 section 3 c), with these exceptions:
 * - ATOMIC_AGGREGATE and AGGREGATOR: section 3 (f) requires attribute discard for all their errors; AS4_AGGREGATOR is
 *   treated alike, as it carries the same information.
 * - MP_REACH_NLRI and MP_UNREACH_NLRI: section 5.3 counts wrong flags among the errors after which the routes are
 *   unknown.
 * - AIGP, BGP-LS and Prefix-SID: a wrong Transitive bit is among the errors for which RFC 7311 section 4, RFC 9552
 *   section 8.2.2 and RFC 8669 section 6 require attribute discard.
 *
 * A Partial bit where it must not be set is ignored: RFC 7606 section 3 (c) does not mention it, and speakers differ.
 * Malformed AS4_PATH and AS4_AGGREGATOR are discarded (RFC 6793 section 6). `advertised` defines how an attribute is
 * passed on to neighbours; without it, it is passed on unchanged.
 */
export const ATTRIBUTES = {
  origin: row(1, 'ORIGIN', WELL_KNOWN, WITHDRAW, origin, { field: 'origin' }),
  asPath: row(2, 'AS_PATH', WELL_KNOWN, WITHDRAW, asPath, { field: 'asPath', advertised: prependedOutside }),
  nextHop: row(3, 'NEXT_HOP', WELL_KNOWN, WITHDRAW, nextHop, { field: 'nextHop', advertised: ownNextHop }),
  med: row(4, 'MULTI_EXIT_DISC', OPTIONAL, WITHDRAW, med, { field: 'med', advertised: withinTheAs }),
  localPref: row(5, 'LOCAL_PREF', WELL_KNOWN, WITHDRAW, localPref, {
    field: 'localPref',
    internal: true,
    advertised: preferenceInside,
  }),
  atomicAggregate: row(6, 'ATOMIC_AGGREGATE', WELL_KNOWN, DISCARD, atomicAggregate, {
    ...{ field: 'atomicAggregate', wrongOptional: DISCARD, wrongTransitive: DISCARD },
  }),
  aggregator: row(7, 'AGGREGATOR', TRANSITIVE, DISCARD, aggregator, {
    ...{ field: 'aggregator', wrongOptional: DISCARD, wrongTransitive: DISCARD },
  }),
  communities: row(8, 'COMMUNITIES', TRANSITIVE, WITHDRAW, communities, { field: 'communities' }),
  originatorId: row(9, 'ORIGINATOR_ID', OPTIONAL, WITHDRAW, originatorId, {
    field: 'originatorId',
    internal: true,
    advertised: originatorReflected,
  }),
  clusterList: row(10, 'CLUSTER_LIST', OPTIONAL, WITHDRAW, clusterList, {
    field: 'clusterList',
    internal: true,
    advertised: clusterReflected,
  }),
  mpReach: row(14, 'MP_REACH_NLRI', OPTIONAL, RESET, mpReach, { wrongOptional: RESET, wrongTransitive: RESET }),
  mpUnreach: row(15, 'MP_UNREACH_NLRI', OPTIONAL, RESET, mpUnreach, { wrongOptional: RESET, wrongTransitive: RESET }),
  extendedCommunities: row(16, 'EXTENDED COMMUNITIES', TRANSITIVE, WITHDRAW, extendedCommunities, {
    field: 'extendedCommunities',
    advertised: transitiveOutside,
  }),
  as4Path: row(17, 'AS4_PATH', TRANSITIVE, DISCARD, as4Path),
  as4Aggregator: row(18, 'AS4_AGGREGATOR', TRANSITIVE, DISCARD, as4Aggregator, {
    ...{ wrongOptional: DISCARD, wrongTransitive: DISCARD },
  }),
  pmsiTunnel: row(22, 'PMSI_TUNNEL', TRANSITIVE, WITHDRAW, pmsiTunnel),
  tunnelEncapsulation: row(23, 'Tunnel Encapsulation', TRANSITIVE, WITHDRAW, tunnelEncapsulation),
  trafficEngineering: row(24, 'Traffic Engineering', OPTIONAL, WITHDRAW, trafficEngineering),
  ipv6ExtendedCommunities: row(25, 'IPv6 Extended Communities', TRANSITIVE, WITHDRAW, ipv6ExtendedCommunities),
  aigp: row(26, 'AIGP', OPTIONAL, DISCARD, aigp, { wrongTransitive: DISCARD }),
  linkState: row(29, 'BGP-LS Attribute', OPTIONAL, DISCARD, linkState, { wrongTransitive: DISCARD }),
  largeCommunities: row(32, 'LARGE_COMMUNITY', TRANSITIVE, WITHDRAW, largeCommunities, { field: 'largeCommunities' }),
  onlyToCustomer: row(35, 'ONLY_TO_CUSTOMER', TRANSITIVE, WITHDRAW, onlyToCustomer, {
    field: 'onlyToCustomer',
    advertised: markedToCustomers,
  }),
  prefixSid: row(40, 'BGP Prefix-SID', TRANSITIVE, DISCARD, prefixSid, { wrongTransitive: DISCARD }),
  attrSet: row(128, 'ATTR_SET', TRANSITIVE, WITHDRAW, attrSet),
} as const;

const BY_TYPE: readonly (AttributeRow | undefined)[] = Array.from({ length: 256 }, (_, type) =>
  (Object.values(ATTRIBUTES) as readonly unknown[] as readonly AttributeRow[]).find((each) => each.type === type),
);

/** The row of a type code; undefined for one that this speaker does not recognise. */
export const rowOf = (type: number): AttributeRow | undefined => BY_TYPE[type];

/** The row of an unrecognised attribute: it consists of its octets, and its flags are those received. */
export const unknownRow = (type: number, flags: number): AttributeRow<Uint8Array> =>
  row(type, `attribute ${type}`, flags & TRANSITIVE, DISCARD, raw);
