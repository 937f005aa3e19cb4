import { protocolName } from '../codec/route-protocol';
import { MAX_LISTED } from './conflicts';
import type { Item } from './state/item';

/** A foreign route to a prefix of ours with another metric: the lower metric carries the traffic. */
export interface CompetingRoute {
  readonly prefix: string;
  readonly protocol: string;
  readonly metric: number;
}

/** Maximum number kept: they are only for display. */
const MOST = 1000;

/** The foreign routes that compete with ours, from the kernel's events and from comparisons. */
export class CompetingRoutes {
  /** `isSeen`: seen since the current dump began. */
  private readonly routes = new Map<string, { item: Item; protocol: number; metric: number; isSeen: boolean }>();

  constructor(private readonly nameOf: (item: Item) => string) {}

  /** A dump of the kernel's routes begins. */
  beginDump(): void {
    for (const one of this.routes.values()) one.isSeen = false;
  }

  /** The dump is complete: routes that it did not contain are gone, as the kernel does not report every deletion. */
  endDump(): void {
    for (const [key, { isSeen }] of this.routes) if (!isSeen) this.routes.delete(key);
  }

  add(item: Item, protocol: number, metric: number): void {
    const key = keyOf(item, protocol, metric);
    if (this.routes.size < MOST || this.routes.has(key)) this.routes.set(key, { item, protocol, metric, isSeen: true });
  }

  remove(item: Item, protocol: number, metric: number): void {
    this.routes.delete(keyOf(item, protocol, metric));
  }

  /** A prefix is no longer ours, and its number will be reused. */
  forget(item: Item): void {
    if (this.routes.size === 0) return;
    for (const [key, one] of this.routes) if (one.item === item) this.routes.delete(key);
  }

  /** The first of them, for display, limited to prefixes that `isOurs` confirms. */
  examples(isOurs: (item: Item) => boolean): CompetingRoute[] {
    return [...this.routes.values()]
      .filter(({ item }) => isOurs(item))
      .slice(0, MAX_LISTED)
      .map(({ item, protocol, metric }) => ({ prefix: this.nameOf(item), protocol: protocolName(protocol), metric }));
  }
}

const keyOf = (item: Item, protocol: number, metric: number): string => `${item} ${protocol} ${metric}`;
