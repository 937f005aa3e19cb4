import { faultsOf, listedOf, type UnmetDemand } from '../../control/gate';
import type { AgentStatus } from '../../control/status';
import type { OutsideTerms } from '../../control/verdict';
import { Fleet } from '../fleet';
import { pause } from '../pause';
import { lossesAmong } from './losses';

/** Milliseconds between two looks at the fleet. */
const INTERVAL_MS = 250;

/** Milliseconds to wait for new sessions that need not come up: most do, and need no warning then. */
const SETTLE_MS = 10_000;

/**
 * A prefix that is lost for so long while all sessions are well does not come back: traffic is not left without it
 * until the time is over.
 */
const LOST_MS = 5_000;

/** What must hold for a wave to stand. */
export interface WaveGate {
  readonly release: string;
  /** Seconds. */
  readonly within: number;
  /** Whether prefixes may lose their last path. */
  readonly allowsDisruption: boolean;
  /** What of new sessions with outside neighbours is asked. */
  readonly outside: OutsideTerms;
}

/** What a gate came to. */
interface Passage {
  /** What kept it from passing; none: it passed. */
  readonly faults: readonly UnmetDemand[];
  /** They are prefixes that lost their last path, while all else is well. */
  readonly isLoss: boolean;
  /** Sessions with outside neighbours that are not up, though nothing is asked of them. */
  readonly listed: readonly UnmetDemand[];
}

/**
 * Waits until the nodes are healthy under a release; returns what still keeps them from it when the time is over or the
 * run was stopped, and which sessions with outside neighbours are not up all the same. Sessions to nodes of earlier
 * waves count too: their agents are asked by the endpoints that the fleet itself knows. What the agents lost is asked
 * only when all else is well, as it takes them a look through their whole table.
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

/** The agents at the other end of inside sessions that are not of this wave. */
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
