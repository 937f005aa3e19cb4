/*
 * The decision process, RFC 4271 section 9.1.2 with RFC 4456 section 9: the one place where paths are compared. It
 * works on a small matrix of numbers, one row per path, which both the RIB (hot path) and `debug best-path` fill in.
 */

/** Columns of a candidate. In each except NEIGHBOUR_AS the lowest value is best. */
export const COLUMN = {
  /** 0 if this node originated the route itself, otherwise 1. */
  origination: 0,
  /** LOCAL_PREF, negated: the highest is preferred. */
  localPref: 1,
  asPathLength: 2,
  /** ORIGIN as on the wire: 0 IGP, 1 EGP, 2 INCOMPLETE. */
  origin: 3,
  /** MULTI_EXIT_DISC, 0 if missing (RFC 4271 section 9.1.2.2 c). */
  med: 4,
  /** The neighbouring AS, within which MED is comparable; 0 for our own. */
  neighbourAs: 5,
  /** 0 for eBGP, 1 for iBGP. */
  session: 6,
  /** Interior cost of the next hop. */
  igpMetric: 7,
  /** ORIGINATOR_ID if present, otherwise the peer's BGP Identifier. */
  routerId: 8,
  clusterListLength: 9,
  /** Rank of the peer's address among all. */
  peerAddress: 10,
  /** Path identifier (RFC 7911): distinguishes two paths of one peer. */
  pathId: 11,
} as const;

/** The steps in order; a path that is not among the best in a step is eliminated. */
export const STEPS = [
  // Not in RFC 4271: a route that this node originated itself is preferred to a learned one.
  { name: 'local-origin', column: COLUMN.origination },
  // RFC 4271 section 9.1.2: the highest degree of preference.
  { name: 'local-pref', column: COLUMN.localPref },
  // Section 9.1.2.2 a, b, c.
  { name: 'as-path-length', column: COLUMN.asPathLength },
  { name: 'origin', column: COLUMN.origin },
  { name: 'med', column: COLUMN.med, within: COLUMN.neighbourAs },
  // Section 9.1.2.2 d, e.
  { name: 'ebgp-over-ibgp', column: COLUMN.session },
  { name: 'igp-metric', column: COLUMN.igpMetric },
  // Section 9.1.2.2 f, with RFC 4456 section 9: the originator replaces the peer, then the shorter cluster list.
  { name: 'router-id', column: COLUMN.routerId },
  { name: 'cluster-list-length', column: COLUMN.clusterListLength },
  // Section 9.1.2.2 g.
  { name: 'peer-address', column: COLUMN.peerAddress },
  { name: 'path-id', column: COLUMN.pathId },
] as const satisfies readonly { name: string; column: number; within?: number }[];

/** The deciding step, or that there was one usable path (`only-path`) or none (`no-path`). */
export type DecidingStep = (typeof STEPS)[number]['name'] | 'only-path' | 'no-path';

/** Paths that are equal up to and including this step may be used together (multipath). */
const LAST_MULTIPATH_STEP = STEPS.findIndex(({ name }) => name === 'igp-metric');

const WIDTH = 12;
const COLUMN_OF: readonly number[] = STEPS.map(({ column }) => column);
const WITHIN: readonly number[] = STEPS.map((step) => ('within' in step ? step.within : -1));

export interface DecisionOptions {
  /** Compare MED between paths of different neighbouring ASes, too. */
  readonly alwaysCompareMed?: boolean;
}

/** The usable paths of one prefix; reused for each decision. */
export class Candidates {
  count = 0;
  /** Index of the winner of the last decision; -1 if there was no candidate. */
  best = -1;
  /** Number of candidates still equal after the last step required for multipath, and their indexes. */
  equalCount = 0;
  equals = new Uint32Array(8);
  private values = new Float64Array(8 * WIDTH);
  /** By candidate: the step that eliminated it, -1 while it remains. */
  private lost = new Int8Array(8);

  clear(): void {
    this.count = 0;
  }

  /** Adds a row for another path; the caller then sets each column. */
  add(): number {
    if (this.count === this.lost.length) {
      const wider = new Float64Array(this.values.length * 2);
      wider.set(this.values);
      this.values = wider;
      this.lost = new Int8Array(this.lost.length * 2);
      this.equals = new Uint32Array(this.lost.length);
    }
    return this.count++;
  }

  set(index: number, column: number, value: number): void {
    this.values[index * WIDTH + column] = value;
  }

  /** The step of the last decision in which a candidate was eliminated, if it was. */
  lostAt(index: number): DecidingStep | undefined {
    return this.lost[index] < 0 ? undefined : STEPS[this.lost[index]].name;
  }

  /** The deciding step: that in which the last rival of the winner was eliminated. */
  get step(): DecidingStep {
    if (this.count < 2) return this.count === 1 ? 'only-path' : 'no-path';
    let last = 0;
    for (let i = 0; i < this.count; i++) last = Math.max(last, this.lost[i]);
    return STEPS[last].name;
  }

  /**
   * The candidates for multipath, in order of preference by the later steps: the winner, then the others, whatever
   * order they were added in.
   */
  rankEquals(): Uint32Array {
    const values = this.values;
    return this.equals.subarray(0, this.equalCount).sort((a, b) => {
      for (let step = LAST_MULTIPATH_STEP + 1; step < COLUMN_OF.length; step++) {
        const difference = values[a * WIDTH + COLUMN_OF[step]] - values[b * WIDTH + COLUMN_OF[step]];
        if (difference !== 0) return difference;
      }
      return 0;
    });
  }

  /**
   * Runs the steps and returns the winner's index, -1 without a candidate. The result only depends on the set, not on
   * its order.
   */
  decide(options: DecisionOptions = {}): number {
    const lost = this.lost;
    const count = this.count;
    for (let i = 0; i < count; i++) lost[i] = -1;
    let left = count;
    if (left < 2) this.noteEquals(); // nothing to compare
    for (let step = 0; step < COLUMN_OF.length && left > 1; step++) {
      const within = WITHIN[step];
      left -=
        within < 0 || options.alwaysCompareMed === true
          ? this.keepLowest(step, COLUMN_OF[step])
          : this.keepLowestWithin(step, COLUMN_OF[step], within);
      if (step === LAST_MULTIPATH_STEP || (left === 1 && step < LAST_MULTIPATH_STEP)) this.noteEquals();
    }
    this.best = -1;
    for (let i = 0; i < count && this.best < 0; i++) if (lost[i] < 0) this.best = i;
    return this.best;
  }

  private keepLowest(step: number, column: number): number {
    const values = this.values;
    const lost = this.lost;
    let lowest = Number.POSITIVE_INFINITY;
    let out = 0;
    for (let i = 0; i < this.count; i++)
      if (lost[i] < 0 && values[i * WIDTH + column] < lowest) lowest = values[i * WIDTH + column];
    for (let i = 0; i < this.count; i++)
      if (lost[i] < 0 && values[i * WIDTH + column] > lowest) {
        lost[i] = step;
        out++;
      }
    return out;
  }

  /**
   * Section 9.1.2.2 c: a path is eliminated if another one of its group has a lower value. The lowest of a group always
   * stays, so the order does not matter.
   */
  private keepLowestWithin(step: number, column: number, group: number): number {
    const values = this.values;
    const lost = this.lost;
    let out = 0;
    for (let m = 0; m < this.count; m++) {
      if (lost[m] >= 0) continue;
      for (let n = 0; n < this.count; n++) {
        if (lost[n] >= 0 || values[n * WIDTH + group] !== values[m * WIDTH + group]) continue;
        if (values[n * WIDTH + column] < values[m * WIDTH + column]) {
          lost[m] = step;
          out++;
          break;
        }
      }
    }
    return out;
  }

  private noteEquals(): void {
    this.equalCount = 0;
    for (let i = 0; i < this.count; i++) if (this.lost[i] < 0) this.equals[this.equalCount++] = i;
  }
}
