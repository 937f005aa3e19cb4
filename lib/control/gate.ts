import { shortDigest } from './release';
import type { AgentStatus } from './status';

/** Why a node is not healthy yet, in words that name the node and the session. */
export interface Fault {
  readonly node: string;
  readonly message: string;
}

/**
 * What keeps a set of nodes from being healthy under a release: an inside session whose both ends run it must be Established and
 * past its End-of-RIB, and the kernel must hold what BGP chose. `statuses` may hold more nodes than `nodes`: their state tells
 * whether the other end runs the release. Empty: healthy.
 */
export function faultsOf(
  nodes: readonly string[],
  statuses: ReadonlyMap<string, AgentStatus>,
  release: string,
): Fault[] {
  const runs = (node: string | undefined) =>
    node !== undefined && statuses.get(node)?.transaction.active?.release === release;
  return nodes.flatMap((node): Fault[] => {
    const status = statuses.get(node);
    if (!status) return [{ node, message: 'the agent does not answer' }];
    if (!runs(node)) {
      const returned = status.transaction.returned;
      const why = returned?.release === release ? `: ${returned.reason}` : '';
      return [{ node, message: `the agent does not run release ${shortDigest(release)}${why}` }];
    }
    return [...sessionFaults(status, runs), ...kernelFaults(status)].map((message) => ({ node, message }));
  });
}

function sessionFaults(status: AgentStatus, runs: (node: string | undefined) => boolean): string[] {
  return status.sessions
    .filter((session) => session.isInside && !session.isRetiring && runs(session.remoteNode))
    .flatMap((session) => {
      const name = `session ${session.localAddress} - ${session.remoteAddress} (${session.remoteNode})`;
      if (session.state !== 'Established') {
        const why = session.down ?? session.lastError?.text;
        return [`${name} is ${session.state}${why ? `: ${why}` : ''}`];
      }
      const waits = Object.entries(session.routes).filter(([, routes]) => !routes.endOfRib);
      return waits.map(([family]) => `${name} has not sent all its ${family} routes yet`);
    });
}

function kernelFaults({ kernel }: AgentStatus): string[] {
  if (kernel.failed.length > 0) return kernel.failed.map(({ prefix, reason }) => `kernel route ${prefix}: ${reason}`);
  return kernel.installed === kernel.wanted ? [] : [`the kernel holds ${kernel.installed} of ${kernel.wanted} routes`];
}
