import type { Item } from './item';

/** A route that the kernel refused, or that somebody keeps changing. It is retried with growing intervals. */
export interface FailedRoute {
  /** Name of the errno. */
  readonly code: string;
  readonly reason: string;
  /** 0: the kernel accepted it, but somebody keeps changing it. */
  readonly attempts: number;
  /** Time of the next attempt, in milliseconds of the monotonic clock. */
  readonly due: number;
}

const FIRST_PAUSE = 500;
const LAST_PAUSE = 60_000;
/** Milliseconds before a route in dispute is written again. */
const FIGHT_PAUSE = 1000;
/** Refusals within this many milliseconds are retried together. */
const ALIKE = 100;

/** Routes to be retried, and when. Pure; times are milliseconds of any monotonic clock. */
export class Retry {
  private readonly items = new Map<Item, FailedRoute>();
  private last: FailedRoute | undefined;

  get failures(): ReadonlyMap<Item, FailedRoute> {
    return this.items;
  }

  /** The kernel refused a route: the pause doubles. */
  refused(item: Item, code: string, detail: string, now: number): FailedRoute {
    const attempts = (this.items.get(item)?.attempts ?? 0) + 1;
    const pause = Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1));
    const reason = detail === '' ? code : `${code}: ${detail}`;
    return this.put(item, { code, reason, attempts, due: now + pause });
  }

  /** Somebody, named by `by`, keeps changing a route; undefined if it is already waiting because of that. */
  fought(item: Item, by: () => string, now: number): FailedRoute | undefined {
    const known = this.items.get(item);
    if (known?.attempts === 0 && known.due > now) return undefined;
    const reason = `${by()} keeps deleting or changing it; writing it again once a second`;
    return this.put(item, { code: 'EBUSY', reason, attempts: 0, due: now + FIGHT_PAUSE });
  }

  /** The target has changed, or the route is installed. */
  forgive(item: Item): void {
    if (this.items.size > 0) this.items.delete(item);
  }

  /** When the next one is due after now; infinity if there is none. */
  next(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.items.values()) if (due > now) next = Math.min(next, due);
    return next;
  }

  /** Shares one object between equal failures: a million may be refused for one reason. */
  private put(item: Item, failure: FailedRoute): FailedRoute {
    const { code, reason, attempts, due } = this.last ?? failure;
    const isSame = code === failure.code && reason === failure.reason && attempts === failure.attempts;
    if (!this.last || !isSame || failure.due - due > ALIKE) this.last = failure;
    this.items.set(item, this.last);
    return this.last;
  }
}
