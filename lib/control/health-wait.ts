import { type Health, type HealthQuery, healthOf, isHealthy } from './health';
import { pause } from './pause';
import type { AgentStatus, TrialLosses } from './status';

/** Milliseconds between two looks at what is waited for. */
const LOOK_MS = 250;

/** Looks every {@link LOOK_MS} until something holds, or for so long; returns what was seen last. */
export async function awaited<T>(
  ms: number,
  look: () => T,
  holds: (seen: T) => boolean,
  stop: AbortSignal,
): Promise<T> {
  for (let left = ms; ; left -= LOOK_MS) {
    const seen = look();
    if (left <= 0 || stop.aborted || holds(seen)) return seen;
    await pause(Math.min(left, LOOK_MS), stop);
  }
}

/** Answers a query about an agent's own health; `stop`: nobody waits for the answer any more. */
export async function healthWithin(
  agent: { status(): AgentStatus; losses(): Promise<TrialLosses> },
  query: HealthQuery,
  stop: AbortSignal = new AbortController().signal,
): Promise<Health> {
  const holds = (health: Health) => isHealthy(health, query);
  const health = await awaited(query.waitMs ?? 0, () => healthOf(agent.status(), query), holds, stop);
  return query.losses && isHealthy(health, { ...query, settles: false })
    ? { ...health, losses: await agent.losses() }
    : health;
}
