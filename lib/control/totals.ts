import type { AgentAnswer } from './agents';
import { amissOf, isMissing, isWanted } from './amiss';
import { bfdTrouble, isBfdMissing } from './bfd-status';
import { shortfallsOf } from './shortfall';
import type { AgentStatus, SessionStatus } from './status';

/** The totals of a fleet, and its problems. */
interface Totals {
  /** Counts, each with how many are as they should be. */
  readonly shares: readonly string[];
  /** Most severe first. */
  readonly problems: readonly NodeProblem[];
}

/** Most severe first. Refused routes may be intended; all else is broken. */
const GRAVITY = ['silent', 'down', 'unwatched', 'short', 'kernel', 'refused'] as const;

interface NodeProblem {
  readonly text: string;
  readonly kind: (typeof GRAVITY)[number];
}

const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);

/** Routes of a session, of all families. */
export const routeCount = (
  { routes }: SessionStatus,
  field: 'received' | 'accepted' | 'advertised' | 'looped',
): number => sum(Object.values(routes), (family) => family[field] ?? 0);

/** Routes of a session that are not accepted, except those that its neighbour only sends back. */
export const refusedCount = (session: SessionStatus): number =>
  routeCount(session, 'received') - routeCount(session, 'accepted') - routeCount(session, 'looped');

export function totalsOf(answers: readonly AgentAnswer[]): Totals {
  const known = answers.flatMap(({ status }) => status ?? []);
  const own = known.map(countsOf);
  const wanted = sum(own, (one) => one.wanted);
  const received = sum(own, (one) => one.received);
  const refused = sum(own, (one) => one.refused);
  const looped = sum(own, (one) => one.looped);
  const apart = [
    ...(refused > 0 ? [`${refused} of them not accepted`] : []),
    ...(looped > 0 ? [`${looped} looped`] : []),
  ];
  return {
    shares: [
      `${known.length} of ${answers.length} nodes respond`,
      `${wanted - sum(own, (one) => one.missing)} of ${wanted} sessions up`,
      `${received} routes received${apart.map((one) => `, ${one}`).join('')}`,
      `${sum(known, ({ kernel }) => kernel.installed)} of ${sum(known, ({ kernel }) => kernel.wanted)} in the kernel`,
    ],
    problems: answers.flatMap(problemsOf).sort((a, b) => GRAVITY.indexOf(a.kind) - GRAVITY.indexOf(b.kind)),
  };
}

/** Counts of one node. */
interface Counts {
  readonly wanted: number;
  readonly missing: number;
  readonly received: number;
  readonly refused: number;
  readonly looped: number;
  readonly problems: readonly NodeProblem[];
  /** Its problems, briefly. */
  readonly amiss: readonly string[];
}

const counts = new WeakMap<AgentStatus, Counts>();

/** Cached with the status, which never changes: a follower of a fleet asks again after each response of a node. */
export function countsOf(status: AgentStatus): Counts {
  const known = counts.get(status);
  if (known) return known;
  const { node, sessions } = status;
  const wanted = sessions.filter(isWanted);
  const found: Counts = {
    wanted: wanted.length,
    missing: wanted.filter(isMissing).length,
    received: sum(sessions, (one) => routeCount(one, 'received')),
    refused: sum(sessions, refusedCount),
    looped: sum(sessions, (one) => routeCount(one, 'looped')),
    problems: problemsIn(node, status),
    amiss: amissOf(status),
  };
  counts.set(status, found);
  return found;
}

const problemsOf = ({ node, status, error }: AgentAnswer): readonly NodeProblem[] =>
  status ? countsOf(status).problems : [{ text: `${node}: no status: ${error}`, kind: 'silent' }];

function problemsIn(node: string, status: AgentStatus): NodeProblem[] {
  const said = (kind: NodeProblem['kind'], texts: readonly string[]): NodeProblem[] =>
    texts.map((text) => ({ text: `${node}: ${text}`, kind }));
  return [
    ...said('down', [...downOf(status), ...bfdProblems(status)]),
    ...said('unwatched', unwatchedOf(status)),
    ...said('short', shortOf(status)),
    ...said('kernel', kernelOf(status)),
    ...said('refused', refusedOf(status)),
  ];
}

const bfdProblems = ({ bfd }: AgentStatus): string[] =>
  bfd?.problem === undefined ? [] : [`the BFD process does not respond: ${bfd.problem}`];

/** Sessions that are up and not watched by BFD, unless none is. */
const unwatchedOf = ({ sessions, bfd }: AgentStatus): string[] =>
  bfd?.problem !== undefined
    ? []
    : sessions.flatMap((session) =>
        isWanted(session) && !isMissing(session) && session.bfd && isBfdMissing(session.bfd)
          ? [`session with ${nameOf(session)} is not watched: ${bfdTrouble(session.bfd)}`]
          : [],
      );

const downOf = ({ sessions }: AgentStatus): string[] =>
  sessions.filter(isMissing).map((session) => {
    const why = session.down ?? session.lastError?.text;
    return `session with ${nameOf(session)} is ${session.state}${why === undefined ? '' : `: ${why}`}`;
  });

/** Sessions that are up and do not carry all that the release wants. */
const shortOf = ({ sessions }: AgentStatus): string[] =>
  sessions
    .filter(isWanted)
    .flatMap((session) =>
      [...shortfallsOf(session), ...(session.learnedDefault === undefined ? [] : [session.learnedDefault])].map(
        (text) => `session with ${nameOf(session)}: ${text}`,
      ),
    );

const kernelOf = ({ kernel }: AgentStatus): string[] =>
  kernel.failed.map(({ prefix, reason }) => `${prefix} is not in the kernel: ${reason}`);

/** Received but not accepted: it may be intended, by filters. */
const refusedOf = ({ sessions }: AgentStatus): string[] =>
  sessions.flatMap((session) => {
    const received = routeCount(session, 'received');
    const refused = refusedCount(session);
    return refused > 0 ? [`${refused} of ${received} routes from ${nameOf(session)} are not accepted`] : [];
  });

const nameOf = ({ remoteNode, remoteAddress, origin }: SessionStatus): string =>
  `${remoteNode === undefined ? '' : `${remoteNode} `}${remoteAddress} (${origin})`;
