import { printable } from '../model/printable';
import type { Health } from './health';

/** Why a node is not healthy yet, as a message that names the node and the session. */
export interface UnmetDemand {
  readonly node: string;
  readonly message: string;
  /** It concerns a new session with an outside neighbour. */
  readonly isNew?: boolean;
}

/** A session with an outside neighbour that is not up, but tolerated by the gate. */
interface Listed extends UnmetDemand {
  /** It may still come up shortly. */
  readonly maySettle: boolean;
}

/**
 * The faults of a set of nodes under a release, by their health. A fault of a session between two nodes counts only if
 * both run the release; `others`: nodes beyond these that do. Empty if all are healthy.
 */
export const faultsOf = (
  nodes: readonly string[],
  healths: ReadonlyMap<string, Health>,
  others: ReadonlySet<string>,
): UnmetDemand[] =>
  nodes.flatMap((node): UnmetDemand[] => {
    const health = healths.get(node);
    if (!health) return [{ node, message: 'the agent does not respond' }];
    return health.faults
      .filter(({ remoteNode }) => remoteNode === undefined || runs(remoteNode, healths, others))
      .map(({ message, isNew }) => ({ node, message: printable(message), ...(isNew && { isNew }) })); // worded by the agent
  });

/** The other ends of faults of a node that do not run the release. */
export const apartFrom = (
  node: string,
  healths: ReadonlyMap<string, Health>,
  others: ReadonlySet<string>,
): readonly string[] => [
  ...new Set(
    healths
      .get(node)
      ?.faults.flatMap(({ remoteNode }) =>
        remoteNode === undefined || runs(remoteNode, healths, others) ? [] : [remoteNode],
      ),
  ),
];

const runs = (node: string, healths: ReadonlyMap<string, Health>, others: ReadonlySet<string>): boolean =>
  healths.get(node)?.isRunning ?? others.has(node);

/** The sessions with outside neighbours that are down without failing the gate: reported when it has passed. */
export const listedOf = (nodes: readonly string[], healths: ReadonlyMap<string, Health>): Listed[] =>
  nodes.flatMap((node) =>
    (healths.get(node)?.listed ?? []).map(({ message, maySettle }) => ({
      ...{ node, message: printable(message), maySettle },
    })),
  );
