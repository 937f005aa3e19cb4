import type { SessionConfig } from '../../bgp/session/config';
import type { Speaker } from '../../bgp/speaker';

/** By which the routes of a neighbour are judged. */
export type Policies = Partial<Pick<SessionConfig, 'importPolicy' | 'exportPolicy'>>;

/**
 * The policies of a neighbour, by its number in the table, as the release that runs has them. A session that it leaves as it is goes on with those of a previous
 * one in the table: they say the same, but their rules stand in no filter of the fabric that runs.
 */
export function runningPolicies(
  speaker: Pick<Speaker, 'configs' | 'ribNumbers'>,
): (peer: number) => Policies | undefined {
  let known: ReadonlyMap<number, Policies> | undefined;
  return (peer) => {
    if (!known) {
      const numbers = speaker.ribNumbers();
      known = new Map(speaker.configs().map((config) => [numbers.get(config.key)!, config]));
    }
    return known.get(peer);
  };
}
