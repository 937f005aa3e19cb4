import { type NetlinkMessage, TYPE } from '../codec/header';
import { addressRequest } from '../codec/interface-address';
import { ROUTE_TYPE } from '../codec/route';
import { routeDumpRequest } from '../codec/route-request';
import type { KernelError } from '../system/error';
import type { Admission } from './admission';
import { type FibFinding, UNKNOWN_WRITER } from './drift';
import type { LinkEvents } from './link-events';
import { takeStock } from './nexthop-stock';
import type { FibParts } from './parts';
import { FAMILY_INDEXES, type FamilyIndex, familyNumber } from './state/family';
import type { VisitChange } from './state/route-table';
import { readTableRoute } from './table-route';

/**
 * Milliseconds between comparisons with the kernel's table, as it does not report every change; they take at most a
 * hundredth of the time.
 */
export const PERIOD = 60_000;
const SHARE = 100;

/** Compares the known state with the kernel and has differences repaired. */
export class FibComparison {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: FibParts,
    private readonly admission: Admission,
    private readonly links: LinkEvents,
    private readonly tell: (message: string) => void,
  ) {}

  /** Comparisons run one at a time: they mark what they saw. */
  compare(): Promise<FibFinding | KernelError> {
    const before = this.last;
    const compared = this.parts.agenda.run(async () => {
      await before;
      return this.once();
    });
    this.last = compared;
    return compared;
  }

  private async once(): Promise<FibFinding | KernelError> {
    const { drift, competing, network, agenda, log } = this.parts;
    drift.begin(performance.now());
    competing.beginDump();
    await takeStock(this.parts);
    network.beginDump();
    let failed: KernelError | undefined;
    if (!agenda.isClosed) failed = await this.dumpAddresses();
    for (const family of FAMILY_INDEXES) if (!agenda.isClosed) failed ??= await this.compareFamily(family);
    if (!failed && !agenda.isClosed) {
      network.endDump();
      competing.endDump();
      this.admission.update();
    }
    const found = drift.end(performance.now());
    agenda.took('resync', found.tookMs);
    if (failed) log('error', String(failed));
    this.tellFinding(found);
    agenda.later('periodic', Math.max(PERIOD, SHARE * found.tookMs));
    return failed ?? found;
  }

  dumpAddresses(): Promise<KernelError | undefined> {
    return this.parts.dump({
      what: 'addresses',
      type: TYPE.getAddress,
      payload: addressRequest(),
      visit: (bytes, one) => this.links.addressChanged(bytes, one),
    });
  }

  private async compareFamily(family: FamilyIndex): Promise<KernelError | undefined> {
    const { reconciler, foreign, drift, resolver, agenda } = this.parts;
    const table = reconciler.tables[family];
    const others = foreign.routes[family];
    const found: VisitChange = (slot, before, now) => drift.note(slot * 2 + family, before, now, UNKNOWN_WRITER);
    const error = await this.parts.dump({
      what: 'routes',
      type: TYPE.getRoute,
      payload: routeDumpRequest(familyNumber(family), 0, 0),
      begin: () => {
        table.beginDump();
        others.beginDump();
      },
      visit: (bytes, one) => this.dumped(bytes, one, family, found),
    });
    if (error || agenda.isClosed) return error;
    table.endDump((slot) => reconciler.enqueue(family, slot), found);
    if (others.endDump()) {
      resolver.forget();
      agenda.later('resolve', 0);
    }
    return undefined;
  }

  private dumped(bytes: Uint8Array, one: NetlinkMessage, family: FamilyIndex, found: VisitChange): void {
    const { route, owner, foreign, reconciler, conflicts, competing, drift, infoCache } = this.parts;
    if (!readTableRoute(bytes, one, route)) return;
    const table = reconciler.tables[family];
    const isOwn = route.protocol === owner.protocol;
    if (!isOwn) foreign.dumped(bytes, route);
    if (route.table !== owner.table) return;
    if (isOwn && route.priority !== owner.metric) return;
    table.prefixes.load(bytes, route.destination);
    if (!isOwn) {
      const slot = table.prefixes.find(route.length);
      if (slot < 0) return;
      if (route.priority === owner.metric) conflicts.add(slot * 2 + family, route.protocol);
      else competing.add(slot * 2 + family, route.protocol, route.priority);
      return;
    }
    if (route.type !== ROUTE_TYPE.throw) drift.route();
    const slot = table.slot(route.length);
    if (table.dumped(slot, infoCache.read(bytes, route), found)) reconciler.enqueue(family, slot);
  }

  private tellFinding({ missing, extra, different, examples }: FibFinding): void {
    if (missing + extra + different === 0) return;
    const [first] = examples;
    const example = first ? `, such as ${first.prefix} (${first.kind})` : '';
    const counts = `${missing} missing, ${extra} extra, ${different} different`;
    this.tell(`the kernel routes differed from what was installed: ${counts}${example}; repaired`);
  }
}
