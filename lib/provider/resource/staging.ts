import { packDelivery } from '../../control/delivery';
import type { Request } from '../../control/protocol';
import type { Release } from '../../control/release';
import type { Command } from '../../control/transaction';
import { type Diagnostic, error } from '../diagnostic';
import type { Fleet } from '../fleet';
import type { Context } from '../resource-api';
import { failedOf, listing, type Survey } from '../survey';
import { tooOldFor } from './edition';

/** Diagnostic for Ctrl-C before anything was done. */
export const stopped = (): Diagnostic => error('Stopped', 'The deploy was stopped before anything was changed.');

/** What is staged where, and by whom. */
export interface Staging {
  readonly fleet: Fleet;
  readonly survey: Survey;
  readonly owner: string;
  /** The fabrics that the node may be taken from. */
  readonly consent: (node: string) => Pick<Request<'stage'>, 'from' | 'takes'>;
  readonly activation: number;
  readonly release: Release;
  /** The plan's prediction, packed. */
  readonly prediction: string;
  /** Values of its `secret:` references. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Stages on every node that responded. If one fails, all of them forget what was staged. */
export async function stageFleet(
  { fleet, survey, owner, consent, activation, release, prediction, secrets }: Staging,
  context: Context,
): Promise<Diagnostic[]> {
  if (context.stop.aborted) return [stopped()];
  const nodes = [...survey.statuses.keys()];
  const command: Command = { owner, fabric: release.fabric.name, release: release.digest, activation };
  const refused = await fleet.stage(
    nodes,
    packDelivery({ release, endpoints: fleet.endpoints }),
    { release: release.digest, activation, text: prediction },
    (node) => ({ ...command, ...consent(node), node, secrets }),
  );
  const failed = failedOf(refused);
  if (failed.all.size === 0 && !context.stop.aborted) return [];
  const reason = failed.all.size > 0 ? 'the release could not be staged on every node' : 'the deploy was stopped';
  const left = await fleet.send('rollback', nodes, (node) => ({ ...command, node, reason }));
  const rest = [...left.all].filter(([node]) => !failed.refused.has(node));
  const untold = rest.length > 0 ? `\nNodes that may still have it staged, without running it:\n${listing(rest)}` : '';
  return failed.all.size > 0
    ? [
        error(
          `The release could not be staged on ${[...failed.all.keys()].sort().join(', ')}`,
          `Nothing that runs has changed.\n${listing(failed.all)}${tooOldFor(release.fabric, refused)}${untold}`,
        ),
      ]
    : [error('Stopped', `Staging was undone; nothing that runs has changed.${untold}`)];
}
