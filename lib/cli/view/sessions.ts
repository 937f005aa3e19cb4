import type { SessionStatus } from '../../control/status';
import type { Fabric } from '../../model/fabric';
import { sessionsOf } from '../../topology/derive';
import { type Explanation, explainSession } from '../../topology/explain';
import { table } from '../table';
import { addressText } from './objects';

/** A session as its agent tells it and, where asked for, why the release makes it so. */
export type ExplainedSession = SessionStatus & { readonly explanation?: Explanation };

/** Adds to each session of a node why it is there; one that only a former release made has none. */
export function explained(fabric: Fabric, node: string, sessions: readonly SessionStatus[]): ExplainedSession[] {
  const derived = new Map(sessionsOf(fabric, node).map((session) => [session.key, session]));
  return sessions.map((status) => {
    const session = derived.get(status.key);
    return session ? { ...status, explanation: explainSession(fabric, node, session) } : status;
  });
}

/** The sessions of a node for people; with explanations, each as a paragraph. */
export function sessionsText(sessions: readonly ExplainedSession[], explain: boolean): string {
  if (sessions.length === 0) return 'there are no sessions\n';
  return explain ? sessions.map(paragraph).join('\n') : `${table(HEADINGS, sessions.map(row))}\n`;
}

const HEADINGS = ['NEIGHBOUR', 'ADDRESS', 'AS', 'WHY', 'STATE', 'SINCE', 'IN', 'OUT', 'LAST ERROR'];

function row(session: ExplainedSession): string[] {
  const sum = (field: 'accepted' | 'advertised') =>
    String(Object.values(session.routes).reduce((all, routes) => all + routes[field], 0));
  return [
    session.remoteNode ?? session.origin.replace(/^.*\./, ''),
    addressText(session.remoteAddress, session.port),
    String(session.remoteAs),
    session.isRetiring ? 'retiring' : session.origin,
    session.state,
    session.since.replace(/\.\d+Z$/, 'Z'),
    sum('accepted'),
    sum('advertised'),
    session.state === 'Established' ? '' : (session.down ?? session.lastError?.text ?? ''),
  ];
}

function paragraph(session: ExplainedSession): string {
  const { remoteNode, remoteAddress, remoteAs, localAddress, localAs, port, state, explanation, isRetiring } = session;
  const who = `${remoteNode ? `${remoteNode} ` : ''}${addressText(remoteAddress, port)} (AS ${remoteAs})`;
  const why = explanation
    ? [explanation.made, explanation.dials, explanation.routes]
    : [
        isRetiring
          ? 'a former release made it; it ends with the deploy that is under way'
          : `made by ${session.origin}`,
      ];
  const reason = session.down ?? session.lastError?.text;
  const now = state === 'Established' || !reason ? state : `${state}: ${reason}`;
  return `${[`${who} from ${localAddress} (AS ${localAs})`, ...why, `now ${now}`].join('\n  ')}\n`;
}
