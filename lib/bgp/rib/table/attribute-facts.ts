import { pathLength } from '../../wire/as4';
import { hasSets } from '../../wire/attribute/02-as-path';
import { type AsPathSegment, type PathAttributes, SEGMENT } from '../../wire/path-attributes';

/** Bits of {@link AttributeFacts.marks}. */
export const MARK = {
  /** The set belongs to IPv6 routes. */
  ipv6: 0x1,
  /** NO_EXPORT, NO_ADVERTISE and NO_EXPORT_SUBCONFED (RFC 1997). */
  noExport: 0x2,
  noAdvertise: 0x4,
  noExportSubconfed: 0x8,
  /** CLUSTER_LIST contains the own cluster id, or ORIGINATOR_ID is the own router id: a loop (RFC 4456 section 8). */
  reflectionLoop: 0x10,
  /** This node originated the route itself. */
  local: 0x20,
  /** Some attributes of the set were discarded (RFC 7606 attribute discard). */
  discarded: 0x40,
  /** The GRACEFUL_SHUTDOWN community (RFC 8326). */
  gracefulShutdown: 0x80,
  /** ONLY_TO_CUSTOMER (RFC 9234), and whether its AS number differs from the neighbour's. */
  onlyToCustomer: 0x100,
  foreignOnlyToCustomer: 0x200,
  /** An AS_SET or AS_CONFED_SET in AS_PATH, which RFC 9774 deprecates. */
  asSet: 0x400,
} as const;

/** Number of occurrences of the own AS number in AS_PATH, in the upper bits of the marks; at most 255. */
export const OWN_AS_SHIFT = 24;

/** NO_EXPORT, NO_ADVERTISE, NO_EXPORT_SUBCONFED (RFC 1997), as the signed numbers that the octets are read as. */
const NO_EXPORT = 0xffffff01 | 0;
const NO_ADVERTISE = 0xffffff02 | 0;
const NO_EXPORT_SUBCONFED = 0xffffff03 | 0;
/** RFC 8326. */
const GRACEFUL_SHUTDOWN = 0xffff0000 | 0;

/** LOCAL_PREF of a route without one, from an external peer (RFC 4271 section 9.1.1 leaves it to the speaker). */
export const DEFAULT_LOCAL_PREF = 100;

/** The receiver's identity, which determines what is a loop. */
export interface LoopIdentity {
  readonly localAs: number;
  /** AS number of the neighbour that the attributes come from; 0 for own routes. */
  readonly peerAs: number;
  readonly routerId: number;
  /** Other identifiers by which neighbours know this node. Default: none. */
  readonly otherRouterIds?: readonly number[];
  readonly clusterId: number;
}

/** Whether an ORIGINATOR_ID, not 0, is this node. */
export const isOwnId = (
  id: number,
  { routerId, otherRouterIds }: Pick<LoopIdentity, 'routerId' | 'otherRouterIds'>,
): boolean => id >>> 0 === routerId >>> 0 || otherRouterIds?.includes(id >>> 0) === true;

/** The properties of an attribute set that decision and export use, as numbers. One instance is reused. */
export class AttributeFacts {
  localPref = DEFAULT_LOCAL_PREF;
  asPathLength = 0;
  origin = 0;
  med = 0;
  /** First AS of the path; 0, our own AS, if the path is empty or begins with a set (RFC 4271 section 9.1.2.2 c). */
  neighbourAs = 0;
  /** ORIGINATOR_ID, 0 if there is none. */
  originator = 0;
  clusterListLength = 0;
  marks = 0;

  clear(): void {
    this.localPref = DEFAULT_LOCAL_PREF;
    this.asPathLength = 0;
    this.origin = 0;
    this.med = 0;
    this.neighbourAs = 0;
    this.originator = 0;
    this.clusterListLength = 0;
    this.marks = 0;
  }

  /** Counts another occurrence of the own AS number. */
  countOwnAs(): void {
    if (this.marks >>> OWN_AS_SHIFT < 255) this.marks += 1 << OWN_AS_SHIFT;
  }

  noteCommunity(value: number): void {
    if (value === NO_EXPORT) this.marks |= MARK.noExport;
    else if (value === NO_ADVERTISE) this.marks |= MARK.noAdvertise;
    else if (value === NO_EXPORT_SUBCONFED) this.marks |= MARK.noExportSubconfed;
    else if (value === GRACEFUL_SHUTDOWN) this.marks |= MARK.gracefulShutdown;
  }

  noteOnlyToCustomer(as: number, { peerAs }: LoopIdentity): void {
    this.marks |= MARK.onlyToCustomer | (as === peerAs ? 0 : MARK.foreignOnlyToCustomer);
  }

  /** Call when complete. RFC 8326 section 4.2: routes about to be removed are least preferred. */
  finish(): void {
    if ((this.marks & MARK.gracefulShutdown) !== 0) this.localPref = 0;
  }

  /** Fills in from decoded attributes; the scan of octets must agree with this. */
  read(attributes: PathAttributes, receiver: LoopIdentity): void {
    this.clear();
    this.localPref = attributes.localPref ?? DEFAULT_LOCAL_PREF;
    this.origin = attributes.origin ?? 2;
    this.med = attributes.med ?? 0;
    const path = attributes.asPath ?? [];
    this.asPathLength = pathLength(path);
    this.neighbourAs = neighbourAs(path);
    for (const { members } of path) for (const as of members) if (as === receiver.localAs) this.countOwnAs();
    if (hasSets(path)) this.marks |= MARK.asSet;
    for (const community of attributes.communities ?? []) this.noteCommunity(community | 0);
    if (attributes.onlyToCustomer !== undefined) this.noteOnlyToCustomer(attributes.onlyToCustomer, receiver);
    this.originator = attributes.originatorId ?? 0;
    const clusters = attributes.clusterList ?? [];
    this.clusterListLength = clusters.length;
    if (this.originator !== 0 && isOwnId(this.originator, receiver)) this.marks |= MARK.reflectionLoop;
    if (clusters.some((cluster) => cluster >>> 0 === receiver.clusterId >>> 0)) this.marks |= MARK.reflectionLoop;
    this.finish();
  }
}

/**
 * RFC 4271 section 9.1.2.2 c, RFC 5065 section 5.3: the first AS of the path after confederation segments; 0 for the
 * own AS.
 */
function neighbourAs(path: readonly AsPathSegment[]): number {
  const first = path.find(({ type }) => type === SEGMENT.sequence || type === SEGMENT.set);
  return first?.type === SEGMENT.sequence ? (first.members[0] ?? 0) : 0;
}
