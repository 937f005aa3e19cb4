import { assert, isChecking } from '../../model/assertion';
import { MAX_LISTED } from './conflicts';
import type { Item } from './state/item';
import { ABSENT } from './state/route-table';

/** How a route in the kernel differed from what this agent had written. */
export type DifferenceKind = 'missing' | 'extra' | 'different';

/** One of them, for display. */
interface DriftedRoute {
  readonly prefix: string;
  readonly kind: DifferenceKind;
  /** Who did it, as far as the kernel reports: `process 4711`, or `unknown` if a comparison found it. */
  readonly by: string;
}

/** What a comparison found. All of it is repaired, or being repaired, by the time it is reported. */
export interface FibFinding {
  /** Routes of ours found in the kernel. */
  readonly routes: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  /** The first twenty. */
  readonly examples: readonly DriftedRoute[];
  /** Milliseconds since the previous comparison, during which the differences arose; null for the first one. */
  readonly sinceMs: number | null;
  /** Duration in milliseconds. */
  readonly tookMs: number;
}

/** Records routes in the kernel that this agent had not written, or had written and that were missing. */
export class Drift {
  /** Totals since the start, including those that the kernel reported by events. */
  readonly totals: Record<DifferenceKind, number> = { missing: 0, extra: 0, different: 0 };
  /** When the last one was found, in milliseconds of the monotonic clock. */
  lastAt: number | undefined;
  private running:
    | { counts: Record<DifferenceKind, number>; examples: DriftedRoute[]; routes: number; at: number }
    | undefined;
  private comparedAt: number | undefined;

  constructor(private readonly nameOf: (item: Item) => string) {}

  /** A comparison begins. */
  begin(now: number): void {
    if (isChecking) assert(!this.running, 'one comparison at a time: they mark what they saw');
    this.running = { counts: { missing: 0, extra: 0, different: 0 }, examples: [], routes: 0, at: now };
  }

  /** Counts a route of ours. */
  route(): void {
    if (this.running) this.running.routes++;
  }

  /** A route was changed by somebody else: its route info was `before` and is `now`; ABSENT if there was or is none. */
  note(item: Item, before: number, now: number, by: string): void {
    const kind = before === ABSENT ? 'extra' : now === ABSENT ? 'missing' : 'different';
    this.totals[kind]++;
    this.lastAt = performance.now();
    const { running } = this;
    if (!running || by !== UNKNOWN_WRITER) return;
    running.counts[kind]++;
    if (running.examples.length < MAX_LISTED) running.examples.push({ prefix: this.nameOf(item), kind, by });
  }

  /** This many routes were lost with a deleted nexthop object. */
  lost(routes: number): void {
    if (routes === 0) return;
    this.totals.missing += routes;
    this.lastAt = performance.now();
    if (this.running) this.running.counts.missing += routes;
  }

  /** The comparison is complete. */
  end(now: number): FibFinding {
    const { counts, examples, routes, at } = this.running!;
    const sinceMs = this.comparedAt === undefined ? null : at - this.comparedAt;
    this.running = undefined;
    this.comparedAt = now;
    return { routes, ...counts, examples, sinceMs, tookMs: now - at };
  }
}

/** A comparison cannot tell who wrote what it found. */
export const UNKNOWN_WRITER = 'unknown';
