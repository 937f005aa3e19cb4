import { MAX_LISTED } from './conflicts';
import type { FibParts } from './parts';
import type { Item } from './state/item';
import type { FailedRoute } from './state/retry';

/**
 * Logs what the kernel refuses, and remembers the targets whose routes must be written without a nexthop object because
 * of it.
 */
export class Refusals {
  /** Reasons why nexthop objects were refused, each logged once. */
  private readonly reasons = new Set<string>();
  /** Targets whose groups the kernel refused: their routes are checked in one scan. */
  private nexthopSets = new Set<number>();

  constructor(private readonly parts: FibParts) {}

  /** Logs only the first ones: a million may be refused for the same reason. */
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

  /** Has the routes of refused groups written without a group. */
  lookAfter(): void {
    if (this.nexthopSets.size === 0) return;
    const refused = this.nexthopSets;
    this.nexthopSets = new Set();
    this.parts.reconciler.lookAt(refused);
  }
}
