import { showsHops } from '../system/nexthop-mode';
import type { Admission } from './admission';
import type { CompetingRoute } from './competing-routes';
import { MAX_LISTED } from './conflicts';
import type { DifferenceKind } from './drift';
import type { NexthopTracking, Unreached } from './nexthop-tracking';
import type { FibParts } from './parts';
import { nexthopSetKey } from './state/nexthop-set';
import { ABSENT } from './state/route-table';

/** The kernel's table compared with what is wanted. */
export interface FibStatus {
  readonly table: number;
  readonly metric: number;
  readonly protocol: number;
  /** Number of wanted prefixes. */
  readonly wanted: number;
  /** How many of these are installed as wanted. */
  readonly installed: number;
  /** Number of wanted prefixes that are held back, see {@link Withholding}, and the first twenty; not counted above. */
  readonly withheld: number;
  readonly heldBack: readonly { readonly prefix: string; readonly reason: string }[];
  /**
   * Number of prefixes for which our table, if it is not main, passes the look-up on to the next rule (`throw`), and
   * the first twenty; not counted above.
   */
  readonly passedOn: number;
  readonly throws: readonly { readonly prefix: string; readonly reason: string }[];
  /** Leftovers of the previous run that remain until {@link Fib.reconciled} is called. */
  readonly kept: number;
  /**
   * So many routes use nexthop objects that the kernel takes long to update them when one changes, and its settings
   * require it.
   */
  readonly movesSlowly: boolean;
  /** Unreachable next hops, with the number of prefixes that wait. */
  readonly waiting: readonly Unreached[];
  /** Unreachable next hops that no route uses any more, with the number of prefixes that did; the first hundred. */
  readonly unreached: readonly Unreached[];
  /** Number of routes that the kernel refused, and the first twenty. */
  readonly refused: number;
  readonly failed: readonly { readonly prefix: string; readonly reason: string }[];
  /** Foreign routes at the same prefix and metric: they stay, and ours are not installed. */
  readonly conflicts: readonly { readonly prefix: string; readonly protocol: string }[];
  /** Foreign routes to prefixes of ours at another metric; the lower one carries the traffic. */
  readonly competing: readonly CompetingRoute[];
  /** Totals since the start: changes of our routes by others, all repaired. */
  readonly differences: Readonly<Record<DifferenceKind, number>>;
  /** Milliseconds since the last one was noticed; null if there was none. */
  readonly lastDifferenceMs: number | null;
  /** The last report about it. */
  readonly lastDisturbance: string | undefined;
}

/** Number of routes that the kernel walks in a tenth of a second. */
const SLOW_FROM = 100_000;

/** `strays`: leftovers with another metric. */
export function fibStatus(parts: FibParts, admission: Admission, tracking: NexthopTracking, strays: number): FibStatus {
  const { owner, reconciler, nexthopSets, conflicts, competing, drift, disturbances } = parts;
  const { wanted, installed, kept } = countRoutes(parts);
  const { heldBack, passedOn } = admission;
  const { failures } = reconciler;
  return {
    ...owner,
    wanted,
    installed,
    withheld: heldBack.length,
    heldBack: examples(heldBack),
    passedOn: passedOn.length,
    throws: examples(passedOn),
    kept: kept + strays,
    movesSlowly: parts.objects !== undefined && installed > SLOW_FROM && showsHops() === true,
    waiting: nexthopSets
      .waiting()
      .map(({ target, reason, prefixes }) => ({ target: nexthopSetKey(target), reason, prefixes })),
    unreached: tracking.givenUp(),
    refused: failures.size,
    failed: [...failures].slice(0, MAX_LISTED).map(([item, { reason }]) => ({
      prefix: String(reconciler.prefixOf(item)),
      reason: conflicts.reason(item) ?? reason,
    })),
    conflicts: conflicts.examples(),
    competing: competing.examples((item) => reconciler.tables[item & 1].wanted(item >> 1) !== 0),
    differences: drift.totals,
    lastDifferenceMs: drift.lastAt === undefined ? null : performance.now() - drift.lastAt,
    lastDisturbance: disturbances.last,
  };
}

function countRoutes({ reconciler, nexthopSets }: FibParts): {
  wanted: number;
  installed: number;
  kept: number;
} {
  let [wanted, installed, kept] = [0, 0, 0];
  for (const table of reconciler.tables)
    table.each((slot) => {
      const target = table.wanted(slot);
      if (target !== 0) {
        if (nexthopSets.target(target) === 'throw') return;
        wanted++;
        if (table.desired(slot) !== 0 && table.step(slot) === 'none') installed++;
      } else if (table.installed(slot) !== ABSENT && table.step(slot) === 'none') kept++;
    });
  return { wanted, installed, kept };
}

const examples = (
  all: readonly { readonly prefix: { toString(): string }; readonly reason: string }[],
): { prefix: string; reason: string }[] =>
  all.slice(0, MAX_LISTED).map(({ prefix, reason }) => ({ prefix: String(prefix), reason }));
