import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';
import type { Cause, Finding } from './causes';
import type { RouteEvidence, Told } from './route-evidence';
import { sessionFindings, sessionLabel } from './session-causes';

/**
 * Where a route stops that a node has, and why. `rule`: a rule of the protocol, by which it may well come another way.
 */
export interface Stop {
  readonly finding: Finding;
  readonly isRule: boolean;
}

/** What keeps a route from a neighbour, by the agent's word for it. */
type Obstacle = Pick<NonNullable<RouteStatus['also']>[number], 'code' | 'reason'>;

/** By this word: the cause; what is not here is a rule of the protocol. */
const CAUSE_OF: Readonly<Record<string, Cause>> = { policy: 'not-exported', 'no-next-hop': 'next-hop' };

/** What is in nobody's way: the neighbour has it itself, or there is nothing to send. */
const QUIET: ReadonlySet<string> = new Set(['no-path', 'from-neighbour', 'due']);

/** What ends a session without saying why: the other end may know more. */
const VAGUE: ReadonlySet<Cause> = new Set(['down', 'silence', 'unreachable', 'refused']);

/** Whether it is sent. */
export const isSent = ({ routes }: Told): boolean => routes?.some(({ isBest }) => isBest) === true;

/** All that keeps a route from going over one session, each of which alone would. */
export function stopsAt(told: Told, { status: asked, others }: Pick<RouteEvidence, 'status' | 'others'>): Stop[] {
  if (!told.routes || isSent(told)) return [];
  const { node, session } = told;
  const statusOf = (name: string | undefined) =>
    name === asked.node ? asked : others.find((one) => one.node === name)?.status;
  const status = statusOf(node)!;
  return told.routes.flatMap(ineligibilitiesOf).flatMap(({ code, reason }): Stop[] => {
    const stop = (cause: Cause, where: string, text: string, isRule = false): Stop => ({
      finding: { cause, where, text },
      isRule,
    });
    if (QUIET.has(code)) return [];
    const isDrain = code === 'out-of-service' || (code === 'policy' && status.service === 'none' && !toldAll(told));
    if (isDrain) return [stop('drain', node, 'it has the route, is out of service, and advertises nothing')];
    if (code === 'down')
      return downOn(status, session, statusOf(session.remoteNode), asked).map((finding) => ({
        finding,
        isRule: false,
      }));
    const cause = CAUSE_OF[code];
    return [stop(cause ?? 'not-advertised', `${node}: towards ${sessionLabel(session)}`, reason, cause === undefined)];
  });
}

/** Agents that list every reason list a filter along with the drain. */
const toldAll = ({ routes = [] }: Told): boolean => routes.some(({ code }) => code === 'out-of-service');

const ineligibilitiesOf = ({ code, reason = '', also = [] }: RouteStatus): Obstacle[] => [
  ...(code === undefined ? [] : [{ code, reason }]),
  ...also,
];

/**
 * Why a session is down, as the node that was asked about has it or else the one that has the route; where that is
 * vague, before it as the other end has it.
 */
function downOn(
  status: AgentStatus,
  session: SessionStatus,
  other: AgentStatus | undefined,
  asked: AgentStatus,
): Finding[] {
  const its = other?.sessions.find(
    (one) => one.remoteAddress === session.localAddress && one.localAddress === session.remoteAddress,
  );
  const ends = [{ of: status, one: session }, ...(other && its ? [{ of: other, one: its }] : [])]
    .sort((a, b) => Number(b.of === asked) - Number(a.of === asked))
    .flatMap(({ of, one }) => (one.state === 'Established' ? [] : sessionFindings(of, one).slice(0, 1)));
  const [first, second] = ends;
  return first && second && VAGUE.has(first.cause) && !VAGUE.has(second.cause) ? [second, first] : ends.slice(0, 1);
}
