import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as recorded by the lab. PIDs are reused, so the PID alone is not enough. */
export interface Tracked {
  readonly pid: number;
  /** Start time in clock ticks since boot, from the kernel. */
  readonly startTime: string;
}

/** Identifies a running process. */
export const track = (pid: number): Tracked => ({ pid, startTime: statOf(pid)?.startTime ?? '' });

/** Whether it is still the same process and running; a zombie is not. */
export function isAlive({ pid, startTime }: Tracked): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z';
}

/**
 * Sends SIGTERM to processes, and SIGKILL to those still running after `graceMs`. Never signals another process with a
 * reused PID.
 */
export async function end(processes: readonly Tracked[], graceMs = 5000): Promise<void> {
  if (await signalled(processes, 'SIGTERM', graceMs)) return;
  await signalled(processes, 'SIGKILL', graceMs);
}

/** Sends a signal and waits for exit. Returns false on timeout. */
async function signalled(processes: readonly Tracked[], signal: NodeJS.Signals, waitMs: number): Promise<boolean> {
  const left = () => processes.filter(isAlive);
  for (const { pid } of left()) {
    try {
      process.kill(pid, signal);
    } catch {} // it exited meanwhile
  }
  const until = Date.now() + waitMs;
  while (left().length > 0) {
    if (Date.now() >= until) return false;
    await sleep(10);
  }
  return true;
}

/** proc(5): the name, in parentheses, may contain any character; state is field 3, start time field 22. */
function statOf(pid: number): { state: string; startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startTime: fields[19] };
  } catch {
    return undefined;
  }
}
