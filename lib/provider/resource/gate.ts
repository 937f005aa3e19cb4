import { setMaxListeners } from 'node:events';
import { apartFrom, faultsOf, listedOf, type UnmetDemand } from '../../control/gate';
import type { Health, HealthTerms } from '../../control/health';
import type { TrialLosses } from '../../control/status';
import type { Fleet } from '../fleet';
import { pause } from '../pause';
import { lackOf } from '../survey';
import { Beyond } from './beyond';
import { lossesAmong } from './losses';

/** Milliseconds between two looks at the fleet, at least. */
const INTERVAL_MS = 250;

/** Milliseconds between them, at most, with all agents there and with some absent: they end when all are healthy. */
const PATIENCE_MS = { present: 10_000, absent: 1_000 };

/** Milliseconds to wait for new sessions that need not come up: most do, and then need no warning. */
const SETTLE_MS = 10_000;

/**
 * A prefix that stays lost this long while all sessions are up does not come back: the gate fails early rather than
 * leave traffic without it until the timeout.
 */
const LOST_MS = 5_000;

/** What must hold for a wave to pass. */
export interface WaveGate extends HealthTerms {
  /** Timeout in seconds. */
  readonly within: number;
  /** Whether prefixes may lose their last path. */
  readonly allowsDisruption: boolean;
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
 * run is stopped, and outside sessions that are not up regardless. Each agent judges its own node, and says when it
 * becomes healthy; the gate passes when one look finds all of them so. Lost prefixes are checked only once all else is
 * healthy, because agents scan their whole table for them.
 */
export async function waitUntilHealthy(
  fleet: Fleet,
  nodes: readonly string[],
  { release, outside, within, allowsDisruption }: WaveGate,
  stop: AbortSignal,
): Promise<Passage> {
  const terms: HealthTerms = { release, outside };
  const began = performance.now();
  const deadline = began + within * 1000;
  const beyond = new Beyond(fleet, stop);
  let lostSince: number | undefined;
  for (;;) {
    const asksLosses = !allowsDisruption && !stop.aborted;
    const { statuses: healths, absent, errors } = await fleet.health(() => ({ ...terms, losses: asksLosses }));
    const others = await beyond.running(endsOf(healths), release);
    const present = nodes.filter((node) => healths.has(node));
    const faults: UnmetDemand[] = [
      ...faultsOf(present, healths, others),
      ...nodes
        .filter((node) => absent.has(node))
        .map((node) => ({ node, message: `the agent ${lackOf({ absent, errors }, node)}` })),
    ];
    const lost = faults.length > 0 || !asksLosses ? [] : await lostBy(fleet, present, healths, beyond);
    const now = performance.now();
    lostSince = lost.length > 0 ? (lostSince ?? now) : undefined;
    const limit = Math.min(deadline, (lostSince ?? deadline) + LOST_MS);
    const found = [...faults, ...lost];
    const isOver = stop.aborted || now >= limit;
    const listed = listedOf(present, healths);
    const settling = now < began + SETTLE_MS ? listed.filter(({ maySettle }) => maySettle) : [];
    if (isOver || (found.length === 0 && settling.length === 0))
      return { faults: found, isLoss: lost.length > 0, listed };
    const unhealthy = new Set([...faults, ...settling].map(({ node }) => node));
    const patience = absent.size > 0 ? PATIENCE_MS.absent : PATIENCE_MS.present;
    const until = Math.min(limit, found.length > 0 ? limit : began + SETTLE_MS);
    await untilHealthy(
      fleet.only((node) => unhealthy.has(node) && healths.has(node)),
      { ...terms, settles: settling.length > 0, apart: (node) => apartFrom(node, healths, others) },
      Math.max(INTERVAL_MS, Math.min(patience, until - now)),
      stop,
    );
  }
}

/** Other ends of sessions that are not as they should be. */
const endsOf = (healths: ReadonlyMap<string, Health>): string[] =>
  [...healths.values()].flatMap(({ faults }) => faults.flatMap(({ remoteNode }) => remoteNode ?? []));

/** Prefixes that the nodes lost. An agent that could not tell whether all else is healthy is asked for them now. */
async function lostBy(
  fleet: Fleet,
  nodes: readonly string[],
  healths: ReadonlyMap<string, Health>,
  beyond: Beyond,
): Promise<UnmetDemand[]> {
  const told = nodes.flatMap((node): [string, TrialLosses][] => {
    const losses = healths.get(node)?.losses;
    return losses ? [[node, losses]] : [];
  });
  const known = new Set(told.map(([node]) => node));
  const more = await fleet.losses(nodes.filter((node) => !known.has(node)));
  const losses = new Map([...told.filter(([, { count }]) => count > 0), ...more]);
  return losses.size === 0 ? [] : lossesAmong(losses, [fleet, await beyond.neighbours()]);
}

/** What agents are asked that are not healthy. */
interface Awaited extends HealthTerms {
  readonly settles: boolean;
  readonly apart: (node: string) => readonly string[];
}

/** Waits until these agents say that they are healthy, for at most so long. */
async function untilHealthy(
  fleet: Fleet,
  { apart, ...query }: Awaited,
  waitMs: number,
  stop: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const asked = fleet.health(
    (node) => ({ ...query, apart: [...apart(node)], waitMs: Math.round(waitMs) }),
    over.signal,
  );
  const least = pause(INTERVAL_MS, stop);
  const answered = Promise.all([asked, least]).then(() => over.abort());
  await pause(waitMs, AbortSignal.any([stop, over.signal]));
  over.abort();
  await answered;
}
