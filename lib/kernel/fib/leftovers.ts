import { type NetlinkMessage, TYPE } from '../codec/header';
import { routeDumpRequest, writeRouteRequest } from '../codec/route-request';
import type { Requests } from '../netlink/driver';
import type { KernelError } from '../system/error';
import type { FibParts } from './parts';
import { FAMILY_INDEXES, type FamilyIndex, familyNumber } from './state/family';
import { PrefixMap } from './state/prefix-map';
import { readTableRoute } from './table-route';

/** Routes of the previous run: they stay until all wanted routes have been set. */
export class Leftovers {
  /** Only used to load keys. */
  private readonly probe = [new PrefixMap(4, undefined, 8), new PrefixMap(16, undefined, 8)] as const;
  /** Delete requests for those with another metric, sent at the sweep. */
  private strays: Uint8Array[] = [];

  constructor(private readonly parts: FibParts) {}

  /** Number of those with another metric. */
  get strayCount(): number {
    return this.strays.length;
  }

  /** Adopts every route of ours in the kernel, and learns the foreign ones. */
  async adopt(): Promise<KernelError | undefined> {
    for (const family of FAMILY_INDEXES) {
      const others = this.parts.foreign.routes[family];
      const error = await this.parts.dump({
        what: 'routes',
        type: TYPE.getRoute,
        payload: routeDumpRequest(familyNumber(family), 0, 0),
        begin: () => others.beginDump(),
        visit: (bytes, one) => this.found(bytes, one, family),
      });
      if (error) return error;
      others.endDump();
    }
    return undefined;
  }

  /** Removes those that are not wanted. */
  sweep(socket: Pick<Requests, 'send'>): void {
    const { reconciler } = this.parts;
    for (const family of FAMILY_INDEXES) reconciler.tables[family].sweep((slot) => reconciler.enqueue(family, slot));
    for (const stray of this.strays) socket.send(stray);
    this.strays = [];
  }

  private found(bytes: Uint8Array, one: NetlinkMessage, family: FamilyIndex): void {
    const { route, owner, foreign, reconciler, infoCache, own } = this.parts;
    if (!readTableRoute(bytes, one, route)) return;
    if (route.protocol !== owner.protocol) {
      foreign.dumped(bytes, route);
      return;
    }
    if (route.table !== owner.table) return;
    if (route.priority !== owner.metric) {
      this.stray(bytes, family);
      return;
    }
    const table = reconciler.tables[family];
    table.prefixes.load(bytes, route.destination);
    table.adopt(table.slot(route.length), infoCache.read(bytes, route));
    own.note(family, route.length);
  }

  /** A route with the metric of an earlier configuration: it cannot be replaced, so it is removed at the sweep. */
  private stray(bytes: Uint8Array, family: FamilyIndex): void {
    const key = this.probe[family];
    const { route, owner } = this.parts;
    key.load(bytes, route.destination);
    const request = new Uint8Array(128);
    const writer = { ...owner, metric: route.priority };
    const end = writeRouteRequest(request, 0, 'delete', 0, writer, key.key, key.octets, route.length, undefined);
    this.strays.push(request.subarray(0, end));
  }
}
