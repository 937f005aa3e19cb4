import { troubleOf } from '../../control/amiss';
import { type LingeringBfd, lingersText } from '../../control/bfd-status';
import { stationsText } from '../../control/link-stations';
import { offersOf, shortfallsOf } from '../../control/shortfall';
import type { RuleMatchesStatus, SessionMatches, SessionStatus } from '../../control/status';
import type { Fabric } from '../../model/fabric';
import { sessionsOf } from '../../topology/derive';
import { explainSession, type SessionExplanation } from '../../topology/explain';
import { endMeant } from '../../topology/link-end';
import { originName } from '../../topology/origin';
import { PLAIN, type Screen } from '../screen';
import { table } from '../table';
import { type Cell, line, lines, type Text } from '../terminal';
import { bfdLines } from './bfd';
import { matchesText } from './matches';
import { asCell } from './neighbour';
import { addressText } from './objects';
import { stateCell } from './trouble';

/** A session as reported by its agent and, if requested, why the release has it. */
type ExplainedSession = SessionStatus & {
  readonly explanation?: SessionExplanation;
  /** Current decisions of its filters, with counts. Unset: no filters, or an older agent. */
  readonly matches?: SessionMatches;
  /** The release has no BFD for it any more, or has it at the other UDP port, and its neighbour still has that one. */
  readonly hasLingeringBfd?: true;
  readonly lingeringBfd?: LingeringBfd;
};

/** Adds to each session of a node why it exists; one that only a previous release has gets no explanation. */
export function explained(
  fabric: Fabric,
  node: string,
  sessions: readonly SessionStatus[],
  matches: ReadonlyMap<string, SessionMatches> = new Map(),
): ExplainedSession[] {
  const all = sessionsOf(fabric, node);
  const derived = new Map(all.map((session) => [session.key, session]));
  return sessions.map((status) => {
    const session =
      derived.get(status.key) ?? (status.pattern === undefined ? undefined : endMeant(all, status.remoteAddress));
    if (!session) return status;
    const counted = matches.get(status.key);
    return {
      ...status,
      explanation: explainSession(fabric, node, session),
      ...((counted?.import || counted?.export) && { matches: counted }),
    };
  });
}

/** Sessions of a node for users; with explanations, a paragraph each. */
export function sessionsText(sessions: readonly ExplainedSession[], explain: boolean, screen: Screen = PLAIN): Text {
  if (sessions.length === 0) return line`no sessions\n`;
  return explain ? lines(...sessions.map(paragraph)) : lines(table(HEADINGS, sessions.map(row), screen), line``);
}

const HEADINGS = ['NEIGHBOUR', 'ADDRESS', 'AS', 'WHY', 'STATE', 'SINCE', 'IN', 'OUT', 'LAST ERROR'];

function row(session: ExplainedSession): Cell[] {
  const sum = (field: 'accepted' | 'advertised') =>
    String(Object.values(session.routes).reduce((all, routes) => all + routes[field], 0));
  return [
    session.remoteNode ?? originName(session.origin),
    addressText(session.remoteAddress, session.port),
    asCell(session),
    session.isRetiring ? 'retiring' : session.origin,
    stateCell(session),
    session.since.replace(/\.\d+Z$/, 'Z'),
    sum('accepted'),
    sum('advertised'),
    troubleOf(session),
  ];
}

function paragraph(session: ExplainedSession): Text {
  const { remoteNode, remoteAddress, linkLocal, localAddress, localAs, port, state, explanation, isRetiring } = session;
  const who = `${remoteNode ? `${remoteNode} ` : ''}${addressText(remoteAddress, port)}${linkLocal === undefined ? '' : ` at ${linkLocal}`} (AS ${asCell(session)})`;
  const why = explanation
    ? [explanation.made, explanation.dials, explanation.routes]
    : [
        isRetiring
          ? 'a previous release created it; it is closed by the deploy in progress'
          : `created by ${session.origin}`,
      ];
  const reason = session.down ?? session.lastError?.text;
  const now = state === 'Established' || !reason ? state : `${state}: ${reason}`;
  const withheld = Object.entries(session.routes).flatMap(([family, { withheld }]) =>
    withheld === undefined ? [] : [`not advertised: ${family} routes with this node as next hop: ${withheld}`],
  );
  const counts = [
    ...matchLines('received', session.matches?.import),
    ...matchLines('to be advertised', session.matches?.export),
  ];
  const { learnedDefault } = session;
  const stations = stationsText(session);
  const carried = [
    ...shortfallsOf(session),
    ...offersOf(session),
    ...(stations === undefined ? [] : [stations]),
    ...(learnedDefault === undefined ? [] : [learnedDefault]),
  ];
  const lingers = session.hasLingeringBfd ? [lingersText(session.lingeringBfd ?? {}, session.bfd !== undefined)] : [];
  const watched = [...(session.bfd ? bfdLines(session.bfd) : []), ...lingers];
  const more = [...why, `now ${now}`, ...carried, ...watched, ...counts, ...withheld].map((said) => line`  ${said}`);
  const from = /%/.test(remoteAddress) ? remoteAddress.replace(/^.*%/, '') : localAddress; // a neighbour is called after our link
  return lines(line`${who} from ${from} (AS ${localAs})`, ...more, line``);
}

const matchLines = (which: string, matches: RuleMatchesStatus | undefined): string[] =>
  matches ? [`routes ${which}, by the rule that decides: ${matchesText(matches)}`] : [];
