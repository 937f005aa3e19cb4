import { assert, isChecking } from '../../model/assertion';
import { MAX_LISTED } from './conflicts';
import type { Item } from './state/item';
import { ABSENT } from './state/route-table';

/** How a route in the kernel differed from what this agent had put there. */
export type DifferenceKind = 'missing' | 'extra' | 'different';

/** One of them, for people. */
export interface DriftedRoute {
  readonly prefix: string;
  readonly kind: DifferenceKind;
  /** Who did it, as far as the kernel tells: `process 4711`, or `unknown` where a comparison found it. */
  readonly by: string;
}

/** What a comparison found. All of it is repaired, or being repaired, by the time it is reported. */
export interface FibFinding {
  /** Routes of ours that stood in the kernel. */
  readonly routes: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  /** The first twenty. */
  readonly examples: readonly DriftedRoute[];
  /** Milliseconds since the comparison before, after which what was found came about; null where this is the first. */
  readonly sinceMs: number | null;
  /** Milliseconds that it took. */
  readonly tookMs: number;
}

/** Keeps what was found in the kernel that this agent had not put there, or had and was gone. */
export class Drift {
  /** All since the start, including those that the kernel reported by events. */
  readonly totals: Record<DifferenceKind, number> = { missing: 0, extra: 0, different: 0 };
  /** When there was one last, in milliseconds of the monotonic clock. */
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

  /** A route of ours came by. */
  route(): void {
    if (this.running) this.running.routes++;
  }

  /** Somebody changed a route: its route info was `before` and is `now`; ABSENT where there was or is none. */
  note(item: Item, before: number, now: number, by: string): void {
    const kind = before === ABSENT ? 'extra' : now === ABSENT ? 'missing' : 'different';
    this.totals[kind]++;
    this.lastAt = performance.now();
    const { running } = this;
    if (!running || by !== UNKNOWN_WRITER) return;
    running.counts[kind]++;
    if (running.examples.length < MAX_LISTED) running.examples.push({ prefix: this.nameOf(item), kind, by });
  }

  /** So many routes went with a nexthop object that somebody deleted. */
  lost(routes: number): void {
    if (routes === 0) return;
    this.totals.missing += routes;
    this.lastAt = performance.now();
    if (this.running) this.running.counts.missing += routes;
  }

  /** The comparison is over. */
  end(now: number): FibFinding {
    const { counts, examples, routes, at } = this.running!;
    const sinceMs = this.comparedAt === undefined ? null : at - this.comparedAt;
    this.running = undefined;
    this.comparedAt = now;
    return { routes, ...counts, examples, sinceMs, tookMs: now - at };
  }
}

/** Who wrote what a comparison found, nobody knows. */
export const UNKNOWN_WRITER = 'unknown';
