import { FLAG, type Message, TYPE } from '../codec/header';
import { decodeInterfaceAddress } from '../codec/interface-address';
import { decodeLink, type Link } from '../codec/link';
import { decodeNexthop } from '../codec/nexthop';
import { FAMILY } from '../codec/route';
import { type Deed, writerName } from './disturbances';
import type { FibParts } from './parts';
import { FlapDamping } from './state/flap-damping';
import type { Item } from './state/item';
import { ABSENT, UNKNOWN } from './state/route-table';
import type { Targets } from './state/targets';
import { readTableRoute } from './table-route';

/** Changes of links and routes come in swarms, a deleted route often with the next one; next hops are looked up once for each. In milliseconds. */
const RESOLVE_DELAY = 1;
const RESYNC_DELAY = 50;
/** Somebody who changes an object of ours again and again is answered so often, in milliseconds. */
const QUARREL_DELAY = 1000;

/** What the kernel tells of links, addresses, routes, rules and nexthop objects, as far as it touches the routes of a {@link Fib}. */
export class FibEvents {
  private readonly damping = new FlapDamping();
  private readonly objectDamping = new FlapDamping();

  constructor(private readonly fib: FibParts) {}

  take(bytes: Uint8Array, one: Message): void {
    const { fib } = this;
    switch (one.type) {
      case TYPE.newLink:
      case TYPE.delLink:
        this.linkChanged(bytes, one);
        break;
      case TYPE.newAddress:
      case TYPE.delAddress:
        this.addressChanged(bytes, one);
        break;
      case TYPE.newRule:
      case TYPE.delRule:
        fib.agenda.later('rules', RESOLVE_DELAY);
        break;
      case TYPE.newNexthop:
      case TYPE.delNexthop:
        this.nexthopChanged(bytes, one);
        break;
      case TYPE.newRoute:
      case TYPE.delRoute:
        if (readTableRoute(bytes, one, fib.route)) this.routeChanged(bytes, one);
    }
  }

  /** An address of this node came or went; the kernel tells of the routes that come with it, and of most that go. */
  addressChanged(bytes: Uint8Array, one: Message): void {
    const address = decodeInterfaceAddress(bytes, one.start, one.end),
      isThere = one.type === TYPE.newAddress;
    if (!address) return;
    const { network, agenda } = this.fib;
    network.addressChanged(address, isThere);
    if (!isThere && address.address.family === 'ipv4') {
      // With the last IPv4 address of an interface go its routes, with any those that name it as their source; and nobody is told.
      const isUsed = !network.hasIpv4(address.interface) && this.routesLost(address.interface);
      if (isUsed || this.fib.foreign.sources.has(address.address)) agenda.later('resync', RESYNC_DELAY);
      if (isUsed) this.fib.writer.schedule();
    }
    this.lookAround();
  }

  private lookAround(): void {
    if (this.fib.network.hasNews) this.fib.agenda.later('ownNetwork', 0);
  }

  linkChanged(bytes: Uint8Array, one: Message): void {
    const link = decodeLink(bytes, one.start, one.end);
    if (!link || bytes[one.start] !== 0) return; // AF_UNSPEC: not a bridge's word on its port
    const { links } = this.fib,
      before = links.get(link.index);
    const up = one.type === TYPE.newLink && link.up;
    if (one.type === TYPE.newLink) links.set(link.index, link);
    else links.delete(link.index);
    if (before?.up === up && before.carrier === link.carrier && before.name === link.name) return;
    this.fib.network.linkChanged(link.index);
    this.resolveOver(link, before);
    if (before?.up && !up) this.linkLost(link.index, true);
    // Without carrier the kernel drops nexthop objects as well, with routes that have no other way; plain routes stay.
    else if (before?.carrier && !link.carrier) this.linkLost(link.index, false);
    this.lookAround();
  }

  private routeChanged(bytes: Uint8Array, one: Message): void {
    const { route, owner, reconciler } = this.fib,
      family = route.family === FAMILY.ipv4 ? 0 : 1;
    const { prefixes } = reconciler.tables[family],
      own = route.protocol === owner.protocol;
    prefixes.load(bytes, route.destination);
    if (!own) this.surroundingsChanged(bytes, one, family, prefixes.key);
    if (route.table !== owner.table) return;
    const slot = prefixes.find(route.length);
    if (route.priority !== owner.metric) {
      if (!own && slot >= 0) this.competingChanged(one, slot * 2 + family);
      return;
    }
    if (own) this.ownChanged(bytes, one, family, slot);
    else if (slot >= 0) this.foreignChanged(one, family, slot);
  }

  /** A foreign route of any table came or went, to the prefix whose address stands in the words of `key`. */
  private surroundingsChanged(bytes: Uint8Array, one: Message, family: 0 | 1, key: Int32Array): void {
    const { foreign, route, resolver, agenda } = this.fib,
      isSure = foreign.changed(bytes, one, route);
    this.lookAround();
    if (!resolver.forgetIn(family, key, route.length)) return;
    agenda.later('resolve', RESOLVE_DELAY);
    if (!isSure) agenda.later('resync', RESYNC_DELAY);
  }

  /** What next hops are reached by over a link may have changed. */
  private resolveOver(link: Link, before: Link | undefined): void {
    const { resolver, network, agenda } = this.fib,
      isBack = link.up && link.carrier && before !== undefined && !(before.up && before.carrier);
    for (const name of new Set([link.name, before?.name ?? link.name])) resolver.linkChanged(name);
    // Where it counts again, the kernel may prefer its routes to others (net.ipv4.conf.all.ignore_routes_with_linkdown), and does not say so.
    if (isBack && network.withholding.usesLink(link.index)) resolver.forget();
    else resolver.forgetLink(link.index);
    agenda.later('resolve', RESOLVE_DELAY);
  }

  /** What any next hop is reached by may have changed. */
  private resolveAll(): void {
    this.fib.resolver.forget();
    this.fib.agenda.later('resolve', RESOLVE_DELAY);
  }

  /** Somebody else wrote or deleted a route with our protocol number at our metric; `slot` is -1 where it is not known. */
  private ownChanged(bytes: Uint8Array, one: Message, family: 0 | 1, slot: number): void {
    const { reconciler, route, infoCache } = this.fib,
      table = reconciler.tables[family];
    if (one.type === TYPE.newRoute) {
      const at = slot < 0 ? table.slot(route.length) : slot,
        deed = table.installed(at) === ABSENT ? 'added' : 'replaced';
      this.outsider(one, family, at, infoCache.read(bytes, route), deed);
    } else if (slot >= 0) this.outsider(one, family, slot, this.leftOf(table.installed(slot)), 'deleted');
  }

  /** Somebody else changed what stands at a place of ours: it is put right and told, but not for ever in a quarrel. `deed` is absent where it is told otherwise. */
  private outsider({ port }: Message, family: 0 | 1, slot: number, info: number, deed?: Deed): void {
    const { reconciler, drift, disturbances } = this.fib,
      item = slot * 2 + family,
      before = reconciler.tables[family].installed(slot);
    const prefix = () => String(reconciler.prefixOf(item));
    if (before !== info) drift.note(item, before, info, `process ${port}`);
    if (this.damping.isFlapping(item, performance.now())) {
      disturbances.fight(port, item, prefix);
      reconciler.changedByOtherAgain(family, slot, info, () => writerName(port));
      return;
    }
    // What the kernel takes with a link or an address, it tells of itself: the link and the address are told.
    if (deed && before !== info && port !== 0) disturbances.route(port, deed, prefix);
    reconciler.changedByOther(family, slot, info);
  }

  /** A foreign route to a prefix of ours at another metric: the lower one has the traffic. */
  private competingChanged(one: Message, item: Item): void {
    const { competing, route } = this.fib;
    if (one.type === TYPE.newRoute) competing.add(item, route.protocol, route.priority);
    else competing.remove(item, route.protocol, route.priority);
  }

  /** A foreign route appeared or went where one of ours is or shall be. */
  private foreignChanged(one: Message, family: 0 | 1, slot: number): void {
    const { reconciler, conflicts, route } = this.fib,
      item = slot * 2 + family;
    if (one.type === TYPE.delRoute) {
      if (conflicts.remove(item)) reconciler.retry((failed) => failed === item);
      return;
    }
    conflicts.add(item, route.protocol);
    // "ip route replace" takes the place of ours without a word about it but this flag.
    if ((one.flags & FLAG.replace) !== 0) this.outsider(one, family, slot, ABSENT);
  }

  /** What is left of a route of ours that was deleted: an IPv6 route may have lost one hop alone, and nobody says which way it was. */
  private leftOf(info: number): number {
    const { targets, route } = this.fib;
    const several = info > 0 && !targets.infos.isGroup(info) && targets.infos.get(info).hops.length > 1;
    return several && route.family === FAMILY.ipv6 ? UNKNOWN : ABSENT;
  }

  /** Somebody else changed an object. Ours are put right at once, and the routes that went with them; but not for ever in a quarrel. */
  private nexthopChanged(bytes: Uint8Array, one: Message): void {
    const { objects, foreign, reconciler, writer, drift, disturbances, agenda } = this.fib,
      nexthop = decodeNexthop(bytes, one.start, one.end),
      isThere = one.type === TYPE.newNexthop;
    if (!nexthop) return;
    if (!objects?.isOurs(nexthop.id)) {
      if (foreign.nexthopChanged(nexthop, isThere)) this.resolveAll();
      return;
    }
    if (this.objectDamping.isFlapping(nexthop.id, performance.now())) {
      agenda.later('resync', QUARREL_DELAY);
      return;
    }
    agenda.later('resync', RESYNC_DELAY);
    if (isThere) objects.changed(nexthop);
    else {
      const gone = objects.deleted(nexthop.id);
      drift.lost(gone?.routes ?? 0);
      if (one.port !== 0) disturbances.object(one.port, 'deleted', gone?.routes ?? 0);
      if (gone) reconciler.groupsGone([gone]);
    }
    writer.schedule();
  }

  /** With a link go its nexthop objects and, where it was set down, its IPv4 routes; the kernel sends no event for them (IPv6 does). */
  private linkLost(index: number, isDown: boolean): void {
    const { reconciler, writer, objects, agenda } = this.fib;
    const gone = objects?.linkLost(index) ?? [];
    reconciler.groupsGone(gone);
    const used = isDown && this.routesLost(index);
    if (!used && gone.length === 0) return;
    agenda.later('resync', RESYNC_DELAY);
    writer.schedule();
  }

  /** The IPv4 routes over a link are gone; answers whether some of ours were. */
  private routesLost(index: number): boolean {
    const { reconciler, targets, foreign, resolver, agenda } = this.fib,
      [table] = reconciler.tables;
    foreign.linkLost(index);
    resolver.forgetLink(index);
    agenda.later('resolve', RESOLVE_DELAY);
    const fates: ReturnType<typeof fateOf>[] = [];
    for (let info = 0; info < targets.infos.limit; info++) {
      const fate = fateOf(targets, info, index);
      if (fate !== 'untouched') fates[info] = fate;
    }
    if (fates.length === 0) return false;
    let used = false;
    table.each((slot) => {
      const installed = table.installed(slot),
        fate = installed > 0 ? fates[installed] : undefined;
      if (fate === undefined) return;
      used = true;
      if (fate === 'gone') reconciler.changedByOther(0, slot, ABSENT);
    });
    return used;
  }
}

/** What becomes of routes of a route info that stand on their own when a link goes down. */
function fateOf(targets: Targets, info: number, link: number): 'untouched' | 'hurt' | 'gone' {
  const { hops } = targets.infos.get(info);
  if (targets.infos.isGroup(info) || !hops.some((hop) => hop.interface === link)) return 'untouched';
  return hops.every((hop) => hop.interface === link) ? 'gone' : 'hurt';
}
