import { type NetlinkMessage, TYPE } from '../codec/header';
import { decodeNexthop } from '../codec/nexthop';
import { DELAY } from './agenda';
import { LinkEvents } from './link-events';
import type { FibParts } from './parts';
import { RouteEvents } from './route-events';
import { FlapDamping } from './state/flap-damping';

/**
 * Events of the kernel about links, addresses, routes, rules and nexthop objects, as far as they concern the routes of
 * a {@link Fib}.
 */
export class FibEvents {
  readonly links: LinkEvents;
  private readonly routes: RouteEvents;
  private readonly damping = new FlapDamping();

  constructor(private readonly parts: FibParts) {
    this.links = new LinkEvents(parts);
    this.routes = new RouteEvents(parts);
  }

  take(bytes: Uint8Array, one: NetlinkMessage): void {
    switch (one.type) {
      case TYPE.newLink:
      case TYPE.delLink:
        this.links.linkChanged(bytes, one);
        break;
      case TYPE.newAddress:
      case TYPE.delAddress:
        this.links.addressChanged(bytes, one);
        break;
      case TYPE.newRule:
      case TYPE.delRule:
        this.parts.agenda.later('rules', DELAY.resolve);
        break;
      case TYPE.newNexthop:
      case TYPE.delNexthop:
        this.nexthopChanged(bytes, one);
        break;
      case TYPE.newRoute:
      case TYPE.delRoute:
        this.routes.routeChanged(bytes, one);
    }
  }

  /**
   * Somebody else changed an object. Our objects and the routes lost with them are repaired at once, or at intervals if
   * it happens repeatedly.
   */
  private nexthopChanged(bytes: Uint8Array, one: NetlinkMessage): void {
    const { objects, foreign, resolver, reconciler, writer, drift, disturbances, agenda } = this.parts;
    const nexthop = decodeNexthop(bytes, one.start, one.end);
    const isThere = one.type === TYPE.newNexthop;
    if (!nexthop) return;
    if (!objects?.isOurs(nexthop.id)) {
      if (foreign.nexthopChanged(nexthop, isThere)) {
        resolver.forget();
        agenda.later('resolve', DELAY.resolve);
      }
      return;
    }
    if (this.damping.isFlapping(nexthop.id, performance.now())) {
      agenda.later('resync', DELAY.quarrel);
      return;
    }
    agenda.later('resync', DELAY.resync);
    if (isThere) objects.changed(nexthop);
    else {
      const gone = objects.deleted(nexthop.id);
      drift.lost(gone?.routes ?? 0);
      if (one.port !== 0) disturbances.object(one.port, 'deleted', gone?.routes ?? 0);
      if (gone) reconciler.groupsGone([gone]);
    }
    writer.schedule();
  }
}
