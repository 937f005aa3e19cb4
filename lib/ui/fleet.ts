import type { AgentAnswer } from '../control/agents';
import { DeployTracker } from '../control/deploy-tracker';
import type { AgentEvent, AgentStatus } from '../control/status';
import type { Fabric } from '../model/fabric';

/** State of a node: the last status of its agent, and whether it responds. */
export interface KnownNode {
  readonly name: string;
  /** Last status received. Unset: none yet. */
  readonly status?: AgentStatus;
  /** When it was received, in milliseconds since the epoch. */
  readonly at?: number;
  /** Why the agent does not respond. Unset: it does, or was not asked yet. */
  readonly error?: string;
  /** Reported deploy steps, oldest first. */
  readonly steps: readonly AgentEvent[];
}

/** An event and its node. */
export type NodeEvent = Omit<AgentEvent, 'sequence'> & { readonly node: string };

/** Immutable snapshot of a fabric. */
export interface FleetSnapshot {
  /** In display order. */
  readonly nodes: readonly KnownNode[];
  /** Fabrics that run on some node, by release digest. */
  readonly fabrics: ReadonlyMap<string, Fabric>;
  /** Last events, newest first. */
  readonly events: readonly NodeEvent[];
}

/** In the form used by the other commands: a node that does not respond has no status. */
export const answersOf = ({ nodes }: FleetSnapshot): AgentAnswer[] =>
  nodes.map(({ name, status, error }) =>
    status && error === undefined ? { node: name, status } : { node: name, error: error ?? NOT_YET },
  );

export const NOT_YET = 'it was not heard yet';

/** The fabric that runs or is about to, and the previous one while some node still runs it. */
export function runningIn({ nodes, fabrics }: FleetSnapshot): { readonly before?: Fabric; readonly after?: Fabric } {
  const found = new Map<Fabric, number>();
  for (const { status } of nodes)
    for (const one of [status?.transaction.active, retiringOf(status)]) {
      const fabric = one && fabrics.get(one.release);
      if (fabric) found.set(fabric, Math.max(found.get(fabric) ?? 0, one.activation));
    }
  const [after, before] = [...found].sort(([, a], [, b]) => b - a).map(([fabric]) => fabric);
  return { ...(before && { before }), ...(after && { after }) };
}

/** The previous release, while its sessions exist. */
const retiringOf = (status: AgentStatus | undefined) => {
  const retiring = status?.transaction.retiring;
  return retiring?.phase === 'closed' ? undefined : retiring;
};

/** Which group of nodes, activated together, each node is in, as far as agents know. */
export const groupsOf = ({ nodes }: FleetSnapshot, activation: number): ReadonlyMap<string, number> =>
  trackerOf(nodes).nodesOf(activation);

/** The last tracker and its input: a page is rendered every second, and steps are rare. */
let tracked: { readonly nodes: readonly KnownNode[]; readonly tracker: DeployTracker } | undefined;

function trackerOf(nodes: readonly KnownNode[]): DeployTracker {
  const isSame = ({ name, steps }: KnownNode, i: number) => name === nodes[i].name && steps === nodes[i].steps;
  if (tracked?.nodes.length === nodes.length && tracked.nodes.every(isSame)) return tracked.tracker;
  const tracker = new DeployTracker();
  const all = nodes.flatMap(({ name, steps }) => steps.map((event) => ({ ...event, node: name })));
  for (const event of all.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))) tracker.take(event);
  tracked = { nodes, tracker };
  return tracker;
}
