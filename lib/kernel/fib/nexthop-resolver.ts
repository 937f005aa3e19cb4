import type { IpAddress } from '../../model/address';
import type { Hop } from '../codec/route-info';
import type { KernelLookup } from './kernel-lookup';
import { type Answer, AnswerCache, isSameAnswer } from './resolution/answer-cache';
import { isSameReach, type NextHopReach, reachOf } from './resolution/reach';
import { type RoutingView, resolve } from './resolution/resolution';
import { SeenLinks } from './resolution/seen-links';
import { type BgpNextHop, MAX_WEIGHT, type Reason } from './state/nexthop-set';

/**
 * Resolves next hops. If only foreign routes lead there, the kernel is asked, so that its policy rules and on-link
 * routes apply; if our own routes are involved, see {@link resolve}. Answers are cached until something changes that
 * they depend on.
 */
export class NexthopResolver {
  private readonly answers = new AnswerCache();
  /** Those whose answer changed when they were resolved again. */
  private readonly moved = new Set<string>();
  /** What is cached for links by name may be stale. */
  private isLinkNews = false;
  /** Names of links in next hops that were looked up. */
  private readonly names = new Set<string>();
  private readonly links: SeenLinks;
  private readonly seen: RoutingView;
  /** Tracked by BGP; other next hops are known only while routes use them. */
  private readonly tracked = new Map<string, IpAddress>();
  /** The last report for each next hop; unreachable ones are retried even if no route uses them. */
  private readonly told = new Map<string, NextHopReach>();
  private readonly news = new Set<string>();
  /** Number of look-ups that the cache did not answer. */
  asked = 0;
  /** No longer tracked by BGP, but still used by routes. */
  private readonly leaving = new Map<string, IpAddress>();
  /** Unreachable by the last answer. */
  private readonly unreachable = new Map<string, Answer>();
  constructor(
    private readonly kernel: Pick<KernelLookup, 'ask'>,
    private readonly view: RoutingView,
  ) {
    this.links = new SeenLinks(view.links);
    this.seen = { ...view, links: this.links };
  }

  resolve = (hop: BgpNextHop): readonly Hop[] | Reason => {
    const { address, onlink = false, isDirect = false } = hop;
    const { links } = this.view;
    const weight = Math.min(MAX_WEIGHT, Math.max(1, hop.weight ?? 1));
    if (hop.interface !== undefined) {
      this.names.add(hop.interface);
      const link = [...links.values()].find(({ name }) => name === hop.interface);
      if (!link) return `there is no interface ${hop.interface}`;
      if (!link.up) return `interface ${hop.interface} is down`;
      if (!link.carrier) return `interface ${hop.interface} has no carrier`;
      return [{ interface: link.index, ...(address && { gateway: address }), weight, onlink }];
    }
    if (!address) return 'a next hop needs an address or an interface';
    if (address.isLinkLocal) return `next hop ${address} is link-local and needs an interface`;
    const { ways, reason } = this.answer(address);
    const way = isDirect ? (ways.find(({ onLink }) => onLink) ?? ways.find(({ isDefault }) => !isDefault)) : ways[0];
    if (!way)
      return ways.length === 0
        ? reason
        : `next hop ${address} is no longer on any link, and a default route does not count`;
    return weight === 1 ? way.hops : way.hops.map((one) => ({ ...one, weight }));
  };

  /** Starts reporting changes of these next hops; returns their current state. */
  track(addresses: readonly IpAddress[]): NextHopReach[] {
    return addresses.map((address) => {
      const key = String(address);
      this.tracked.set(key, address);
      this.leaving.delete(key);
      const reach = reachOf(address, this.answer(address, key));
      this.told.set(key, reach);
      this.news.delete(key);
      return reach;
    });
  }

  /** Stops tracking. `isUsed`: whether routes still need it. */
  untrack(addresses: readonly IpAddress[], isUsed: (address: IpAddress) => boolean): void {
    for (const address of addresses) {
      const key = String(address);
      this.tracked.delete(key);
      if (isUsed(address)) this.leaving.set(key, address);
      else this.drop(key, address);
    }
  }

  /** Releases next hops that neither BGP tracks nor routes use any more, and returns them. */
  release(isUsed: (address: IpAddress) => boolean): IpAddress[] {
    const released: IpAddress[] = [];
    for (const [key, address] of this.leaving) {
      const isTracked = this.tracked.has(key);
      if (!isTracked && isUsed(address)) continue;
      this.leaving.delete(key);
      if (isTracked) continue;
      this.drop(key, address);
      released.push(address);
    }
    return released;
  }

  /** Whether {@link release} may have something to release later. */
  get isLeaving(): boolean {
    return this.leaving.size > 0;
  }

  /** Marks everything as stale. */
  forget(): void {
    this.answers.doubtAll();
    this.isLinkNews = true;
  }

  /** A link changed: answers that depend on it are stale. */
  forgetLink(index: number): void {
    this.answers.doubtLink(index);
  }

  /** A link with this name was added, removed or replaced. */
  linkChanged(name: string): void {
    if (this.names.has(name)) this.isLinkNews = true;
  }

  /** A route changed: answers that may depend on it are stale; see {@link AnswerCache.doubtIn}. */
  forgetIn(family: 0 | 1, key: Int32Array, length: number): boolean {
    return this.answers.doubtIn(family, key, length);
  }

  /**
   * Resolves stale next hops again while `hasTime` returns true; false if some are left. Those that are neither tracked
   * nor, by `isUsed`, needed by a route are released, except unreachable ones: these are retried until reachable.
   */
  refresh(hasTime: () => boolean, isUsed: (address: IpAddress) => boolean): boolean {
    for (const [key, { address, ways }] of this.answers.stale) {
      if (!hasTime()) return false;
      if (this.tracked.has(key) || ways.length === 0 || this.news.has(key) || isUsed(address))
        this.answer(address, key);
      else this.drop(key, address);
    }
    return true;
  }

  /**
   * Next hops, as strings, that have moved since the last call; `links`: those that name a link may have moved, too.
   */
  takeMoved(): { readonly addresses: readonly string[]; readonly links: boolean } {
    const moved = { addresses: [...this.moved], links: this.isLinkNews };
    this.moved.clear();
    this.isLinkNews = false;
    return moved;
  }

  /** The reachability of every tracked next hop. */
  reaches(): readonly NextHopReach[] {
    return [...this.told].map(([key, { address }]) => reachOf(address, this.answer(address, key)));
  }

  /** Unreachable next hops, tracked or in use, with the reason last found; nothing is looked up. */
  unreached(): Iterable<{ readonly address: IpAddress; readonly reason: Reason }> {
    return this.unreachable.values();
  }

  /** Whether {@link takeNews} has any. */
  get hasNews(): boolean {
    return this.news.size > 0;
  }

  /**
   * Changes of reachability since the last call. Next hops that our own routes led to and that became unreachable are
   * withheld unless `all`: BGP usually chooses other routes for them shortly.
   */
  takeNews(all: boolean): NextHopReach[] {
    const taken: NextHopReach[] = [];
    for (const key of this.news) {
      const before = this.told.get(key);
      const answer = this.answers.get(key);
      if (!answer || (!all && before?.ways && answer.ways.length === 0)) continue;
      const { address } = answer;
      const reach = reachOf(address, answer);
      this.news.delete(key);
      this.told.set(key, reach);
      if (!isSameReach(reach, before ?? neverTold(address))) taken.push(reach);
    }
    return taken;
  }

  private drop(key: string, address: IpAddress): void {
    this.answers.drop(key, address);
    this.moved.delete(key);
    this.unreachable.delete(key);
    this.told.delete(key);
    this.news.delete(key);
  }

  private answer(address: IpAddress, key = String(address)): Answer {
    let answer = this.answers.get(key);
    if (!answer) {
      this.asked++;
      answer = this.ask(address);
      const former = this.answers.put(key, answer);
      if (former && !isSameAnswer(former, answer)) this.moved.add(key);
      if (answer.ways.length === 0) this.unreachable.set(key, answer);
      else this.unreachable.delete(key);
      const reach = reachOf(address, answer);
      const before = this.told.get(key);
      if (isSameReach(reach, before ?? neverTold(address))) {
        this.news.delete(key);
        if (!before) this.told.set(key, reach);
      } else this.news.add(key);
    }
    return answer;
  }

  private ask(address: IpAddress): Answer {
    const links = this.links.from();
    const resolved = resolve(this.seen, address);
    const way = resolved.isOurs ? 'ours' : this.kernel.ask(address, this.links);
    // Routes of ours that the kernel still has may be about to go.
    if (way === 'ours') return { address, ways: resolved.ways, reason: resolved.reason, met: resolved.met, links };
    const isReason = typeof way === 'string';
    return { address, ways: isReason ? [] : [way], reason: isReason ? way : '', met: [], links };
  }
}

/** Before anything is reported, BGP assumes that every next hop is on-link. */
const neverTold = (address: IpAddress): NextHopReach => ({
  ...{ address, reachable: true, metric: 0, onLink: true, isDefault: false, reason: '' },
});
