import type { IpAddress } from '../../model/address';
import type { FibParts } from './parts';
import type { NextHopReach } from './resolution/reach';
import type { Reason } from './state/nexthop-set';

/**
 * Milliseconds after which a next hop that a route of ours led to is reported unreachable: BGP first chooses another
 * route to it, and need not drop all routes through it.
 */
const LOST_DELAY = 100;
/** Neighbours choose how many next hops there are: so many that are not reached are named. */
const MOST_UNREACHED = 100;
/** After as many milliseconds next hops that were released while routes led there are looked at again. */
const RELEASE_DELAY = 1000;
/** Milliseconds in which next hops are asked for again before the event loop turns. */
const REFRESH_TURN = 10;
const LOT_GROWTH = 8;

/** A next hop that cannot be reached, with the number of prefixes that wait for it or did. */
export interface Unreached {
  readonly target: string;
  readonly reason: Reason;
  readonly prefixes: number;
}

/** Follows next hops as the kernel's routes change: has the routes behind them looked at, and tells BGP. */
export class NexthopTracking {
  /** Targets that lead elsewhere and whose routes were not checked yet, and how many make it worth it. */
  private readonly changed = new Set<number>();
  private lot = 1;
  /** By next hop, how many prefixes led there when it was found that it cannot be reached. */
  private readonly led = new Map<string, number>();

  constructor(
    private readonly parts: FibParts,
    private readonly tell: ((changes: readonly NextHopReach[]) => void) | undefined,
  ) {}

  track(addresses: readonly IpAddress[]): readonly NextHopReach[] {
    return this.parts.resolver.track(addresses);
  }

  untrack(addresses: readonly IpAddress[]): void {
    this.parts.resolver.untrack(addresses, this.isUsed);
    for (const address of addresses) this.led.delete(String(address));
    this.releaseLater();
  }

  /** As a rule BGP releases a next hop before the last route to it has gone elsewhere. */
  release(): void {
    for (const address of this.parts.resolver.release(this.isUsed)) this.led.delete(String(address));
    this.releaseLater();
  }

  /** Asks again how next hops are reached whose answer may not hold any more, in turns. */
  resolveAgain(): void {
    const end = performance.now() + REFRESH_TURN;
    const { resolver, nexthopSets, reconciler, agenda } = this.parts;
    const isWhole = resolver.refresh(() => performance.now() < end, this.isUsed);
    const { addresses, links } = resolver.takeMoved();
    for (const number of nexthopSets.refreshBy(addresses, links)) this.changed.add(number);
    // To look at the routes takes a walk over all of them: what is found turn after turn is looked at in ever larger
    // lots.
    if (this.changed.size > 0 && (isWhole || this.changed.size >= this.lot)) {
      reconciler.lookAt(this.changed);
      this.changed.clear();
      this.lot *= LOT_GROWTH;
    }
    if (isWhole) this.lot = 1;
    else agenda.later('resolve', 0);
    if (resolver.hasNews) agenda.later('nextHops', 0);
    reconciler.retry();
    if (addresses.length > 0 || links || reconciler.failures.size > 0) this.parts.writer.schedule();
  }

  /** Tells BGP what changed; `all`: those too that routes of ours led to and that are lost. */
  tellNews(all: boolean): void {
    const { resolver, nexthopSets, agenda } = this.parts;
    const news = resolver.takeNews(all);
    if (resolver.hasNews) agenda.later('lostNextHops', LOST_DELAY);
    if (news.length === 0) return;
    for (const { address, reachable } of news)
      if (reachable) this.led.delete(String(address));
      else this.led.set(String(address), nexthopSets.usersOf(address));
    this.tell?.(news);
  }

  /** Next hops that were given up because they cannot be reached: nobody leads routes there now. */
  givenUp(): Unreached[] {
    const given: Unreached[] = [];
    for (const { address, reason } of this.parts.resolver.unreached()) {
      if (this.isUsed(address)) continue;
      const target = String(address);
      given.push({ target, reason, prefixes: this.led.get(target) ?? 0 });
      if (given.length === MOST_UNREACHED) break;
    }
    return given;
  }

  private isUsed = (address: IpAddress): boolean => this.parts.nexthopSets.usersOf(address) > 0;

  private releaseLater(): void {
    if (this.parts.resolver.isLeaving) this.parts.agenda.later('release', RELEASE_DELAY);
  }
}
