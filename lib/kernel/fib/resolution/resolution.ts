import type { IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import type { Link } from '../../codec/link';
import { ROUTE_TYPE } from '../../codec/route';
import type { Hop, RouteInfo } from '../../codec/route-info';
import type { ForeignMatch } from '../foreign/foreign-routes';
import type { NexthopSet, Reason } from '../state/nexthop-set';
import type { TableLookup } from './rules';
import { isSubnetEdge } from './subnet-edge';

/**
 * Maximum number of next hops of our own routes looked up for one next hop, and of routes examined; beyond that only
 * foreign routes count. Neighbours choose them, and chains can be long.
 */
const MOST_HOPS = 256;
const MOST_ROUTES = 4096;

/** A way to a next hop. */
export interface Way {
  readonly hops: readonly Hop[];
  /** Metric of the route that leads there; 0 if the next hop is on-link. */
  readonly metric: number;
  /** The next hop is on-link, by a connected route alone. */
  readonly onLink: boolean;
  /** The route that leads there is a default route. */
  readonly isDefault: boolean;
  /** The prefixes of our own routes that lead there; empty if only foreign ones do. */
  readonly through: readonly Prefix[];
}

/** A route of our own, as wanted. */
export interface OwnMatch {
  readonly length: number;
  /** Its target, or its hops if it is a leftover that has not been set yet. */
  readonly leads: NexthopSet | { readonly hops: readonly Hop[] };
}

/** Everything that determines how a next hop is reached. */
export interface RoutingView {
  /** The tables to look up for an address, in order; `drops`: a rule discards what none of them contains. */
  readonly tables: (address: Uint8Array) => { readonly stops: readonly TableLookup[]; readonly drops: boolean };
  readonly foreign: (address: Uint8Array, table: number) => ForeignMatch | undefined;
  /** The longest match in our own routes for an address, of at most `most` bits. */
  readonly own: (address: Uint8Array, most: number) => OwnMatch | undefined;
  /** The table of our own routes. */
  readonly table: number;
  readonly metric: number;
  /** The hops of a foreign route. */
  readonly infoOf: (match: ForeignMatch) => RouteInfo;
  readonly links: Links;
}

/** Links by index. */
export type Links = Pick<ReadonlyMap<number, Link>, 'get' | 'values'>;

/** How a next hop is reached. */
export interface Resolved {
  /**
   * Best first. A way through our own routes is followed by those that exist without them: a route may use the next hop
   * if the first way that does not lead through the route itself permits it.
   */
  readonly ways: readonly Way[];
  /** Why there is none. */
  readonly reason: Reason;
  /** A route of our own affected the answer, even by being excluded. */
  readonly isOurs: boolean;
  /** Next hops of our own routes that were looked up on the way: a route to one of them may change the answer. */
  readonly met: readonly IpAddress[];
}

/**
 * Resolves a next hop (RFC 4271 section 9.1.2.1): the longest match of all routes, ours and foreign, table by table. A
 * route of our own that depends on the next hop, or on another one that is being resolved for it, is excluded, and the
 * search continues with the next less specific one. So no route resolves through itself, and the result does not depend
 * on the order in which routes arrived.
 */
export function resolve(view: RoutingView, address: IpAddress): Resolved {
  return new Search(view).all(address);
}

/** The result of examining one route: a way, `undefined` to continue, or the reason to stop. */
type Found = Way | Reason | undefined;

class Search {
  private hops = 0;
  private routes = 0;
  private isOurs = false;
  private readonly met: IpAddress[] = [];
  /**
   * By next hop: why nothing leads there except through those being resolved. Without it, each would be looked up again
   * for every way to it, as often as there are permutations of the routes. Cleared when a way is found: what was
   * excluded may be resolved by then.
   */
  private readonly failed = new Map<string, Reason>();
  /**
   * By next hop: some way that leads there. Not necessarily the best, so it is only used where any will do: after the
   * first way to the address.
   */
  private readonly reached = new Map<string, Way>();
  private isFirst = true;
  /**
   * How many of the next hops being resolved may not use a default route. A way in `reached` may lead through one of
   * them by that route, so it cannot be used meanwhile.
   */
  private directs = 0;
  /**
   * How often a route with several next hops was excluded because one of them is being resolved, and how often such a
   * route led anywhere: results that depend on it must not be cached.
   */
  private halves = 0;
  private wholes = 0;

  constructor(private readonly view: RoutingView) {}

  all(address: IpAddress): Resolved {
    const ways: Way[] = [];
    const reason = this.visit(address, [address], (way) => {
      ways.push(way);
      this.isFirst = false;
      return way.through.length === 0;
    });
    return { ways, reason: ways.length > 0 ? '' : reason, isOurs: this.isOurs, met: this.met };
  }

  /**
   * Visits the ways to an address until `enough` returns true; returns why there are no more. `chain`: the next hops
   * being resolved.
   */
  private visit(address: IpAddress, chain: readonly IpAddress[], enough: (way: Way) => boolean): Reason {
    const { bytes } = address;
    const { stops, drops } = this.view.tables(bytes);
    let reason: Reason = '';
    search: for (const { table, suppressed } of stops) {
      const foreign = this.view.foreign(bytes, table);
      for (const own of this.ownBefore(bytes, table, foreign)) {
        if (own.leads === 'throw') continue search;
        if (own.length <= suppressed) break;
        this.isOurs = true;
        if (this.hops > MOST_HOPS || ++this.routes > MOST_ROUTES) break;
        const found = this.throughOwn(address, own, chain);
        if (typeof found === 'object' && enough(found)) return '';
        if (found === 'drops') return `next hop ${address} is behind a route that drops traffic`;
        if (typeof found === 'string') reason = found;
      }
      if (!foreign || foreign.length <= suppressed || foreign.type === ROUTE_TYPE.throw) continue;
      const found = this.throughForeign(address, foreign);
      if (typeof found === 'string') return found;
      enough(found);
      return '';
    }
    if (drops) return `a rule drops packets to next hop ${address}`;
    if (reason === 'circular') return `next hop ${address} is reachable only through a route that depends on it`;
    return reason || `no route to next hop ${address}`;
  }

  /** Our own routes in a table that precede the foreign one, most specific first. */
  private *ownBefore(address: Uint8Array, table: number, foreign: ForeignMatch | undefined): Generator<OwnMatch> {
    if (table !== this.view.table) return;
    for (let most = address.length * 8; most >= 0; ) {
      const own = this.view.own(address, most);
      if (!own || (foreign && own.length < foreign.length)) return;
      // A foreign route at our metric stays, and ours is not installed.
      if (foreign && own.length === foreign.length && foreign.metric <= this.view.metric) return;
      yield own;
      most = own.length - 1;
    }
  }

  private throughOwn(address: IpAddress, { length, leads }: OwnMatch, chain: readonly IpAddress[]): Found {
    if (typeof leads === 'string') return 'drops';
    const through: Prefix[] = [];
    const hops: Hop[] = [];
    let reason: Reason | undefined;
    if ('hops' in leads) hops.push(...this.alive(leads.hops));
    else {
      if (leads.via.some(({ address: next }) => next && chain.some((one) => one.equals(next)))) {
        if (leads.via.length > 1) this.halves++;
        return 'circular';
      }
      for (const { address: next, interface: name, isDirect, onlink = false } of leads.via) {
        if (name !== undefined) hops.push(...this.over(name, next, onlink));
        else if (next) {
          const { way, why } = this.toHop(next, isDirect, chain);
          reason = why;
          hops.push(...(way?.hops ?? []));
          through.push(...(way?.through ?? []));
        }
      }
    }
    // A route that leads nowhere is not in the kernel.
    if (hops.length === 0) return reason || undefined;
    if ('via' in leads && leads.via.length > 1) this.wholes++;
    return {
      hops,
      metric: this.view.metric,
      onLink: false,
      isDefault: length === 0,
      through: [Prefix.of(address, length), ...through],
    };
  }

  /**
   * The way to a next hop of our own route; `isDirect`: one on a link if there is any, and none through a default
   * route.
   */
  private toHop(
    next: IpAddress,
    isDirect: boolean | undefined,
    chain: readonly IpAddress[],
  ): { way?: Way; why: Reason } {
    const key = String(next);
    const { halves, wholes } = this;
    const reached = this.isFirst || isDirect || this.directs > 0 ? undefined : this.reached.get(key);
    const failed = this.failed.get(key);
    if (reached) return { way: reached, why: '' };
    if (failed !== undefined) return { why: failed };
    let taken: Way | undefined;
    let isAny = false;
    this.hops++;
    this.met.push(next);
    if (isDirect) this.directs++;
    const why = this.visit(next, [...chain, next], (way) => {
      isAny = true;
      if (way.onLink || (!taken && !(isDirect && way.isDefault))) taken = way;
      return taken !== undefined && (!isDirect || taken.onLink);
    });
    if (isDirect) this.directs--;
    if (taken && this.wholes === wholes) this.reached.set(key, taken);
    if (isAny || this.halves !== halves) this.failed.clear();
    else this.failed.set(key, why);
    return { way: taken, why };
  }

  private throughForeign(address: IpAddress, foreign: ForeignMatch): Way | Reason {
    if (foreign.type === ROUTE_TYPE.local) return `next hop ${address} is an address of this node`;
    const info = this.view.infoOf(foreign);
    if (foreign.type !== ROUTE_TYPE.unicast || info.type !== 'unicast')
      return `next hop ${address} is behind a route that drops traffic`;
    return wayOf(address, info, foreign, this.view.links);
  }

  private over(name: string, gateway: IpAddress | undefined, onlink: boolean): Hop[] {
    for (const link of this.view.links.values())
      if (link.name === name)
        return this.alive([{ interface: link.index, ...(gateway && { gateway }), weight: 1, onlink }]);
    return [];
  }

  private alive(hops: readonly Hop[]): Hop[] {
    return hops.filter(({ interface: index }) => isAlive(this.view.links, index));
  }
}

/** The way to a next hop by a foreign route, or why there is none. */
export function wayOf(
  address: IpAddress,
  info: RouteInfo,
  { length, metric }: Pick<ForeignMatch, 'length' | 'metric'>,
  links: Links,
): Way | Reason {
  if (info.type !== 'unicast' || info.hops.length === 0) return `no route to next hop ${address}`;
  const hops = info.hops.map((hop) => ({ ...hop, gateway: hop.gateway ?? address }));
  // The kernel keeps routes whose link has lost its carrier, and drops their packets.
  const alive = hops.filter(({ interface: index }) => isAlive(links, index));
  if (alive.length === 0) return `the link to next hop ${address} has no carrier`;
  const onLink = length > 0 && alive.every(({ gateway }) => gateway.equals(address)) && !isSubnetEdge(address, length);
  return { hops: alive, metric: onLink ? 0 : metric, onLink, isDefault: length === 0, through: [] };
}

const isAlive = (links: Links, index: number): boolean => links.get(index)?.carrier !== false;
