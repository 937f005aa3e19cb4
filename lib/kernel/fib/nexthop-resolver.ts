import { constants } from 'node:os';
import type { IpAddress } from '../../model/address';
import { decodeAcknowledgement } from '../codec/acknowledgement';
import { FLAG, message, TYPE } from '../codec/header';
import type { Link } from '../codec/link';
import { putU32 } from '../codec/octets';
import { emptyRoute, ROUTE_FLAG, ROUTE_TYPE, readRoute } from '../codec/route';
import { type Hop, type RouteInfo, readRouteInfo } from '../codec/route-info';
import { routeLookupRequest } from '../codec/route-request';
import type { Requests } from '../netlink/driver';
import { KernelError } from '../system/error';
import { AddressIndex } from './resolution/address-index';
import { isSameReach, type Reach, reachOf } from './resolution/reach';
import { type Links, type RoutingView, resolve, type Way, wayOf } from './resolution/resolution';
import { MAX_WEIGHT, type NextHop, type Reason } from './state/target';

interface Answer {
  readonly address: IpAddress;
  readonly ways: readonly Way[];
  readonly reason: Reason;
  /** Next hops of routes of our own that were looked up for it. */
  readonly met: readonly IpAddress[];
  /** Indexes of the links that were looked at for it, those among them that are of no use now. */
  readonly links: ReadonlySet<number>;
}

/**
 * Says how next hops are reached. Where only others' routes lead there it is the kernel's own word, so that policy rules and on-link routes are the
 * kernel's own; where routes of ours have a part in it, see {@link resolve}. Answers are kept until something changes that concerns them.
 */
export class NexthopResolver {
  private readonly answers = new Map<string, Answer>();
  /** Answers that may not hold any more: to be asked again, in the order in which they were doubted. */
  private readonly stale = new Map<string, Answer>();
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
  /** What was said of each next hop last; those that can't be reached are asked for again even where nobody uses them. */
  private readonly told = new Map<string, Reach>();
  private readonly news = new Set<string>();
  /** How many questions were not answered from what was known. */
  asked = 0;
  /** What BGP asks for no longer while routes still lead there. */
  private readonly leaving = new Map<string, IpAddress>();
  /** By the text of a next hop that was looked up for others on the way, these. */
  private readonly dependents = new Map<string, { readonly address: IpAddress; readonly keys: Set<string> }>();
  /** Addresses of those, by family. */
  private readonly met = [new AddressIndex(), new AddressIndex()] as const;
  /** What can't be reached, by the last answer. */
  private readonly unreachable = new Map<string, Answer>();
  /** Addresses of all answers, by family. */
  private readonly known = [new AddressIndex(), new AddressIndex()] as const;
  private readonly route = emptyRoute();

  constructor(
    private readonly socket: Pick<Requests, 'send' | 'read'>,
    private readonly view: RoutingView,
    private readonly protocol: number,
  ) {
    this.links = new SeenLinks(view.links);
    this.seen = { ...view, links: this.links };
  }

  resolve = (hop: NextHop): readonly Hop[] | Reason => {
    const { address, onlink = false, isDirect = false } = hop,
      { links } = this.view;
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

  /** From now on it is told when the way to one of these changes; answers what is known of them now. */
  track(addresses: readonly IpAddress[]): Reach[] {
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

  /** Lets go of what BGP asks for no longer and no route leads to any more by now; answers that. */
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

  /** Whether {@link release} may have something to let go of later. */
  get isLeaving(): boolean {
    return this.leaving.size > 0;
  }

  /** Everything is to be asked again. */
  forget(): void {
    for (const key of this.answers.keys()) this.doubt(key);
    this.isLinkNews = true;
  }

  /** A link changed: what it had a part in is to be asked again. */
  forgetLink(index: number): void {
    for (const [key, { links }] of this.answers) if (links.has(index) || links.has(ANY_LINK)) this.doubt(key);
  }

  /** A link with this name came, went, or is another one now. */
  linkChanged(name: string): void {
    if (this.names.has(name)) this.isLinkNews = true;
  }

  /**
   * A route to the prefix of `length` bits that stands in the words of `key` changed: what it may have a part in is to be asked again. True where
   * that is anything.
   */
  forgetIn(family: 0 | 1, key: Int32Array, length: number): boolean {
    const [known, met] = [this.known[family], this.met[family]];
    let isAny = false;
    if (known.has(key, length))
      for (const address of known.within(key, length)) {
        isAny = true;
        this.doubt(String(address));
      }
    if (met.has(key, length))
      for (const address of [...met.within(key, length)]) {
        isAny = true;
        for (const one of [...(this.dependents.get(String(address))?.keys ?? [])]) this.doubt(one);
      }
    return isAny;
  }

  private doubt(key: string): void {
    const answer = this.answers.get(key);
    if (!answer) return;
    this.answers.delete(key);
    this.stale.set(key, answer);
    this.depend(key, answer, false);
  }

  /** An answer depends, or no longer does, on the next hops that were looked up for it. */
  private depend(key: string, { met }: Answer, isSo: boolean): void {
    for (const address of met) {
      const text = String(address),
        index = this.met[address.family === 'ipv4' ? 0 : 1],
        known = this.dependents.get(text);
      if (isSo) {
        if (known) known.keys.add(key);
        else {
          this.dependents.set(text, { address, keys: new Set([key]) });
          index.add(address);
        }
      } else if (known?.keys.delete(key) && known.keys.size === 0) {
        this.dependents.delete(text);
        index.delete(address);
      }
    }
  }

  /**
   * Asks again what is to be asked again, as long as there is time by `hasTime`; false where something is left. What nobody asks for and, by `isUsed`, no
   * route needs is let go of, unless it can't be reached: that is asked for again until it can be.
   */
  refresh(hasTime: () => boolean, isUsed: (address: IpAddress) => boolean): boolean {
    for (const [key, { address, ways }] of this.stale) {
      if (!hasTime()) return false;
      if (this.tracked.has(key) || ways.length === 0 || this.news.has(key) || isUsed(address))
        this.answer(address, key);
      else this.drop(key, address);
    }
    return true;
  }

  /** Next hops, as texts, that lead elsewhere than they did when this was called last; `links`: those that name a link may, too. */
  takeMoved(): { readonly addresses: readonly string[]; readonly links: boolean } {
    const moved = { addresses: [...this.moved], links: this.isLinkNews };
    this.moved.clear();
    this.isLinkNews = false;
    return moved;
  }

  /** What is known of every next hop that was asked for. */
  reaches(): readonly Reach[] {
    return [...this.told].map(([key, { address }]) => reachOf(address, this.answer(address, key)));
  }

  /** What can't be reached of all that was asked for or is in use, and why, as far as was found: nothing is asked again. */
  unreached(): Iterable<{ readonly address: IpAddress; readonly reason: Reason }> {
    return this.unreachable.values();
  }

  /** Whether {@link takeNews} has any. */
  get hasNews(): boolean {
    return this.news.size > 0;
  }

  /**
   * What is known of next hops by now that was not when this was called last. Those that routes of our own led to and that are no longer reached wait
   * until `all` is asked for: as a rule BGP is about to choose other routes there.
   */
  takeNews(all: boolean): Reach[] {
    const taken: Reach[] = [];
    for (const key of this.news) {
      const before = this.told.get(key),
        answer = this.answers.get(key);
      if (!answer || (!all && before?.ways && answer.ways.length === 0)) continue;
      const { address } = answer,
        reach = reachOf(address, answer);
      this.news.delete(key);
      this.told.set(key, reach);
      if (!isSameReach(reach, before ?? neverTold(address))) taken.push(reach);
    }
    return taken;
  }

  private drop(key: string, address: IpAddress): void {
    this.doubt(key);
    this.stale.delete(key);
    this.moved.delete(key);
    this.unreachable.delete(key);
    this.told.delete(key);
    this.news.delete(key);
    this.known[address.family === 'ipv4' ? 0 : 1].delete(address);
  }

  private answer(address: IpAddress, key = String(address)): Answer {
    let answer = this.answers.get(key);
    if (!answer) {
      this.asked++;
      answer = this.ask(address);
      this.answers.set(key, answer);
      const former = this.stale.get(key);
      if (former && this.stale.delete(key) && !isSameAnswer(former, answer)) this.moved.add(key);
      this.depend(key, answer, true);
      if (answer.ways.length === 0) this.unreachable.set(key, answer);
      else this.unreachable.delete(key);
      const reach = reachOf(address, answer),
        before = this.told.get(key);
      this.known[address.family === 'ipv4' ? 0 : 1].add(address);
      if (isSameReach(reach, before ?? neverTold(address))) {
        this.news.delete(key);
        if (!before) this.told.set(key, reach);
      } else this.news.add(key);
    }
    return answer;
  }

  private ask(address: IpAddress): Answer {
    const links = this.links.from(),
      resolved = resolve(this.seen, address),
      way = resolved.isOurs ? 'ours' : this.askKernel(address);
    // What the kernel still has of ours may be on its way out.
    if (way === 'ours') return { address, ways: resolved.ways, reason: resolved.reason, met: resolved.met, links };
    const isReason = typeof way === 'string';
    return { address, ways: isReason ? [] : [way], reason: isReason ? way : '', met: [], links };
  }

  /** What the kernel says; `ours`: a route of ours leads there. */
  private askKernel(address: IpAddress): Way | Reason | 'ours' {
    const matched = this.lookup(address, true),
      { route } = this,
      { length, priority: metric, type, protocol, nexthopId } = route;
    if (typeof matched === 'string') return matched;
    if (protocol === this.protocol) return 'ours';
    // A foreign route on a nexthop object may be told by the object's number alone: then take the path that is chosen now.
    const info = matched.type === 'other' && nexthopId !== 0 ? this.lookup(address, false) : matched;
    if (typeof info === 'string') return info;
    if (type === ROUTE_TYPE.local) return `next hop ${address} is an address of this node`;
    if (info.type !== 'unicast') return `next hop ${address} is behind a route that drops traffic`;
    return wayOf(address, info, { length, metric }, this.links);
  }

  private lookup(address: IpAddress, match: boolean): RouteInfo | Reason {
    const payload = routeLookupRequest(address.bytes);
    if (!match) putU32(payload, 8, ROUTE_FLAG.lookupTable);
    const sent = this.socket.send(message(TYPE.getRoute, FLAG.request, 1, payload));
    let answer: RouteInfo | Reason = `no route to next hop ${address}`;
    if (sent < 0) return String(KernelError.of(`look up ${address}`, sent));
    this.socket.read((bytes, one) => {
      if (one.type === TYPE.newRoute && readRoute(bytes, one.start, one.end, this.route)) {
        answer = readRouteInfo(bytes, this.route);
      } else if (one.type === TYPE.error) {
        const error = decodeAcknowledgement(bytes, one)?.error ?? 0;
        if (-error !== constants.errno.ENETUNREACH)
          answer = String(KernelError.of(`no route to next hop ${address}`, error));
      }
    });
    return answer;
  }
}

/** No link has this index: a link was looked for by its name. */
const ANY_LINK = -1;

/** The links by index; notes which of them are looked at. */
class SeenLinks implements Links {
  private seen = new Set<number>();

  constructor(private readonly links: Links) {}

  /** Those that are looked at from now on. */
  from(): ReadonlySet<number> {
    this.seen = new Set();
    return this.seen;
  }

  get(index: number): Link | undefined {
    this.seen.add(index);
    return this.links.get(index);
  }

  values(): MapIterator<Link> {
    this.seen.add(ANY_LINK);
    return this.links.values();
  }
}

/** Whether routes by it need not be looked at. */
function isSameAnswer(one: Answer, other: Answer): boolean {
  return (
    one.reason === other.reason &&
    one.ways.length === other.ways.length &&
    one.ways.every((way, i) => isSameWay(way, other.ways[i]))
  );
}

const isSameWay = (one: Way, other: Way): boolean =>
  one.onLink === other.onLink &&
  one.isDefault === other.isDefault &&
  one.hops.length === other.hops.length &&
  one.hops.every((hop, i) => isSameHop(hop, other.hops[i]));

const isSameHop = (one: Hop, other: Hop): boolean =>
  one.interface === other.interface &&
  one.weight === other.weight &&
  one.onlink === other.onlink &&
  (one.gateway === other.gateway || (one.gateway !== undefined && other.gateway?.equals(one.gateway) === true));

/** Who was never told takes every next hop for one on a link. */
const neverTold = (address: IpAddress): Reach => ({
  ...{ address, reachable: true, metric: 0, onLink: true, isDefault: false, reason: '' },
});
