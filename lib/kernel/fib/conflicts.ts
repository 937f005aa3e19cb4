import { protocolName } from '../codec/route-protocol';
import type { KernelLog } from '../log';
import type { Item } from './state/item';

/** Maximum number of each kind that is logged or listed individually. */
export const MAX_LISTED = 20;

/** Foreign routes with the prefix and metric of a wanted route of ours. They stay, and their writers are named. */
export class Conflicts {
  private readonly protocols = new Map<Item, number>();

  constructor(
    private readonly metric: number,
    private readonly nameOf: (item: Item) => string,
    private readonly log: KernelLog,
  ) {}

  get size(): number {
    return this.protocols.size;
  }

  has(item: Item): boolean {
    return this.protocols.has(item);
  }

  add(item: Item, protocol: number): void {
    if (this.protocols.get(item) === protocol) return;
    this.protocols.set(item, protocol);
    if (this.size <= MAX_LISTED) this.log('warn', `${this.nameOf(item)}: ${this.reason(item)}; it stays`);
  }

  /** Returns true if there was one. */
  remove(item: Item): boolean {
    return this.size > 0 && this.protocols.delete(item);
  }

  /** The reason to report for a route that a conflict keeps out. */
  reason(item: Item): string | undefined {
    const protocol = this.protocols.get(item);
    return protocol === undefined
      ? undefined
      : `a route of protocol ${protocolName(protocol)} exists at metric ${this.metric}`;
  }

  /** The first of them, for display. */
  examples(): { readonly prefix: string; readonly protocol: string }[] {
    return [...this.protocols]
      .slice(0, MAX_LISTED)
      .map(([item, protocol]) => ({ prefix: this.nameOf(item), protocol: protocolName(protocol) }));
  }
}
