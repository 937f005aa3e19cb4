import { printable } from '../model/printable';
import { bfdTrouble, isBfdMissing } from './bfd-status';
import { shortDigest } from './release';
import type { AgentStatus } from './status';
import { bestOfPattern, judge, maySettle, type OutsideTerms } from './verdict';

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
 * The faults of a set of nodes under a release: an inside session of which both ends run the release must be
 * Established, past its End-of-RIB, and have BFD up if configured; sessions with outside neighbours must be as the
 * agent's trial demands, and the kernel must have the routes that BGP chose. `statuses` may hold more nodes than
 * `nodes`: their state shows whether the other end runs the release. Empty if healthy.
 */
export function faultsOf(
  nodes: readonly string[],
  statuses: ReadonlyMap<string, AgentStatus>,
  release: string,
  outside: OutsideTerms = 'all',
): UnmetDemand[] {
  const runs = (node: string | undefined) =>
    node !== undefined && statuses.get(node)?.transaction.active?.release === release;
  return nodes.flatMap((node): UnmetDemand[] => {
    const status = statuses.get(node);
    if (!status) return [{ node, message: 'the agent does not respond' }];
    if (!runs(node)) {
      const returned = status.transaction.returned;
      const why = returned?.release === release ? `: ${returned.reason}` : '';
      return [{ node, message: printable(`the agent does not run release ${shortDigest(release)}${why}`) }];
    }
    const fault = (message: string): UnmetDemand => ({ node, message: printable(message) }); // worded by the agent
    return [
      ...sessionFaults(status, runs).map(fault),
      ...verdictsOn(status, outside).flatMap(({ verdict, isNew }): UnmetDemand[] =>
        verdict.kind === 'fails' ? [{ ...fault(verdict.message), ...(isNew && { isNew }) }] : [],
      ),
      ...kernelFaults(status).map(fault),
    ];
  });
}

/** The sessions with outside neighbours that are down without failing the gate: reported when it has passed. */
export const listedOf = (
  nodes: readonly string[],
  statuses: ReadonlyMap<string, AgentStatus>,
  outside: OutsideTerms,
): Listed[] =>
  nodes.flatMap((node) =>
    verdictsOn(statuses.get(node), outside).flatMap(({ verdict, maySettle }): Listed[] =>
      verdict.kind === 'listed' ? [{ node, message: printable(verdict.message), maySettle }] : [],
    ),
  );

function verdictsOn(status: AgentStatus | undefined, outside: OutsideTerms) {
  const { trial, sessions } = status ?? {};
  if (!trial || !sessions) return [];
  const byKey = new Map(sessions.map((session) => [session.key, session]));
  return trial.demands.map((demand) => {
    const session = byKey.get(demand.session) ?? bestOfPattern(demand, sessions);
    return {
      verdict: judge(demand, session, trial, outside),
      isNew: demand.before === 'none',
      maySettle: maySettle(demand, session, trial),
    };
  });
}

function sessionFaults(status: AgentStatus, runs: (node: string | undefined) => boolean): string[] {
  return status.sessions
    .filter(
      ({ isInside, isRetiring, expectsDown, remoteNode }) =>
        isInside && !isRetiring && !expectsDown && runs(remoteNode),
    )
    .flatMap((session) => {
      const name = `session ${session.localAddress} - ${session.remoteAddress} (${session.remoteNode})`;
      if (session.state !== 'Established') {
        const why = session.down ?? session.lastError?.text;
        return [`${name} is ${session.state}${why ? `: ${why}` : ''}`];
      }
      const waits = Object.entries(session.routes).filter(([, routes]) => !routes.endOfRib);
      const isUnwatched = session.bfd !== undefined && isBfdMissing(session.bfd);
      return [
        ...waits.map(([family]) => `${name} has not sent all of its ${family} routes yet`),
        ...(isUnwatched ? [`${name} is Established, but ${bfdTrouble(session.bfd!)}`] : []),
      ];
    });
}

function kernelFaults({ kernel }: AgentStatus): string[] {
  if (kernel.failed.length > 0) return kernel.failed.map(({ prefix, reason }) => `kernel route ${prefix}: ${reason}`);
  return kernel.installed === kernel.wanted ? [] : [`the kernel has ${kernel.installed} of ${kernel.wanted} routes`];
}
