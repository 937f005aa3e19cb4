import { faultsOf, listedOf, type UnmetDemand } from '../../control/gate';
import type { AgentStatus } from '../../control/status';
import type { OutsideTerms } from '../../control/verdict';
import { Fleet } from '../fleet';
import { pause } from '../pause';
import { lossesAmong } from './losses';

/** Milliseconds between polls of the fleet. */
const INTERVAL_MS = 250;

/** Milliseconds to wait for new sessions that need not come up: most do, and then need no warning. */
const SETTLE_MS = 10_000;

/**
 * A prefix that stays lost this long while all sessions are up does not come back: the gate fails early rather than
 * leave traffic without it until the timeout.
 */
const LOST_MS = 5_000;

/** What must hold for a wave to pass. */
export interface WaveGate {
  readonly release: string;
  /** Timeout in seconds. */
  readonly within: number;
  /** Whether prefixes may lose their last path. */
  readonly allowsDisruption: boolean;
  /** What is demanded of new sessions with outside neighbours. */
  readonly outside: OutsideTerms;
}

/** Result of a gate. */
interface Passage {
  /** Unmet demands; empty if it passed. */
  readonly faults: readonly UnmetDemand[];
  /** They are prefixes that lost their last path, while everything else is healthy. */
  readonly isLoss: boolean;
  /** Outside sessions that are not up, although this is not demanded. */
  readonly listed: readonly UnmetDemand[];
}

/**
 * Waits until the nodes are healthy under a release. Returns the demands that are unmet when the timeout expires or the
 * run is stopped, and outside sessions that are not up regardless. Sessions to nodes of earlier waves are included:
 * their agents are found by the endpoints that the fleet reports. Lost prefixes are checked only once all else is
 * healthy, because agents scan their whole table for them.
 */
export async function waitUntilHealthy(
  fleet: Fleet,
  nodes: readonly string[],
  { release, within, allowsDisruption, outside }: WaveGate,
  stop: AbortSignal,
): Promise<Passage> {
  const began = performance.now();
  const deadline = began + within * 1000;
  let others: Fleet | undefined;
  let lostSince: number | undefined;
  for (;;) {
    const { statuses, absent } = await fleet.inspect();
    others ??= await neighboursOf(fleet, statuses, stop);
    const neighbours = others.nodes.length > 0 ? (await others.inspect()).statuses : new Map<string, AgentStatus>();
    const faults: UnmetDemand[] = [
      ...faultsOf(
        nodes.filter((node) => statuses.has(node)),
        new Map([...neighbours, ...statuses]),
        release,
        outside,
      ),
      ...nodes
        .filter((node) => absent.has(node))
        .map((node) => ({ node, message: `the agent does not respond: ${absent.get(node)}` })),
    ];
    const lost =
      faults.length > 0 || allowsDisruption || stop.aborted ? [] : await lossesAmong(fleet, nodes, [fleet, others]);
    lostSince = lost.length > 0 ? (lostSince ?? performance.now()) : undefined;
    const limit = Math.min(deadline, (lostSince ?? deadline) + LOST_MS);
    const found = [...faults, ...lost];
    const isOver = stop.aborted || performance.now() >= limit;
    if (found.length === 0 || isOver) {
      const listed = listedOf(nodes, statuses, outside);
      const isSettled = !listed.some(({ maySettle }) => maySettle) || performance.now() >= began + SETTLE_MS;
      if (isSettled || isOver) return { faults: found, isLoss: lost.length > 0, listed };
    }
    await pause(INTERVAL_MS, stop);
  }
}

/** The agents at the other end of internal sessions that are not in this wave. */
async function neighboursOf(
  fleet: Fleet,
  statuses: ReadonlyMap<string, AgentStatus>,
  stop: AbortSignal,
): Promise<Fleet> {
  const others = new Set(
    [...statuses.values()].flatMap(({ sessions }) =>
      sessions.flatMap(({ remoteNode }) =>
        remoteNode === undefined || fleet.endpoints[remoteNode] ? [] : [remoteNode],
      ),
    ),
  );
  const [any] = statuses.keys();
  if (others.size === 0 || any === undefined) return new Fleet({}, stop);
  const known = await fleet.endpointsBy(any).catch(() => ({}));
  return new Fleet(Object.fromEntries(Object.entries(known).filter(([node]) => others.has(node))), stop);
}
