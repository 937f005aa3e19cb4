/** Rate of one kind: a burst, and the milliseconds for each further report. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/** What was omitted of one kind, to be reported now that its limit lifts. */
interface LeftOut<Kind extends string> {
  readonly kind: Kind;
  /** The subject, if those of one kind are limited separately. */
  readonly of: string;
  readonly count: number;
  /** Time of the first of them. */
  readonly ms: number;
}

interface Bucket<Kind extends string> {
  readonly kind: Kind;
  readonly of: string;
  readonly rate: Rate;
  /** When it is full again without further reports. */
  full: number;
  leftOut: number;
  since: number;
}

/**
 * A token bucket for each kind, and within a kind for each `of`. Once one is empty everything is dropped and counted
 * until {@link lift} returns the count, which itself costs a token: no kind ever exceeds its burst and rate. Times are
 * milliseconds of a monotonic clock; call {@link lift} before {@link admit}, and at {@link next}.
 */
export class RateLimit<Kind extends string> {
  private readonly buckets = new Map<string, Bucket<Kind>>();
  private readonly limited = new Set<Bucket<Kind>>();

  constructor(private readonly rates: Readonly<Record<Kind, Rate>>) {}

  /** Whether another one of this kind may be reported now; if not, it is counted. */
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

  /** The limits that lift now, with their omissions: each is to be reported. */
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

  /** When the next limit lifts; undefined if nothing was omitted. */
  get next(): number | undefined {
    return this.limited.size === 0 ? undefined : Math.min(...[...this.limited].map(ready));
  }

  /** Removes buckets that are full again. */
  forget(at: number): void {
    for (const [key, { full, leftOut }] of this.buckets) if (leftOut === 0 && full <= at) this.buckets.delete(key);
  }

  /** Number of buckets. */
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

/** When there is a token (GCRA: only the time at which the bucket is full is stored). */
const ready = ({ full, rate }: Bucket<string>): number => full - (rate.burst - 1) * rate.everyMs;

function take(bucket: Bucket<string>, at: number): void {
  bucket.full = Math.max(bucket.full, at) + bucket.rate.everyMs;
}
