import { protocolName } from '../codec/route-protocol';
import type { KernelLog } from '../log';
import type { Item } from './state/item';

/** How many of a kind are logged or listed one by one. */
export const MAX_LISTED = 20;

/** Foreign routes that stand where ours shall: same prefix, same metric. They stay, and their writers are named. */
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

  /** True when there was one. */
  remove(item: Item): boolean {
    return this.size > 0 && this.protocols.delete(item);
  }

  /** What to say of a route that is not there because of one. */
  reason(item: Item): string | undefined {
    const protocol = this.protocols.get(item);
    return protocol === undefined
      ? undefined
      : `a route of protocol ${protocolName(protocol)} exists at metric ${this.metric}`;
  }

  /** The first of them, for people. */
  examples(): { readonly prefix: string; readonly protocol: string }[] {
    return [...this.protocols]
      .slice(0, MAX_LISTED)
      .map(([item, protocol]) => ({ prefix: this.nameOf(item), protocol: protocolName(protocol) }));
  }
}
