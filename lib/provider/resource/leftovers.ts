import type { AgentSummary } from '../../control/status';
import { holderAt } from './claims';
import { Claims, untilHeard } from './moves';

/** Ownership of a node by its state: the names of the fabric, and the owners. */
interface Whose {
  readonly endpoint: string;
  readonly fabrics: readonly string[];
  readonly owners: readonly (string | undefined)[];
}

/**
 * What a killed run left on nodes that a fabric releases: node → other fabrics of the same owner that have a deploy
 * staged or on trial there and do not claim the node in this run. A fabric that does claim it keeps what runs there
 * until its own deploy is confirmed.
 */
export async function leftoversOn(
  statuses: Iterable<readonly [string, AgentSummary]>,
  whose: (node: string) => Whose,
  stop: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const others = new Map(
    [...statuses]
      .map(([node, status]) => [node, othersOn(status, whose(node))] as const)
      .filter(([, of]) => of.length > 0),
  );
  await untilHeard(new Set([...others.values()].flat()), stop);
  const claims = Claims.of(stop);
  return new Map(
    [...others].map(([node, of]) => [
      node,
      of.filter((fabric) => !stop.aborted && !claims.wants(fabric, whose(node).endpoint)),
    ]),
  );
}

/** Other fabrics of these owners that have something staged or on trial on a node of ours. */
function othersOn(status: AgentSummary, { fabrics, owners }: Whose): string[] {
  const { staged, active } = status.transaction;
  const holder = holderAt(status);
  if (!holder || !fabrics.includes(holder.fabric) || !owners.includes(holder.owner)) return [];
  return [staged, active].flatMap((step) =>
    step && owners.includes(step.owner) && !fabrics.includes(step.fabric) ? [step.fabric] : [],
  );
}
