import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as the lab remembers it: a number alone may come to mean another process. */
export interface Tracked {
  readonly pid: number;
  /** When it started, in clock ticks since boot, as the kernel tells it. */
  readonly startTime: string;
}

/** Remembers a process that runs now. */
export const track = (pid: number): Tracked => ({ pid, startTime: statOf(pid)?.startTime ?? '' });

/** Whether it is still that process and runs; one that ended and that nobody waited for does not. */
export function isAlive({ pid, startTime }: Tracked): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z';
}

/**
 * Asks processes to end, and kills those that have not within `graceMs`. Never touches another process of the same
 * number.
 */
export async function end(processes: readonly Tracked[], graceMs = 5000): Promise<void> {
  if (await signalled(processes, 'SIGTERM', graceMs)) return;
  await signalled(processes, 'SIGKILL', graceMs);
}

/** Signals and waits until all have ended; false if some have not within the time. */
async function signalled(processes: readonly Tracked[], signal: NodeJS.Signals, waitMs: number): Promise<boolean> {
  const left = () => processes.filter(isAlive);
  for (const { pid } of left()) {
    try {
      process.kill(pid, signal);
    } catch {} // it ended meanwhile
  }
  const until = Date.now() + waitMs;
  while (left().length > 0) {
    if (Date.now() >= until) return false;
    await sleep(10);
  }
  return true;
}

/** proc(5): the name, in parentheses, may hold anything; state is field 3 and start time field 22. */
function statOf(pid: number): { state: string; startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startTime: fields[19] };
  } catch {
    return undefined;
  }
}
