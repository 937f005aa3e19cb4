import type { IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import type { Ineligibility } from './ineligibility';

/** Routes of a neighbour that may not be used, of which nobody was told yet. */
export interface Refusal {
  readonly why: Ineligibility;
  /** How many came, or became so. */
  readonly count: number;
  /** The first of them, and its next hop. */
  readonly prefix: Prefix;
  readonly nextHop: IpAddress | undefined;
}

/** Counts routes that may not be used until it is asked: a million are one line. */
export class Refusals {
  readonly #byReason = new Map<Ineligibility, Refusal>();

  get isEmpty(): boolean {
    return this.#byReason.size === 0;
  }

  /** `count` routes more; `first` makes the prefix of the first one, and is called where there was none. */
  add(why: Ineligibility, count: number, nextHop: IpAddress | undefined, first: () => Prefix): void {
    const before = this.#byReason.get(why);
    this.#byReason.set(
      why,
      before ? { ...before, count: before.count + count } : { why, count, prefix: first(), nextHop },
    );
  }

  /** All since this was called last. */
  take(): Refusal[] {
    const all = [...this.#byReason.values()];
    this.#byReason.clear();
    return all;
  }
}
