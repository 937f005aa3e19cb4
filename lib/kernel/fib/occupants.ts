import { TYPE } from '../codec/header';
import { routeDumpRequest } from '../codec/route-request';
import type { FibParts } from './parts';
import { FAMILY_INDEXES, familyNumber } from './state/family';
import type { Item } from './state/item';
import { readTableRoute } from './table-route';

/** Finds out which route occupies the place of ours: an overlooked leftover, or a foreign route. */
export class Occupants {
  private readonly asked = new Set<Item>();

  constructor(private readonly parts: FibParts) {}

  /** There is a route that we did not write. */
  ask(item: Item): void {
    this.asked.add(item);
    this.parts.agenda.later('inspect', 0);
  }

  async inspect(): Promise<void> {
    const { conflicts, reconciler, owner, route, infoCache } = this.parts;
    const asked = new Set(this.asked);
    this.asked.clear();
    for (const item of asked) conflicts.remove(item);
    for (const family of FAMILY_INDEXES) {
      if (![...asked].some((item) => (item & 1) === family)) continue;
      await this.parts.dump({
        what: 'routes',
        type: TYPE.getRoute,
        payload: routeDumpRequest(familyNumber(family), owner.table, 0),
        visit: (bytes, one) => {
          if (!readTableRoute(bytes, one, route) || route.table !== owner.table) return;
          if (route.priority !== owner.metric) return;
          const { prefixes } = reconciler.tables[family];
          prefixes.load(bytes, route.destination);
          const slot = prefixes.find(route.length);
          if (slot < 0 || !asked.has(slot * 2 + family)) return;
          if (route.protocol === owner.protocol) reconciler.changedByOther(family, slot, infoCache.read(bytes, route));
          else conflicts.add(slot * 2 + family, route.protocol);
        },
      });
    }
    // The occupant is gone: retry at once. A second refusal waits as usual.
    reconciler.retry((item, { attempts }) => asked.has(item) && attempts === 1 && !conflicts.has(item));
  }
}
