import { type AsPath, isConfederation } from './attribute/02-as-path';
import type { Aggregator } from './attribute/07-aggregator';
import { AS_TRANS } from './open';
import { type AsPathSegment, SEGMENT } from './path-attributes';

/** What AS_PATH, AS4_PATH, AGGREGATOR and AS4_AGGREGATOR of one message say. */
interface As4Parts {
  readonly asPath?: AsPath;
  readonly as4Path?: AsPath;
  readonly aggregator?: Aggregator;
  readonly as4Aggregator?: Aggregator;
}

/** The true path and aggregator where a neighbour speaks two-octet AS numbers (RFC 6793 section 4.2.3). */
export function mergeAs4({
  asPath,
  as4Path,
  aggregator,
  as4Aggregator,
}: As4Parts): Pick<As4Parts, 'asPath' | 'aggregator'> {
  // Somebody on the way formed an aggregate without knowing of AS4_*: both are stale.
  const stale = aggregator !== undefined && as4Aggregator !== undefined && aggregator.as !== AS_TRANS;
  const path = asPath && as4Path && !stale ? mergePaths(asPath, as4Path) : asPath;
  const by = aggregator && as4Aggregator && !stale ? as4Aggregator : aggregator;
  return { ...(path && { asPath: path }), ...(by && { aggregator: by }) };
}

/** What an AS_PATH of two octets says of a path: AS_TRANS for what does not fit. */
export const twoOctetPath = (path: AsPath): AsPath =>
  path.map(({ type, members }) => ({ type, members: members.map(twoOctet) }));

/**
 * The AS4_PATH to go with it: none where every number fits; never with confederation segments (RFC 6793 section 4.2.2).
 */
export function as4PathOf(path: AsPath): AsPath | undefined {
  const outside = path.filter((segment) => !isConfederation(segment));
  return outside.some(({ members }) => members.some((as) => as > 0xffff)) ? outside : undefined;
}

/** The number, or AS_TRANS where it needs four octets. */
export const twoOctet = (as: number): number => (as > 0xffff ? AS_TRANS : as);

/** The leading part of AS_PATH that AS4_PATH lacks, then AS4_PATH. Shorter than AS4_PATH: AS4_PATH is not believed. */
function mergePaths(asPath: AsPath, given: AsPath): AsPath {
  const as4Path = given.filter((segment) => !isConfederation(segment)); // section 6: such segments are discarded
  let missing = pathLength(asPath) - pathLength(as4Path);
  if (missing < 0) return asPath;
  const lead: AsPathSegment[] = [];
  for (const segment of asPath) {
    // A confederation segment goes along where it leads or follows what goes along.
    if (missing === 0 && !(isConfederation(segment) && followsKept(lead, asPath))) break;
    const taken = segment.type === SEGMENT.sequence ? segment.members.slice(0, missing) : segment.members;
    lead.push({ type: segment.type, members: taken });
    missing -= isConfederation(segment) ? 0 : segment.type === SEGMENT.set ? 1 : taken.length;
  }
  return join(lead, as4Path);
}

/** Whether the segment behind `lead` stands next to whole segments that were taken. */
function followsKept(lead: readonly AsPathSegment[], asPath: AsPath): boolean {
  return lead.length === 0 || lead[lead.length - 1].members.length === asPath[lead.length - 1].members.length;
}

/** One path out of two, the sequences at the seam made one where they fit (RFC 4271 section 5.1.2). */
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
