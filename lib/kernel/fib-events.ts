import { FLAG, type Message, TYPE } from './codec/header';
import { decodeLink, type Link } from './codec/link';
import { decodeNexthop } from './codec/nexthop';
import { FAMILY, ROUTE_FLAG, type RouteView, readRoute } from './codec/route';
import type { RouteOwner } from './codec/route-request';
import type { Conflicts } from './conflicts';
import { Brake } from './diff/brake';
import type { FormCache } from './diff/form-cache';
import { ABSENT, UNKNOWN } from './diff/mirror';
import type { NexthopObjects } from './diff/nexthop-objects';
import type { Targets } from './diff/target';
import type { Ledger } from './ledger';
import type { Resolver } from './resolver';
import type { Item, RouteWriter } from './writer';

/** Changes of links and routes come in swarms, a deleted route often with the next one; next hops are looked up once for each. In milliseconds. */
const RESOLVE_DELAY = 1;
const RESYNC_DELAY = 50;

/** What events are about, and what they lead to. */
export interface FibParts {
  readonly owner: RouteOwner;
  readonly links: Map<number, Link>;
  /** Filled by each route that is read. */
  readonly route: RouteView;
  readonly conflicts: Conflicts;
  readonly forms: FormCache;
  readonly ledger: Ledger;
  readonly objects: NexthopObjects | undefined;
  readonly resolver: Resolver;
  readonly targets: Targets;
  readonly writer: RouteWriter;
  /** Does something once for a swarm of reasons. */
  readonly later: (what: 'resolve' | 'resync', delay: number) => void;
}

/** What the kernel tells of links, addresses, routes and nexthop objects, as far as it touches the routes of a {@link Fib}. */
export class FibEvents {
  private readonly brake = new Brake();

  constructor(private readonly fib: FibParts) {}

  take(bytes: Uint8Array, one: Message): void {
    const { fib } = this;
    switch (one.type) {
      case TYPE.newLink:
      case TYPE.delLink:
        this.linkChanged(bytes, one);
        break;
      case TYPE.newAddress:
        fib.later('resolve', RESOLVE_DELAY);
        break;
      case TYPE.delAddress:
        // With the last IPv4 address of an interface the kernel drops its routes, and tells nobody.
        fib.later('resolve', RESOLVE_DELAY);
        fib.later('resync', RESYNC_DELAY);
        break;
      case TYPE.newNexthop:
      case TYPE.delNexthop:
        this.nexthopChanged(bytes, one);
        break;
      case TYPE.newRoute:
      case TYPE.delRoute:
        if (this.reads(bytes, one)) this.routeChanged(bytes, one);
    }
  }

  /** Reads a route of this table into the view; false for anything else. */
  reads(bytes: Uint8Array, one: Message): boolean {
    const { route, owner } = this.fib;
    return (
      readRoute(bytes, one.start, one.end, route) &&
      route.table === owner.table &&
      (route.flags & ROUTE_FLAG.cloned) === 0 &&
      (route.family === FAMILY.ipv4 || route.family === FAMILY.ipv6)
    );
  }

  linkChanged(bytes: Uint8Array, one: Message): void {
    const link = decodeLink(bytes, one.start, one.end);
    if (!link || bytes[one.start] !== 0) return; // AF_UNSPEC: not a bridge's word on its port
    const { links, later } = this.fib,
      before = links.get(link.index);
    const up = one.type === TYPE.newLink && link.up;
    if (one.type === TYPE.newLink) links.set(link.index, link);
    else links.delete(link.index);
    if (before?.up === up && before.carrier === link.carrier && before.name === link.name) return;
    later('resolve', RESOLVE_DELAY);
    if (before?.up && !up) this.linkLost(link.index, true);
    // Without carrier the kernel drops nexthop objects as well, with routes that have no other way; plain routes stay.
    else if (before?.carrier && !link.carrier) this.linkLost(link.index, false);
  }

  private routeChanged(bytes: Uint8Array, one: Message): void {
    const { route, owner, writer, resolver, later } = this.fib,
      family = route.family === FAMILY.ipv4 ? 0 : 1;
    const { table } = writer.mirrors[family],
      own = route.protocol === owner.protocol;
    if (!own && resolver.concerns(bytes, route.destination, route.length, table.octets))
      later('resolve', RESOLVE_DELAY);
    table.load(bytes, route.destination);
    const slot = table.find(route.length);
    if (route.priority !== owner.metric) {
      if (!own && slot >= 0) this.besideChanged(one, slot * 2 + family);
      return;
    }
    if (own) this.ownChanged(bytes, one, family, slot);
    else if (slot >= 0) this.foreignChanged(one, family, slot);
  }

  /** Somebody else wrote or deleted a route with our protocol number at our metric; `slot` is -1 where it is not known. */
  private ownChanged(bytes: Uint8Array, one: Message, family: 0 | 1, slot: number): void {
    const { writer, route, forms } = this.fib,
      mirror = writer.mirrors[family];
    if (one.type === TYPE.newRoute)
      this.outsider(one, family, slot < 0 ? mirror.slot(route.length) : slot, forms.read(bytes, route));
    else if (slot >= 0) this.outsider(one, family, slot, this.leftOf(mirror.installed(slot)));
  }

  /** Somebody else changed what stands at a place of ours: it is put right, but not for ever in a quarrel. */
  private outsider({ port }: Message, family: 0 | 1, slot: number, form: number): void {
    const { writer, ledger } = this.fib,
      item = slot * 2 + family,
      before = writer.mirrors[family].installed(slot);
    const by = writerName(port);
    if (before !== form) ledger.note(item, before, form, by);
    if (this.brake.tooOften(item, performance.now())) writer.disturbAgain(family, slot, form, by);
    else writer.disturb(family, slot, form);
  }

  /** A foreign route to a prefix of ours at another metric: the lower one has the traffic. */
  private besideChanged(one: Message, item: Item): void {
    const { ledger, route } = this.fib;
    ledger.beside(item, route.protocol, route.priority, one.type === TYPE.newRoute);
  }

  /** A foreign route appeared or went where one of ours is or shall be. */
  private foreignChanged(one: Message, family: 0 | 1, slot: number): void {
    const { writer, conflicts, route } = this.fib,
      item = slot * 2 + family;
    if (one.type === TYPE.delRoute) {
      if (conflicts.remove(item)) writer.retry((failed) => failed === item);
      return;
    }
    conflicts.add(item, route.protocol);
    // "ip route replace" takes the place of ours without a word about it but this flag.
    if ((one.flags & FLAG.replace) !== 0) this.outsider(one, family, slot, ABSENT);
  }

  /** What is left of a route of ours that was deleted: an IPv6 route may have lost one hop alone, and nobody says which way it was. */
  private leftOf(form: number): number {
    const { targets, route } = this.fib;
    const several = form > 0 && !targets.isGroup(form) && targets.form(form).hops.length > 1;
    return several && route.family === FAMILY.ipv6 ? UNKNOWN : ABSENT;
  }

  /** Somebody else changed an object of ours: what is on it now is found out by comparing. */
  private nexthopChanged(bytes: Uint8Array, one: Message): void {
    const nexthop = decodeNexthop(bytes, one.start, one.end);
    if (nexthop && this.fib.objects?.isOurs(nexthop.id)) this.fib.later('resync', 0);
  }

  /** With a link go its nexthop objects and, where it was set down, its IPv4 routes; the kernel sends no event for them (IPv6 does). */
  private linkLost(index: number, isDown: boolean): void {
    const { writer, targets, objects, later } = this.fib,
      [mirror] = writer.mirrors;
    const gone = objects?.linkLost(index) ?? [];
    let used = gone.length > 0;
    writer.groupsGone(gone);
    const fates = Array.from({ length: targets.formLimit }, (_, number) => fateOf(targets, number, index));
    if (isDown && fates.some((fate) => fate !== 'untouched'))
      mirror.each((slot) => {
        const installed = mirror.installed(slot),
          fate = installed > 0 ? fates[installed] : 'untouched';
        if (fate === 'untouched') return;
        used = true;
        if (fate === 'gone') writer.disturb(0, slot, ABSENT);
      });
    if (used) later('resync', RESYNC_DELAY);
    writer.nudge();
  }
}

/** The sender of a request by its socket's port id: the process id, as a rule; 0 is the kernel. */
const writerName = (port: number): string => (port === 0 ? 'the kernel' : `process ${port}`);

/** What becomes of routes of a form that stand on their own when a link goes down. */
function fateOf(targets: Targets, form: number, link: number): 'untouched' | 'hurt' | 'gone' {
  const { hops } = targets.form(form);
  if (targets.isGroup(form) || !hops.some((hop) => hop.interface === link)) return 'untouched';
  return hops.every((hop) => hop.interface === link) ? 'gone' : 'hurt';
}
