import { type AsPath, isConfederation } from './attribute/02-as-path';
import type { Aggregator } from './attribute/07-aggregator';
import { AS_TRANS } from './open';
import { type AsPathSegment, SEGMENT } from './path-attributes';

/** The AS4-related attributes of one message: AS_PATH, AS4_PATH, AGGREGATOR and AS4_AGGREGATOR. */
interface As4Parts {
  readonly asPath?: AsPath;
  readonly as4Path?: AsPath;
  readonly aggregator?: Aggregator;
  readonly as4Aggregator?: Aggregator;
}

/** The true path and aggregator from a neighbour with two-octet AS numbers (RFC 6793 section 4.2.3). */
export function mergeAs4({
  asPath,
  as4Path,
  aggregator,
  as4Aggregator,
}: As4Parts): Pick<As4Parts, 'asPath' | 'aggregator'> {
  // A router on the path aggregated without supporting AS4_*: both are stale.
  const stale = aggregator !== undefined && as4Aggregator !== undefined && aggregator.as !== AS_TRANS;
  const path = asPath && as4Path && !stale ? mergePaths(asPath, as4Path) : asPath;
  const by = aggregator && as4Aggregator && !stale ? as4Aggregator : aggregator;
  return { ...(path && { asPath: path }), ...(by && { aggregator: by }) };
}

/** A path as encoded in a two-octet AS_PATH: AS_TRANS for numbers that do not fit. */
export const twoOctetPath = (path: AsPath): AsPath =>
  path.map(({ type, members }) => ({ type, members: members.map(twoOctet) }));

/** The accompanying AS4_PATH: none if every number fits; never with confederation segments (RFC 6793 section 4.2.2). */
export function as4PathOf(path: AsPath): AsPath | undefined {
  const outside = path.filter((segment) => !isConfederation(segment));
  return outside.some(({ members }) => members.some((as) => as > 0xffff)) ? outside : undefined;
}

/** The number, or AS_TRANS if it needs four octets. */
export const twoOctet = (as: number): number => (as > 0xffff ? AS_TRANS : as);

/** The leading part of AS_PATH that AS4_PATH lacks, then AS4_PATH. If AS_PATH is shorter, AS4_PATH is ignored. */
function mergePaths(asPath: AsPath, given: AsPath): AsPath {
  const as4Path = given.filter((segment) => !isConfederation(segment)); // section 6: such segments are discarded
  let missing = pathLength(asPath) - pathLength(as4Path);
  if (missing < 0) return asPath;
  const lead: AsPathSegment[] = [];
  for (const segment of asPath) {
    // A confederation segment is kept if it leads or is adjacent to segments that are kept.
    if (missing === 0 && !(isConfederation(segment) && followsKept(lead, asPath))) break;
    const taken = segment.type === SEGMENT.sequence ? segment.members.slice(0, missing) : segment.members;
    lead.push({ type: segment.type, members: taken });
    missing -= isConfederation(segment) ? 0 : segment.type === SEGMENT.set ? 1 : taken.length;
  }
  return join(lead, as4Path);
}

/** Whether the segment after `lead` is adjacent to whole segments that were kept. */
function followsKept(lead: readonly AsPathSegment[], asPath: AsPath): boolean {
  return lead.length === 0 || lead[lead.length - 1].members.length === asPath[lead.length - 1].members.length;
}

/** Joins two paths, merging the sequences at the seam if they fit (RFC 4271 section 5.1.2). */
function join(lead: readonly AsPathSegment[], rest: AsPath): AsPath {
  const [last, first] = [lead.at(-1), rest[0]];
  const fits =
    last?.type === SEGMENT.sequence &&
    first?.type === SEGMENT.sequence &&
    last.members.length + first.members.length <= 255;
  if (!fits) return [...lead, ...rest];
  return [
    ...lead.slice(0, -1),
    { type: SEGMENT.sequence, members: [...last.members, ...first.members] },
    ...rest.slice(1),
  ];
}

/**
 * Length as the decision process counts it: a set is 1, a confederation segment 0 (RFC 4271 section 9.1.2.2, RFC 5065
 * section 5.3).
 */
export const pathLength = (path: AsPath): number =>
  path.reduce(
    (sum, segment) => sum + (isConfederation(segment) ? 0 : segment.type === SEGMENT.set ? 1 : segment.members.length),
    0,
  );
