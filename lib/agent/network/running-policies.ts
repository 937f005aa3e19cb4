import type { SessionConfig } from '../../bgp/session/config';
import type { Speaker } from '../../bgp/speaker';
import type { Policy } from '../../model/filter';
import { OUT_OF_SERVICE, type RunningSession } from '../../node/sessions';

/** The policies for a neighbour's routes. */
export type Policies = Partial<Pick<SessionConfig, 'importPolicy' | 'exportPolicy'>> & {
  /** Of a node out of service: its export policy when in service. */
  readonly inService?: Policy;
};

/**
 * The policies of a neighbour, by its number in the table, as in the running release. An unchanged session still has
 * those of a previous release in the table: they are equivalent, but their rules are not in the running fabric's
 * filters.
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
