import type { AgentAnswer } from '../../control/agents';
import { isMissing, isWanted } from '../../control/amiss';
import type { AgentStatus, SessionStatus } from '../../control/status';
import { PLAIN, type Screen } from '../screen';
import { foldedLine, line, lines, styled, type Text } from '../terminal';

/** Problems that are named; the tables have all. */
const MOST = 20;

const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);

/** Routes of a session, of all families. */
export const routesOf = ({ routes }: SessionStatus, field: 'received' | 'accepted' | 'advertised' | 'looped'): number =>
  sum(Object.values(routes), (family) => family[field] ?? 0);

/** Routes of a session that are not accepted, but for those that its neighbour only sends back. */
export const refusedCount = (session: SessionStatus): number =>
  routesOf(session, 'received') - routesOf(session, 'accepted') - routesOf(session, 'looped');

/** What a fleet has in all, and what is wrong with it, in as few lines as that takes. */
export function totalsText(answers: readonly AgentAnswer[], screen: Screen = PLAIN): Text {
  const known = answers.flatMap(({ status }) => status ?? []);
  const sessions = known.flatMap((status) => status.sessions);
  const wanted = sessions.filter(isWanted);
  const received = sum(sessions, (one) => routesOf(one, 'received'));
  const refused = sum(sessions, refusedCount);
  const looped = sum(sessions, (one) => routesOf(one, 'looped'));
  const apart = [
    ...(refused > 0 ? [`${refused} of them not accepted`] : []),
    ...(looped > 0 ? [`${looped} looped`] : []),
  ];
  const parts = [
    `${known.length} of ${answers.length} nodes respond`,
    `${wanted.length - wanted.filter(isMissing).length} of ${wanted.length} sessions up`,
    `${received} routes received${apart.map((one) => `, ${one}`).join('')}`,
    `${sum(known, ({ kernel }) => kernel.installed)} of ${sum(known, ({ kernel }) => kernel.wanted)} in the kernel`,
  ];
  const problems = answers.flatMap(problemsOf).sort((a, b) => GRAVITY.indexOf(a.kind) - GRAVITY.indexOf(b.kind));
  const rest = problems.length - MOST;
  return lines(
    line`${parts.join(', ')}`,
    ...problems
      .slice(0, MOST)
      .map(({ text, kind }) =>
        styled(kind === 'refused' ? 'yellow' : 'red', foldedLine(line`  ${text}`, screen, 4), screen),
      ),
    ...(rest > 0 ? [line`  and ${rest} more`] : []),
  );
}

/** The gravest first. Routes that are refused may be meant to be; all else is broken. */
const GRAVITY = ['silent', 'down', 'kernel', 'refused'] as const;

interface Problem {
  readonly text: string;
  readonly kind: (typeof GRAVITY)[number];
}

function problemsOf({ node, status, error }: AgentAnswer): Problem[] {
  if (!status) return [{ text: `${node}: no answer: ${error}`, kind: 'silent' }];
  const said = (kind: Problem['kind'], texts: readonly string[]): Problem[] =>
    texts.map((text) => ({ text: `${node}: ${text}`, kind }));
  return [...said('down', downOf(status)), ...said('kernel', kernelOf(status)), ...said('refused', refusedOf(status))];
}

const downOf = ({ sessions }: AgentStatus): string[] =>
  sessions.filter(isMissing).map((session) => {
    const why = session.down ?? session.lastError?.text;
    return `session with ${nameOf(session)} is ${session.state}${why === undefined ? '' : `: ${why}`}`;
  });

const kernelOf = ({ kernel }: AgentStatus): string[] =>
  kernel.failed.map(({ prefix, reason }) => `${prefix} is not in the kernel: ${reason}`);

/** What was received and not accepted: it may be meant, as filters are there for it. */
const refusedOf = ({ sessions }: AgentStatus): string[] =>
  sessions.flatMap((session) => {
    const received = routesOf(session, 'received');
    const refused = refusedCount(session);
    return refused > 0 ? [`${refused} of ${received} routes from ${nameOf(session)} are not accepted`] : [];
  });

const nameOf = ({ remoteNode, remoteAddress, origin }: SessionStatus): string =>
  `${remoteNode === undefined ? '' : `${remoteNode} `}${remoteAddress} (${origin})`;
