import type { Input } from '../../bgp/speaker';
import type { Fib, NextHopReach } from '../../kernel/fib/fib';
import type { IpAddress } from '../../model/address';
import type { Reports } from '../events/reports';

/**
 * Maximum number of next hops looked up, or released, at once, and maximum milliseconds in one turn of the event loop:
 * neighbours choose how many there are.
 */
const STEP = 100;
const TURN = 5;

/**
 * Passes the speaker's next hop queries to the kernel, and the answers back: BGP must not use unreachable next hops
 * (RFC 4271 section 9.1.2).
 */
export class NextHops {
  /** The unreachable ones, as last reported. */
  private readonly unreached = new Set<string>();
  /** Pending requests in order; for each next hop the last one counts. */
  private readonly due = new Map<string, { readonly address: IpAddress; readonly isAsked: boolean }>();
  private isScheduled = false;

  constructor(
    private fib: Pick<Fib, 'track' | 'untrack'>,
    private readonly give: (input: Input) => void,
    private readonly reports: Pick<Reports, 'say'>,
  ) {}

  /** The speaker added and removed next hops. A few are answered at once. */
  ask(ask: readonly IpAddress[], forget: readonly IpAddress[]): void {
    for (const address of forget) this.put(address, false);
    for (const address of ask) this.put(address, true);
    if (this.isScheduled) return;
    this.step();
    this.later();
  }

  /** The kernel's table was replaced: all these are queried there. */
  moveTo(fib: Fib, all: readonly IpAddress[]): void {
    this.fib = fib;
    this.due.clear();
    this.ask(all, []);
  }

  /** The reachability of these next hops changed. */
  tell(changes: readonly NextHopReach[]): void {
    for (const { address, reachable, reason } of changes) {
      const key = String(address);
      const isNews = reachable ? this.unreached.delete(key) : !this.unreached.has(key);
      if (!reachable) this.unreached.add(key);
      if (isNews)
        this.reports.say({ noise: 'nextHop', message: reachable ? `next hop ${address} is reachable` : reason });
    }
    this.give({
      kind: 'nextHops',
      changes: changes.map((reach) => ({ address: reach.address, state: stateOf(reach) })),
    });
  }

  private put(address: IpAddress, isAsked: boolean): void {
    const key = String(address);
    this.due.delete(key); // moved to the end
    this.due.set(key, { address, isAsked });
  }

  /** Handles the first pending requests. */
  private step(): void {
    const ask: IpAddress[] = [];
    const forget: IpAddress[] = [];
    for (const [key, { address, isAsked }] of this.due) {
      if (ask.length + forget.length === STEP) break;
      this.due.delete(key);
      (isAsked ? ask : forget).push(address);
      if (!isAsked) this.unreached.delete(key);
    }
    if (forget.length > 0) this.fib.untrack(forget);
    if (ask.length > 0) this.tell(this.fib.track(ask));
  }

  private later(): void {
    if (this.isScheduled || this.due.size === 0) return;
    this.isScheduled = true;
    setImmediate(() => {
      const end = performance.now() + TURN;
      do this.step();
      while (this.due.size > 0 && performance.now() < end);
      this.isScheduled = false;
      this.later();
    });
  }
}

const stateOf = ({ reachable, metric, onLink, isDefault, ways }: NextHopReach) => ({
  ...{ reachable, metric, onLink },
  ...(isDefault && { isDefault }),
  ...(ways && { ways }),
});
