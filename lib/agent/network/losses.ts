import type { Reachability, UnreachablePrefix } from '../../bgp/rib/loc-rib/reachability';
import type { Speaker } from '../../bgp/speaker';
import { yieldTurn } from '../../control/concurrency';
import type { TrialLosses } from '../../control/status';

/** Prefixes compared in one turn of the event loop, and maximum number reported. */
const TURN = 20_000;
const MOST_LOST = 20;

/** The prefixes that have no path any more, ignoring the sessions `without`; a large table is searched in turns. */
export async function lossesSince(
  reached: Reachability,
  without: readonly string[],
  speaker: () => Speaker,
): Promise<Omit<TrialLosses, 'since'>> {
  let count = 0;
  const examples: UnreachablePrefix[] = [];
  for (let from = 0; from < reached.size; from += TURN) {
    const lost = speaker().lostSince(reached, without, from, from + TURN);
    count += lost.length;
    examples.push(...lost.slice(0, MOST_LOST - examples.length));
    await yieldTurn();
  }
  return { count, examples: examples.map(({ prefix, isOffered }) => ({ prefix: String(prefix), isOffered })) };
}
