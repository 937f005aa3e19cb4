import type { IpAddress } from '../../../model/address';
import type { Reason } from '../state/nexthop-set';
import type { Resolved, Way } from './resolution';

/** A way to a next hop, as far as BGP has to know. */
type ReachWay = Omit<Way, 'hops'>;

/** What is known of the way to a next hop. */
export interface NextHopReach extends Omit<ReachWay, 'through'> {
  readonly address: IpAddress;
  readonly reachable: boolean;
  /** On a link of this node, be it that a route of ours to it is more specific than the link's. */
  readonly onLink: boolean;
  /** Why it is not reached, else empty. */
  readonly reason: Reason;
  /**
   * Where routes of our own lead there: every way, the best first, each less specific than the previous one. Absent:
   * others' routes alone do.
   */
  readonly ways?: readonly ReachWay[];
}

/** What BGP has to know of how a next hop is reached. */
export function reachOf(address: IpAddress, { ways, reason }: Pick<Resolved, 'ways' | 'reason'>): NextHopReach {
  const [first] = ways;
  if (!first) return { address, reachable: false, metric: 0, onLink: false, isDefault: false, reason };
  const { metric, isDefault, through } = first;
  const onLink = ways.some((way) => way.onLink);
  return {
    ...{ address, reachable: true, metric, onLink, isDefault, reason: '' },
    ...(through.length > 0 && { ways: ways.map(({ hops: _, ...way }) => way) }),
  };
}

/** Whether both are the same to BGP. */
export const isSameReach = (a: NextHopReach, b: NextHopReach): boolean => signature(a) === signature(b);

const signature = ({ reachable, metric, onLink, isDefault, ways = [] }: NextHopReach): string =>
  [
    `${reachable} ${metric} ${onLink} ${isDefault}`,
    ...ways.map((way) => `${way.metric} ${way.onLink} ${way.isDefault} ${way.through.join(' ')}`),
  ].join(' | ');
