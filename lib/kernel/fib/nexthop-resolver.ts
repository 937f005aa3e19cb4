import type { IpAddress } from '../../model/address';
import type { Hop } from '../codec/route-info';
import type { KernelLookup } from './kernel-lookup';
import { type Answer, AnswerCache, isSameAnswer } from './resolution/answer-cache';
import { isSameReach, type NextHopReach, reachOf } from './resolution/reach';
import { type RoutingView, resolve } from './resolution/resolution';
import { SeenLinks } from './resolution/seen-links';
import { type BgpNextHop, MAX_WEIGHT, type Reason } from './state/nexthop-set';

/**
 * Says how next hops are reached. Where only others' routes lead there it is the kernel's own word, so that policy
 * rules and on-link routes are the kernel's own; where routes of ours have a part in it, see {@link resolve}. Answers
 * are kept until something changes that concerns them.
 */
export class NexthopResolver {
  private readonly answers = new AnswerCache();
  /** Those whose answer was another one when they were asked again. */
  private readonly moved = new Set<string>();
  /** What is said of links by name may not hold any more. */
  private isLinkNews = false;
  /** Names of links that next hops were looked up by. */
  private readonly names = new Set<string>();
  private readonly links: SeenLinks;
  private readonly seen: RoutingView;
  /** What BGP asked for; what routes use beside is known while they do. */
  private readonly tracked = new Map<string, IpAddress>();
  /**
   * What was said of each next hop last; those that cannot be reached are asked for again even where nobody uses them.
   */
  private readonly told = new Map<string, NextHopReach>();
  private readonly news = new Set<string>();
  /** How many questions were not answered from what was known. */
  asked = 0;
  /** What BGP asks for no longer while routes still lead there. */
  private readonly leaving = new Map<string, IpAddress>();
  /** What cannot be reached, by the last answer. */
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

  /** From now on changes of the way to one of these are reported; returns what is known of them now. */
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

  /** No longer. `isUsed`: whether routes still need it. */
  untrack(addresses: readonly IpAddress[], isUsed: (address: IpAddress) => boolean): void {
    for (const address of addresses) {
      const key = String(address);
      this.tracked.delete(key);
      if (isUsed(address)) this.leaving.set(key, address);
      else this.drop(key, address);
    }
  }

  /** Releases what BGP asks for no longer and no route leads to any more by now; answers that. */
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

  /** Everything is to be asked again. */
  forget(): void {
    this.answers.doubtAll();
    this.isLinkNews = true;
  }

  /** A link changed: what it had a part in is to be asked again. */
  forgetLink(index: number): void {
    this.answers.doubtLink(index);
  }

  /** A link with this name came, went, or is another one now. */
  linkChanged(name: string): void {
    if (this.names.has(name)) this.isLinkNews = true;
  }

  /** A route changed: what it may have a part in is to be asked again, as {@link AnswerCache.doubtIn} has it. */
  forgetIn(family: 0 | 1, key: Int32Array, length: number): boolean {
    return this.answers.doubtIn(family, key, length);
  }

  /**
   * Asks again what is to be asked again, as long as there is time by `hasTime`; false where something is left. What
   * nobody asks for and, by `isUsed`, no route needs is released, unless it cannot be reached: that is asked for again
   * until it can be.
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
   * Next hops, as strings, that lead elsewhere than they did when this was called last; `links`: those that name a link
   * may, too.
   */
  takeMoved(): { readonly addresses: readonly string[]; readonly links: boolean } {
    const moved = { addresses: [...this.moved], links: this.isLinkNews };
    this.moved.clear();
    this.isLinkNews = false;
    return moved;
  }

  /** What is known of every next hop that was asked for. */
  reaches(): readonly NextHopReach[] {
    return [...this.told].map(([key, { address }]) => reachOf(address, this.answer(address, key)));
  }

  /**
   * What cannot be reached of all that was asked for or is in use, and why, as far as was found: nothing is asked
   * again.
   */
  unreached(): Iterable<{ readonly address: IpAddress; readonly reason: Reason }> {
    return this.unreachable.values();
  }

  /** Whether {@link takeNews} has any. */
  get hasNews(): boolean {
    return this.news.size > 0;
  }

  /**
   * What is known of next hops by now that was not when this was called last. Those that routes of our own led to and
   * that are no longer reached wait until `all` is asked for: as a rule BGP is about to choose other routes there.
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
    // What the kernel still has of ours may be on its way out.
    if (way === 'ours') return { address, ways: resolved.ways, reason: resolved.reason, met: resolved.met, links };
    const isReason = typeof way === 'string';
    return { address, ways: isReason ? [] : [way], reason: isReason ? way : '', met: [], links };
  }
}

/** Who was never told takes every next hop for one on a link. */
const neverTold = (address: IpAddress): NextHopReach => ({
  ...{ address, reachable: true, metric: 0, onLink: true, isDefault: false, reason: '' },
});
