import type { KernelStatus } from '../../control/status';
import type { Fib } from '../../kernel/fib/fib';
import { IpAddress } from '../../model/address';
import { sure } from '../../model/problem';
import type { Duplicate } from './duplicates';

/** Maximum number of duplicate workloads in the status. */
const MOST_DUPLICATES = 20;

/** The state of kernel routes besides the kernel itself. */
interface Beside {
  readonly workloads: number;
  readonly duplicates: readonly Duplicate[];
  /** Number of paths in the table via each of these next hops; undefined if there is no table. */
  pathsBy(addresses: readonly IpAddress[]): ReadonlyMap<string, number> | undefined;
}

/** The kernel's routes in the control protocol's format. */
export function kernelStatus(status: ReturnType<Fib['status']>, known: Beside): KernelStatus {
  const { wanted, installed, waiting, unreached, failed, differences, lastDifferenceMs } = status;
  const { lastDisturbance, competing: beside, movesSlowly, withheld, heldBack, passedOn, throws } = status;
  const waits = waiting.reduce((sum, { prefixes }) => sum + prefixes, 0);
  const paths = known.pathsBy(unreached.map(({ target }) => sure(IpAddress.parse(target))));
  return {
    wanted: wanted - waits,
    installed,
    failed,
    waiting: [...waiting, ...unreached].map(({ target, reason, prefixes }) => ({
      nextHop: target,
      reason,
      routes: paths?.get(target) ?? prefixes,
    })),
    withheld: { routes: withheld, examples: heldBack },
    ...(passedOn > 0 && { passedOn: { prefixes: passedOn, examples: throws } }),
    ...(movesSlowly && { movesSlowly }),
    workloads: known.workloads,
    differences: { ...differences },
    ...(lastDifferenceMs !== null && { lastDifference: ago(lastDifferenceMs) }),
    ...(lastDisturbance !== undefined && { lastDisturbance }),
    beside,
    duplicates: known.duplicates
      .slice(0, MOST_DUPLICATES)
      .map(({ prefix, nodes }) => ({ prefix: String(prefix), nodes })),
  };
}

/** A time this many milliseconds ago, in the control protocol's format. */
export const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
