import { type Fault, faultsOf } from '../../control/gate';
import type { AgentStatus } from '../../control/status';
import { Fleet } from '../fleet';

/** Milliseconds between two looks at the fleet. */
const INTERVAL_MS = 250;

/**
 * Waits until the nodes are healthy under a release; gives what still keeps them from it when the time is over or the run was stopped.
 * Sessions to nodes of earlier waves count too: their agents are asked by the endpoints that the fleet itself knows.
 */
export async function waitUntilHealthy(
  fleet: Fleet,
  nodes: readonly string[],
  release: string,
  withinSeconds: number,
  stop: AbortSignal,
): Promise<readonly Fault[]> {
  const deadline = performance.now() + withinSeconds * 1000;
  let neighbours: ReadonlyMap<string, AgentStatus> | undefined;
  for (;;) {
    const { statuses, absent } = await fleet.inspect();
    neighbours ??= await neighboursOf(fleet, statuses, stop);
    const faults = [
      ...faultsOf(
        nodes.filter((node) => statuses.has(node)),
        new Map([...neighbours, ...statuses]),
        release,
      ),
      ...nodes
        .filter((node) => absent.has(node))
        .map((node) => ({ node, message: `the agent does not answer: ${absent.get(node)}` })),
    ];
    if (faults.length === 0 || stop.aborted || performance.now() >= deadline) return faults;
    await pause(INTERVAL_MS, stop);
  }
}

/** The statuses of the nodes at the other end of inside sessions that are not of this wave, as far as they answer. */
async function neighboursOf(fleet: Fleet, statuses: ReadonlyMap<string, AgentStatus>, stop: AbortSignal) {
  const others = new Set(
    [...statuses.values()].flatMap(({ sessions }) =>
      sessions.flatMap(({ remoteNode }) =>
        remoteNode === undefined || fleet.endpoints[remoteNode] ? [] : [remoteNode],
      ),
    ),
  );
  const [any] = statuses.keys();
  if (others.size === 0 || any === undefined) return new Map<string, AgentStatus>();
  const known = await fleet.endpointsBy(any).catch(() => ({}));
  const endpoints = Object.entries(known).filter(([node]) => others.has(node));
  return (await new Fleet(Object.fromEntries(endpoints), stop).inspect()).statuses;
}

const pause = (ms: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });
