/** How much may be said of one kind: so many at once, and one more each so many milliseconds. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/** What was left out of one kind, to be reported now that its limit lifts. */
interface LeftOut<Kind extends string> {
  readonly kind: Kind;
  /** Whose it was, where those of one kind are limited apart. */
  readonly of: string;
  readonly count: number;
  /** Since the first of them. */
  readonly ms: number;
}

interface Bucket<Kind extends string> {
  readonly kind: Kind;
  readonly of: string;
  readonly rate: Rate;
  /** When it is full again, if nothing is said any more. */
  full: number;
  leftOut: number;
  since: number;
}

/**
 * A token bucket for each kind, and within a kind for each `of`. Once one is empty all is left out and counted until
 * {@link lift} tells how much, which costs a token itself: of no kind more is said in any time than its burst and what
 * flows in. Times are milliseconds of a clock that never goes back; {@link lift} is to be called before {@link admit},
 * and at {@link next}.
 */
export class RateLimit<Kind extends string> {
  private readonly buckets = new Map<string, Bucket<Kind>>();
  private readonly limited = new Set<Bucket<Kind>>();

  constructor(private readonly rates: Readonly<Record<Kind, Rate>>) {}

  /** Whether one more of this kind may be said now; if not, it is counted. */
  admit(kind: Kind, of: string, at: number): boolean {
    const bucket = this.bucket(kind, of);
    if (bucket.leftOut === 0 && at >= ready(bucket)) {
      take(bucket, at);
      return true;
    }
    if (bucket.leftOut++ === 0) bucket.since = at;
    this.limited.add(bucket);
    return false;
  }

  /** The limits that lift now, with what they left out: each is to be reported. */
  lift(at: number): LeftOut<Kind>[] {
    const lifted = [...this.limited].filter((bucket) => at >= ready(bucket));
    return lifted.map((bucket) => {
      const { kind, of, leftOut: count, since } = bucket;
      take(bucket, at);
      bucket.leftOut = 0;
      this.limited.delete(bucket);
      return { kind, of, count, ms: at - since };
    });
  }

  /** When the next limit lifts; undefined where nothing is left out. */
  get next(): number | undefined {
    return this.limited.size === 0 ? undefined : Math.min(...[...this.limited].map(ready));
  }

  /** Forgets those of whom nothing was said for long: they would be full. */
  forget(at: number): void {
    for (const [key, { full, leftOut }] of this.buckets) if (leftOut === 0 && full <= at) this.buckets.delete(key);
  }

  /** Of how many something is known. */
  get size(): number {
    return this.buckets.size;
  }

  private bucket(kind: Kind, of: string): Bucket<Kind> {
    const key = `${kind} ${of}`;
    let bucket = this.buckets.get(key);
    if (!bucket) {
      bucket = { kind, of, rate: this.rates[kind], full: Number.NEGATIVE_INFINITY, leftOut: 0, since: 0 };
      this.buckets.set(key, bucket);
    }
    return bucket;
  }
}

/** When there is a token (GCRA: only the time at which the bucket is full is kept). */
const ready = ({ full, rate }: Bucket<string>): number => full - (rate.burst - 1) * rate.everyMs;

function take(bucket: Bucket<string>, at: number): void {
  bucket.full = Math.max(bucket.full, at) + bucket.rate.everyMs;
}
