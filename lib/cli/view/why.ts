import type { SessionStatus } from '../../control/status';
import { PLAIN, type Screen } from '../screen';
import { table } from '../table';
import { line, lines, type Text } from '../terminal';
import { CAUSES, type Finding, isFine } from '../why/causes';

/** Result of `peerform why`. */
export interface Explanation {
  readonly node: string;
  /** The prefix or neighbour, as typed. */
  readonly about: string;
  /** The first is the cause, or the most likely one. */
  readonly findings: readonly Finding[];
  /** Sessions with the neighbour, if one was given. */
  readonly sessions?: readonly SessionStatus[];
}

/** For programs: with remedies and links to the docs. */
export const whyData = ({ findings, sessions, ...rest }: Explanation) => ({
  ...rest,
  findings: findings.map((one) => ({ ...one, ...CAUSES[one.cause] })),
  ...(sessions && { errors: sessions.flatMap(errorsOf) }),
});

/** For users: a table of causes, then errors of the sessions, oldest first. */
export function whyText(explanation: Explanation, screen: Screen = PLAIN): Text {
  const { findings, sessions = [] } = explanation;
  const rows = findings.map((one) => {
    const { title, fix } = CAUSES[one.cause];
    return [{ text: title, style: isFine(one) ? 'green' : 'red' } as const, one.where, one.text, fix];
  });
  const errors = sessions.flatMap(errorsOf);
  return lines(
    table(['CAUSE', 'WHERE', 'WHAT', 'FIX'], rows, screen),
    ...(errors.length === 0
      ? []
      : [
          line``,
          table(
            ['TIME', 'NEIGHBOUR', 'ERROR'],
            errors.map(({ at, neighbour, text }) => [at.replace(/\.\d+Z$/, 'Z'), neighbour, text]),
            screen,
          ),
        ]),
    line``,
  );
}

/** Errors since a session was last up, and the last NOTIFICATION, in order of time. */
function errorsOf({ remoteAddress, errors = [], lastNotification, lastError }: SessionStatus) {
  const told = errors.map(({ at, direction, text }) => ({ at, text: `${direction}: ${text}` }));
  const said = lastNotification && {
    at: lastNotification.at,
    text: `${lastNotification.direction}: ${lastNotification.text}`,
  };
  const all = said && !told.some(({ at, text }) => at === said.at && text === said.text) ? [said, ...told] : told;
  const known = all.length > 0 || !lastError ? all : [lastError];
  return known
    .map((one) => ({ ...one, neighbour: remoteAddress }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
