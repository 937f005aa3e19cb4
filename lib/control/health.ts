import * as z from 'zod';
import { bfdTrouble, isBfdMissing } from './bfd-status';
import { shortDigest } from './release';
import type { AgentStatus, TrialLosses } from './status';
import { bestOfPattern, judge, maySettle, type OutsideTerms } from './verdict';

/** What a wave's gate demands of a node. */
export interface HealthTerms {
  /** Digest of the release that it must run. */
  readonly release: string;
  /** What is demanded of new sessions with outside neighbours. */
  readonly outside: OutsideTerms;
}

/**
 * A node's side of a wave's gate, by its own status. Its agent works it out, so that a gate over thousands of nodes
 * does not read all their sessions; `gate.ts` joins those of all nodes.
 */
export interface Health {
  /** Whether it runs the release. */
  readonly isRunning: boolean;
  readonly faults: readonly NodeFault[];
  /** Sessions with outside neighbours that are not up, but tolerated by the gate. */
  readonly listed: readonly TroubledSession[];
  /** What it lost, if that was asked and nothing else is wrong with it. */
  readonly losses?: TrialLosses;
}

/** Why a node is not healthy, as a message. */
interface NodeFault {
  readonly message: string;
  /** It is of a session with this node, and counts only if that one runs the release, too. */
  readonly remoteNode?: string;
  /** It concerns a new session with an outside neighbour. */
  readonly isNew?: true;
}

interface TroubledSession {
  readonly message: string;
  /** It may still come up shortly. */
  readonly maySettle: boolean;
}

/** Maximum milliseconds that an agent waits for its health. */
export const MOST_WAIT_MS = 30_000;

/** What is asked of an agent about its health. */
export const healthQuerySchema = z.object({
  release: z.string(),
  outside: z.enum(['all', 'kept']),
  /** Nodes that do not run the release: faults of sessions with them do not count. */
  apart: z.array(z.string()).optional(),
  /** Milliseconds that the agent may wait until it is healthy, and with `settles` until nothing may settle any more. */
  waitMs: z.int().min(0).max(MOST_WAIT_MS).optional(),
  settles: z.boolean().optional(),
  /** Whether to look for lost prefixes, too, if it is healthy otherwise: that takes a scan of its table. */
  losses: z.boolean().optional(),
});
export type HealthQuery = z.infer<typeof healthQuerySchema>;

/**
 * The health of a node: an inside session must be Established, past its End-of-RIB, and have BFD up if configured;
 * sessions with outside neighbours must be as the agent's trial demands, and the kernel must have the routes that BGP
 * chose.
 */
export function healthOf(status: AgentStatus, { release, outside }: HealthTerms): Health {
  const { active, returned } = status.transaction;
  if (active?.release !== release) {
    const why = returned?.release === release ? `: ${returned.reason}` : '';
    const message = `the agent does not run release ${shortDigest(release)}${why}`;
    return { isRunning: false, faults: [{ message }], listed: [] };
  }
  const verdicts = verdictsOn(status, outside);
  return {
    isRunning: true,
    faults: [
      ...sessionFaults(status),
      ...verdicts.flatMap(({ verdict, isNew }): NodeFault[] =>
        verdict.kind === 'fails' ? [{ message: verdict.message, ...(isNew && { isNew }) }] : [],
      ),
      ...kernelFaults(status).map((message) => ({ message })),
    ],
    listed: verdicts.flatMap(({ verdict, maySettle }) =>
      verdict.kind === 'listed' ? [{ message: verdict.message, maySettle }] : [],
    ),
  };
}

/** Whether a node is as a query demands, so that nothing is left to wait for. */
export const isHealthy = ({ faults, listed }: Health, { apart = [], settles }: HealthQuery): boolean =>
  faults.every(({ remoteNode }) => remoteNode !== undefined && apart.includes(remoteNode)) &&
  !(settles && listed.some(({ maySettle }) => maySettle));

function verdictsOn({ trial, sessions }: AgentStatus, outside: OutsideTerms) {
  if (!trial) return [];
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

const sessionFaults = ({ sessions }: AgentStatus): NodeFault[] =>
  sessions.flatMap((session): NodeFault[] => {
    const { isInside, isRetiring, expectsDown, remoteNode } = session;
    if (!isInside || isRetiring || expectsDown || remoteNode === undefined) return [];
    const fault = (what: string): NodeFault => ({
      message: `session ${session.localAddress} - ${session.remoteAddress} (${remoteNode}) ${what}`,
      remoteNode,
    });
    if (session.state !== 'Established') {
      const why = session.down ?? session.lastError?.text;
      return [fault(`is ${session.state}${why ? `: ${why}` : ''}`)];
    }
    const waits = Object.entries(session.routes).filter(([, routes]) => !routes.endOfRib);
    const isUnwatched = session.bfd !== undefined && isBfdMissing(session.bfd);
    return [
      ...waits.map(([family]) => fault(`has not sent all of its ${family} routes yet`)),
      ...(isUnwatched ? [fault(`is Established, but ${bfdTrouble(session.bfd!)}`)] : []),
    ];
  });

function kernelFaults({ kernel }: AgentStatus): string[] {
  if (kernel.failed.length > 0) return kernel.failed.map(({ prefix, reason }) => `kernel route ${prefix}: ${reason}`);
  return kernel.installed === kernel.wanted ? [] : [`the kernel has ${kernel.installed} of ${kernel.wanted} routes`];
}
