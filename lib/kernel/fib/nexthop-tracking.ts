import type { IpAddress } from '../../model/address';
import type { FibParts } from './parts';
import type { NextHopReach } from './resolution/reach';
import type { Reason } from './state/nexthop-set';

/**
 * Milliseconds before a next hop reached through a route of ours is reported unreachable: BGP usually chooses another
 * route first, and need not withdraw all routes through it.
 */
const LOST_DELAY = 100;
/** Maximum number of unreachable next hops listed: neighbours choose how many there are. */
const MOST_UNREACHED = 100;
/** Milliseconds after which next hops released while routes used them are checked again. */
const RELEASE_DELAY = 1000;
/** Milliseconds of resolving before yielding to the event loop. */
const REFRESH_TURN = 10;
const LOT_GROWTH = 8;

/** An unreachable next hop, with the number of prefixes that wait, or waited, for it. */
export interface Unreached {
  readonly target: string;
  readonly reason: Reason;
  readonly prefixes: number;
}

/** Tracks next hops as the kernel's routes change: has affected routes checked, and notifies BGP. */
export class NexthopTracking {
  /** Targets that moved and whose routes are not yet checked, and the number from which a scan is worthwhile. */
  private readonly changed = new Set<number>();
  private lot = 1;
  /** By next hop: the number of prefixes that used it when it became unreachable. */
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

  /** Releases next hops that no route uses any more: BGP usually gives one up before its last route has moved. */
  release(): void {
    for (const address of this.parts.resolver.release(this.isUsed)) this.led.delete(String(address));
    this.releaseLater();
  }

  /** Resolves stale next hops again, in turns. */
  resolveAgain(): void {
    const end = performance.now() + REFRESH_TURN;
    const { resolver, nexthopSets, reconciler, agenda } = this.parts;
    const isWhole = resolver.refresh(() => performance.now() < end, this.isUsed);
    const { addresses, links } = resolver.takeMoved();
    for (const number of nexthopSets.refreshBy(addresses, links)) this.changed.add(number);
    // Checking routes requires a scan of all of them, so changes of successive turns are handled in growing batches.
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

  /** Notifies BGP of changes; `all`: including lost next hops that were reached through our own routes. */
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

  /** Unreachable next hops that no route uses any more. */
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
