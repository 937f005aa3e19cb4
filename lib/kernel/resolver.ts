import { constants } from 'node:os';
import type { IpAddress } from '../model/address';
import { decodeAcknowledgement } from './codec/acknowledgement';
import { type Form, type Hop, readForm } from './codec/form';
import { FLAG, message, TYPE } from './codec/header';
import type { Link } from './codec/link';
import { putU32 } from './codec/octets';
import { emptyRoute, ROUTE_FLAG, ROUTE_TYPE, type RouteView, readRoute } from './codec/route';
import { routeLookupRequest } from './codec/route-request';
import { MAX_WEIGHT, type NextHop, type Reason } from './diff/target';
import { KernelError } from './error';
import type { NetlinkSocket } from './netlink';

/** The hops of a route of our own that leads to an address, or why it must not be used to reach it. */
export type OwnRoute = (route: RouteView, bytes: Uint8Array, form: Form, address: IpAddress) => Form | Reason;

/** What is known of the way to a next hop. */
export interface Reach {
  readonly address: IpAddress;
  readonly reachable: boolean;
  /** Of the route that leads there; 0 where it is on a link of this node, and where nothing leads there. */
  readonly metric: number;
  /** Why it is not reached, else empty. */
  readonly reason: Reason;
}

interface Answer {
  readonly address: IpAddress;
  readonly bytes: Uint8Array;
  readonly metric: number;
  readonly hops: readonly Hop[] | Reason;
  /** Reached on its own link: no other route has a part in it. */
  readonly direct: boolean;
}

/**
 * Says how next hops are reached: asks the kernel which of its routes leads there, so recursion, policy rules and on-link
 * routes are the kernel's own. Answers are kept until {@link forget}.
 */
export class Resolver {
  private readonly answers = new Map<string, Answer>();
  /** What was said of each next hop last; those that can't be reached are asked for again even where nobody uses them. */
  private readonly said = new Map<string, Reach>();
  private readonly news = new Map<string, Reach>();
  private readonly route = emptyRoute();

  constructor(
    private readonly socket: NetlinkSocket,
    private readonly links: ReadonlyMap<number, Link>,
    private readonly own: { readonly protocol: number; readonly route: OwnRoute },
  ) {}

  resolve = (hop: NextHop): readonly Hop[] | Reason => {
    const { address, onlink = false } = hop;
    const weight = Math.min(MAX_WEIGHT, Math.max(1, hop.weight ?? 1));
    if (hop.interface !== undefined) {
      const link = [...this.links.values()].find(({ name }) => name === hop.interface);
      if (!link) return `there is no interface ${hop.interface}`;
      if (!link.up) return `interface ${hop.interface} is down`;
      if (!link.carrier) return `interface ${hop.interface} has no carrier`;
      return [{ interface: link.index, ...(address && { gateway: address }), weight, onlink }];
    }
    if (!address) return 'a next hop needs an address or an interface';
    if (address.isLinkLocal) return `next hop ${address} is link-local and needs an interface`;
    const { hops } = this.answer(address);
    return typeof hops === 'string' || weight === 1 ? hops : hops.map((one) => ({ ...one, weight }));
  };

  /** Everything is asked again. */
  forget(): void {
    this.answers.clear();
    for (const { address, reachable } of this.said.values()) if (!reachable) this.answer(address);
  }

  /** What is known of every next hop that was asked for. */
  reaches(): readonly Reach[] {
    return [...this.said.values()];
  }

  /** Whether {@link takeNews} has any. */
  get hasNews(): boolean {
    return this.news.size > 0;
  }

  /** What is known of next hops by now that was not when this was called last. */
  takeNews(): Reach[] {
    const all = [...this.news.values()];
    this.news.clear();
    return all;
  }

  /** Whether a route to `length` bits of the address at `at` has a part in reaching a next hop that was asked for. */
  concerns(bytes: Uint8Array, at: number, length: number, octets: number): boolean {
    for (const answer of this.answers.values())
      if (answer.bytes.length === octets && covers(bytes, at, length, answer.bytes)) return true;
    return false;
  }

  /** Whether a next hop depends on other routes, or waits for one: those of our own may have a part in it. */
  get recursive(): boolean {
    for (const answer of this.answers.values()) if (!answer.direct) return true;
    return false;
  }

  private answer(address: IpAddress): Answer {
    const key = String(address);
    let answer = this.answers.get(key);
    if (!answer) {
      const hops = this.ask(address);
      const direct = typeof hops !== 'string' && hops.every(({ gateway }) => gateway?.equals(address));
      const metric = typeof hops === 'string' || direct ? 0 : this.route.priority;
      answer = { address, bytes: address.bytes, metric, hops, direct };
      this.answers.set(key, answer);
      this.say(key, answer);
    }
    return answer;
  }

  private say(key: string, { address, hops, metric }: Answer): void {
    const before = this.said.get(key),
      reachable = typeof hops !== 'string';
    const reach = { address, reachable, metric, reason: reachable ? '' : hops };
    this.said.set(key, reach);
    // Who was never told takes every next hop for reachable at no cost.
    if ((before?.reachable ?? true) !== reachable || (before?.metric ?? 0) !== metric) this.news.set(key, reach);
  }

  private ask(address: IpAddress): readonly Hop[] | Reason {
    const matched = this.lookup(address, true);
    if (typeof matched === 'string') return matched;
    // A foreign route on a nexthop object may be told by the object's number alone: then take the path that is chosen now.
    const form = matched.type === 'other' && this.route.nexthopId !== 0 ? this.lookup(address, false) : matched;
    if (typeof form === 'string') return form;
    if (this.route.type === ROUTE_TYPE.local) return `next hop ${address} is an address of this node`;
    if (form.type !== 'unicast') return `next hop ${address} lies behind a route that drops`;
    const hops = form.hops.map((hop) => ({ ...hop, gateway: hop.gateway ?? address }));
    if (hops.length === 0) return `no route to next hop ${address}`;
    // The kernel keeps routes whose link has lost its carrier, and sends into the void.
    const alive = hops.filter(({ interface: index }) => this.links.get(index)?.carrier !== false);
    return alive.length > 0 ? alive : `the link to next hop ${address} has no carrier`;
  }

  private lookup(address: IpAddress, match: boolean): Form | Reason {
    const payload = routeLookupRequest(address.bytes);
    if (!match) putU32(payload, 8, ROUTE_FLAG.lookupTable);
    const sent = this.socket.send(message(TYPE.getRoute, FLAG.request, 1, payload));
    let answer: Form | Reason = `no route to next hop ${address}`;
    if (sent < 0) return String(KernelError.of(`look up ${address}`, sent));
    this.socket.read((bytes, one) => {
      if (one.type === TYPE.newRoute && readRoute(bytes, one.start, one.end, this.route)) {
        const form = readForm(bytes, this.route);
        answer = form;
        if (match && this.route.protocol === this.own.protocol)
          answer = this.own.route(this.route, bytes, form, address);
      } else if (one.type === TYPE.error) {
        const error = decodeAcknowledgement(bytes, one)?.error ?? 0;
        if (-error !== constants.errno.ENETUNREACH)
          answer = String(KernelError.of(`no route to next hop ${address}`, error));
      }
    });
    return answer;
  }
}

/** Whether `length` bits of the octets at `at` (an absent destination, -1, is zeros) begin the address. */
function covers(bytes: Uint8Array, at: number, length: number, address: Uint8Array): boolean {
  if (length > address.length * 8) return false;
  for (let i = 0; 8 * i < length; i++) {
    const mask = 8 * i + 8 <= length ? 0xff : 0xff00 >> (length & 7);
    if ((((at < 0 ? 0 : bytes[at + i]) ^ address[i]) & mask & 0xff) !== 0) return false;
  }
  return true;
}
