import type { SessionConfig } from '../../bgp/session/config';
import type { Speaker } from '../../bgp/speaker';
import type { Policy } from '../../model/filter';
import { OUT_OF_SERVICE, type RunningSession } from '../../node/sessions';

/** By which the routes of a neighbour are judged. */
export type Policies = Partial<Pick<SessionConfig, 'importPolicy' | 'exportPolicy'>> & {
  /** Of a node that is out of service: the export policy that it has in service. */
  readonly inService?: Policy;
};

/**
 * The policies of a neighbour, by its number in the table, as the release that runs has them. A session that it leaves
 * as it is continues with those of a previous one in the table: they say the same, but their rules stand in no filter
 * of the fabric that runs.
 */
export function runningPolicies(
  speaker: Pick<Speaker, 'configs' | 'ribNumbers'>,
  running: readonly RunningSession[] = [],
): (peer: number) => Policies | undefined {
  let known: ReadonlyMap<number, Policies> | undefined;
  return (peer) => {
    if (!known) {
      const numbers = speaker.ribNumbers();
      const byKey = new Map(running.map(({ config, session }) => [config.key, session.exportPolicy]));
      const policiesOf = (config: SessionConfig): Policies =>
        config.exportPolicy === OUT_OF_SERVICE ? { ...config, inService: byKey.get(config.key) } : config;
      known = new Map(speaker.configs().map((config) => [numbers.get(config.key)!, policiesOf(config)]));
    }
    return known.get(peer);
  };
}
