import { printable } from '../model/printable';
import { bfdTrouble, isBfdMissing } from './bfd-status';
import { shortDigest } from './release';
import type { AgentStatus } from './status';
import { judge, maySettle, type OutsideTerms } from './verdict';

/** Why a node is not healthy yet, in words that name the node and the session. */
export interface UnmetDemand {
  readonly node: string;
  readonly message: string;
  /** It is of a new session with an outside neighbour. */
  readonly isNew?: boolean;
}

/** A session with an outside neighbour that is not up, and that the gate passes. */
interface Listed extends UnmetDemand {
  /** It may come up in a moment. */
  readonly maySettle: boolean;
}

/**
 * What keeps a set of nodes from being healthy under a release: an inside session whose both ends run it must be
 * Established, past its End-of-RIB, and watched by BFD where the release says so; sessions with outside neighbours must
 * be as the agent's trial demands, and the kernel must hold what BGP chose. `statuses` may hold more nodes than
 * `nodes`: their state tells whether the other end runs the release. Empty: healthy.
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
    const fault = (message: string): UnmetDemand => ({ node, message: printable(message) }); // in the agent's words
    return [
      ...sessionFaults(status, runs).map(fault),
      ...verdictsOn(status, outside).flatMap(({ verdict, isNew }): UnmetDemand[] =>
        verdict.kind === 'fails' ? [{ ...fault(verdict.message), ...(isNew && { isNew }) }] : [],
      ),
      ...kernelFaults(status).map(fault),
    ];
  });
}

/**
 * The sessions with outside neighbours that are not up and yet keep no node from being healthy: to be reported when the
 * gate has passed.
 */
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
    const session = byKey.get(demand.session);
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
