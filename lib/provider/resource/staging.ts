import { packDelivery } from '../../control/delivery';
import type { Release } from '../../control/release';
import type { Command } from '../../control/transaction';
import { type Diagnostic, error } from '../diagnostic';
import { type Fleet, listing, type Survey } from '../fleet';
import type { Context } from '../server';

/** What is said where Ctrl-C came before anything was done. */
export const stopped = (): Diagnostic => error('Stopped', 'It was stopped before anything was changed.');

/** What is staged where, and by whom. */
export interface Staging {
  readonly fleet: Fleet;
  readonly survey: Survey;
  readonly owner: string;
  readonly activation: number;
  readonly release: Release;
  /** What its `secret:` references stand for. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Stages on every node that answered. One that fails undoes it on all: what was staged is forgotten, and nodes that had no owner have none again. */
export async function stage(
  { fleet, survey, owner, activation, release, secrets }: Staging,
  context: Context,
): Promise<Diagnostic[]> {
  if (context.stop.aborted) return [stopped()];
  const nodes = [...survey.statuses.keys()];
  const command: Command = { owner, release: release.digest, activation };
  const untaken = await fleet.deliver(nodes, packDelivery({ release, endpoints: fleet.endpoints }));
  const failed =
    untaken.size > 0 ? untaken : await fleet.send('stage', nodes, (node) => ({ ...command, node, secrets }));
  if (failed.size === 0 && !context.stop.aborted) return [];
  const reason = failed.size > 0 ? 'the release could not be staged on every node' : 'the deploy was stopped';
  const isNew = (node: string) => survey.statuses.get(node)?.transaction.owner === null;
  const left = new Map([
    ...(await fleet.send(
      'rollback',
      nodes.filter((node) => !isNew(node)),
      (node) => ({ ...command, node, reason }),
    )),
    ...(await fleet.send('remove', nodes.filter(isNew), (node) => ({ node, owner }))),
  ]);
  const rest = [...left].filter(([node]) => !failed.has(node));
  const untold = rest.length > 0 ? `\nNodes that may still hold it, without running it:\n${listing(rest)}` : '';
  return failed.size > 0
    ? [
        error(
          `The release could not be staged on ${[...failed.keys()].sort().join(', ')}`,
          `Nothing runs that did not run before.\n${listing(failed)}${untold}`,
        ),
      ]
    : [error('Stopped', `Staging was undone; nothing runs that did not run before.${untold}`)];
}
