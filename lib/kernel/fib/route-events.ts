import { type NetlinkMessage, NLM_FLAG, TYPE } from '../codec/header';
import { FAMILY } from '../codec/route';
import { DELAY } from './agenda';
import { type Deed, writerName } from './disturbances';
import { type FibParts, lookAround } from './parts';
import type { FamilyIndex } from './state/family';
import { FlapDamping } from './state/flap-damping';
import type { Item } from './state/item';
import { ABSENT, UNCERTAIN } from './state/route-table';
import { readTableRoute } from './table-route';

/** The kernel's events about routes that others added or deleted, ours or theirs. */
export class RouteEvents {
  private readonly damping = new FlapDamping();

  constructor(private readonly parts: FibParts) {}

  routeChanged(bytes: Uint8Array, one: NetlinkMessage): void {
    const { route, owner, reconciler } = this.parts;
    if (!readTableRoute(bytes, one, route)) return;
    const family = route.family === FAMILY.ipv4 ? 0 : 1;
    const { prefixes } = reconciler.tables[family];
    const own = route.protocol === owner.protocol;
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

  /** A foreign route of any table was added or deleted, to the prefix stored in `key`. */
  private surroundingsChanged(bytes: Uint8Array, one: NetlinkMessage, family: FamilyIndex, key: Int32Array): void {
    const { foreign, route, resolver, agenda } = this.parts;
    const isSure = foreign.changed(bytes, one, route);
    lookAround(this.parts);
    if (!resolver.forgetIn(family, key, route.length)) return;
    agenda.later('resolve', DELAY.resolve);
    if (!isSure) agenda.later('resync', DELAY.resync);
  }

  /** Somebody else added or deleted a route with our protocol number at our metric; `slot` is -1 if it is not known. */
  private ownChanged(bytes: Uint8Array, one: NetlinkMessage, family: FamilyIndex, slot: number): void {
    const { reconciler, route, infoCache } = this.parts;
    const table = reconciler.tables[family];
    if (one.type === TYPE.newRoute) {
      const at = slot < 0 ? table.slot(route.length) : slot;
      const deed = table.installed(at) === ABSENT ? 'added' : 'replaced';
      this.outsider(one, family, at, infoCache.read(bytes, route), deed);
    } else if (slot >= 0) this.outsider(one, family, slot, this.leftOf(table.installed(slot)), 'deleted');
  }

  /**
   * Somebody else changed a route of ours: it is repaired and reported, with growing pauses if it happens repeatedly.
   * `deed` is absent if it is reported elsewhere.
   */
  private outsider({ port }: NetlinkMessage, family: FamilyIndex, slot: number, info: number, deed?: Deed): void {
    const { reconciler, drift, disturbances } = this.parts;
    const item = slot * 2 + family;
    const before = reconciler.tables[family].installed(slot);
    const prefix = () => String(reconciler.prefixOf(item));
    if (before !== info) drift.note(item, before, info, `process ${port}`);
    if (this.damping.isFlapping(item, performance.now())) {
      disturbances.fight(port, item, prefix);
      reconciler.changedByOtherAgain(family, slot, info, () => writerName(port));
      return;
    }
    // Routes that the kernel deletes with a link or an address are reported with these.
    if (deed && before !== info && port !== 0) disturbances.route(port, deed, prefix);
    reconciler.changedByOther(family, slot, info);
  }

  /** A foreign route to a prefix of ours at another metric: the lower metric carries the traffic. */
  private competingChanged(one: NetlinkMessage, item: Item): void {
    const { competing, route } = this.parts;
    if (one.type === TYPE.newRoute) competing.add(item, route.protocol, route.priority);
    else competing.remove(item, route.protocol, route.priority);
  }

  /** A foreign route appeared or disappeared at the prefix and metric of one of ours. */
  private foreignChanged(one: NetlinkMessage, family: FamilyIndex, slot: number): void {
    const { reconciler, conflicts, route } = this.parts;
    const item = slot * 2 + family;
    if (one.type === TYPE.delRoute) {
      if (conflicts.remove(item)) reconciler.retry((failed) => failed === item);
      return;
    }
    conflicts.add(item, route.protocol);
    // "ip route replace" replaces our route, and this flag is the only sign of it.
    if ((one.flags & NLM_FLAG.replace) !== 0) this.outsider(one, family, slot, ABSENT);
  }

  /** What is left of a deleted route of ours: an IPv6 route may have lost only one hop, and the event does not tell. */
  private leftOf(info: number): number {
    const { nexthopSets, route } = this.parts;
    const several = info > 0 && !nexthopSets.infos.isGroup(info) && nexthopSets.infos.get(info).hops.length > 1;
    return several && route.family === FAMILY.ipv6 ? UNCERTAIN : ABSENT;
  }
}
