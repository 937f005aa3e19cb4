import type { AgentStatus, RouteStatus, SessionStatus } from '../../control/status';
import type { Cause, Finding } from './causes';
import type { RouteEvidence, Told } from './route-evidence';
import { sessionFindings, sessionLabel } from './session-causes';

/** Where and why a node's route stops. `rule`: a protocol rule; it may still arrive another way. */
export interface Stop {
  readonly finding: Finding;
  readonly isRule: boolean;
}

/** What keeps a route from a neighbour, by the agent's code. */
type Obstacle = Pick<NonNullable<RouteStatus['also']>[number], 'code' | 'reason'>;

/** Causes by that code; others are protocol rules. */
const CAUSE_OF: Readonly<Record<string, Cause>> = { policy: 'not-exported', 'no-next-hop': 'next-hop' };

/** Not an obstacle: the neighbour has it itself, or there is nothing to send. */
const QUIET: ReadonlySet<string> = new Set(['no-path', 'from-neighbour', 'due']);

/** Session errors without a reason: the other end may know more. */
const VAGUE: ReadonlySet<Cause> = new Set(['down', 'silence', 'unreachable', 'refused']);

/** Whether it is sent. */
export const isSent = ({ routes }: Told): boolean => routes?.some(({ isBest }) => isBest) === true;

/** Everything that prevents a route from going over a session; each alone would. */
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
 * Why a session is down, as seen by the node in question or else by the one that has the route; if that is vague,
 * preceded by the other end's view.
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
