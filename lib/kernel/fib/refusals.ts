import { MAX_LISTED } from './conflicts';
import type { FibParts } from './parts';
import type { Item } from './state/item';
import type { FailedRoute } from './state/retry';

/** What the kernel refuses, as the log tells it, and the routes that stand on their own because of it. */
export class Refusals {
  /** Why nexthop objects were refused, each told once. */
  private readonly reasons = new Set<string>();
  /** Targets whose groups the kernel refused: their routes are to be looked at, all in one go. */
  private nexthopSets = new Set<number>();

  constructor(private readonly parts: FibParts) {}

  /** A line for the first ones alone: a million may be refused for one and the same reason. */
  routeRefused(item: Item, { code, reason }: FailedRoute): void {
    const { reconciler, log } = this.parts;
    const { size } = reconciler.failures;
    if (code !== 'EEXIST' && size <= MAX_LISTED)
      log('warn', `${reconciler.prefixOf(item)}: the kernel rejected the route: ${reason}`);
    if (size === MAX_LISTED + 1) log('warn', 'the kernel rejects further routes; they are counted in the status');
  }

  groupRefused(nexthopSets: readonly number[], reason: string): void {
    if (!this.reasons.has(reason))
      this.parts.log('warn', `the kernel rejected a nexthop object: ${reason}; its routes are installed individually`);
    this.reasons.add(reason);
    for (const target of nexthopSets) this.nexthopSets.add(target);
    this.parts.writer.schedule();
  }

  /** Has the routes of refused groups written on their own. */
  lookAfter(): void {
    if (this.nexthopSets.size === 0) return;
    const refused = this.nexthopSets;
    this.nexthopSets = new Set();
    this.parts.reconciler.lookAt(refused);
  }
}
