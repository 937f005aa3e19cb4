import type { IpAddress } from '../../../model/address';
import type { Reason } from '../state/nexthop-set';
import type { Resolved, Way } from './resolution';

/** A way to a next hop, as far as BGP needs to know it. */
type ReachWay = Omit<Way, 'hops'>;

/** The reachability of a next hop. */
export interface NextHopReach extends Omit<ReachWay, 'through'> {
  readonly address: IpAddress;
  readonly reachable: boolean;
  /** On a link of this node, even if a route of ours to it is more specific than the link's. */
  readonly onLink: boolean;
  /** Why it is unreachable, otherwise empty. */
  readonly reason: Reason;
  /**
   * Set if our own routes lead there: every way, best first, each less specific than the previous one. Absent if only
   * foreign routes do.
   */
  readonly ways?: readonly ReachWay[];
}

/** The reachability of a next hop for BGP. */
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
