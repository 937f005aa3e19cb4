import { Replay, type ReplayDifference } from '../../lib/bgp/replay';
import type { Problem } from '../../lib/model/problem';

/** Replays a whole run. */
export function replay(lines: Iterable<string>): ReplayDifference | Problem | Replay {
  const run = new Replay();
  for (const line of lines) {
    const found = run.take(line);
    if (found) return found;
  }
  return run;
}
