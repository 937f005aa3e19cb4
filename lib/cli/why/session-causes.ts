import { isIneligibility, isOfLoop } from '../../bgp/rib/adj-rib-in/ineligibility';
import { CEASE, ERROR, OPEN_ERROR } from '../../bgp/wire/notification-codes';
import { hindranceOf } from '../../control/bfd-hindrance';
import {
  type BfdProcessStatus,
  type BfdSessionStatus,
  isBfdMissing,
  lingeringBfd,
  lingersText,
} from '../../control/bfd-status';
import { stationsText } from '../../control/link-stations';
import { shortfallsOf } from '../../control/shortfall';
import type {
  AgentStatus,
  LinkHindrance,
  RouteStatus,
  SessionError,
  SessionMatches,
  SessionStatus,
} from '../../control/status';
import { bfdStateText } from '../view/bfd';
import { matchesText } from '../view/matches';
import type { Cause, Finding } from './causes';
import { downByWords, errorsInWords, type KnownError } from './older-agents';
import { causeOfRoute } from './route-codes';

interface ErrorRow {
  readonly cause: Cause;
  readonly holds: (error: KnownError) => boolean;
}

const isOpen = (subcode: number) => (error: KnownError) => error.code === ERROR.open && error.subcode === subcode;
const isCease =
  (...subcodes: number[]) =>
  (error: KnownError) =>
    error.code === ERROR.cease && subcodes.includes(error.subcode ?? 0);

/** Causes by NOTIFICATION, in order of precedence. */
const ERROR_CAUSES: readonly ErrorRow[] = [
  { cause: 'wrong-as', holds: isOpen(OPEN_ERROR.badPeerAs) },
  { cause: 'their-limit', holds: isCease(CEASE.maximumPrefixes, CEASE.outOfResources) },
  { cause: 'shutdown', holds: isCease(CEASE.administrativeShutdown) },
  { cause: 'bfd-down', holds: isCease(CEASE.bfdDown) },
  { cause: 'unknown', holds: isCease(CEASE.peerDeconfigured, CEASE.connectionRejected) },
  { cause: 'hold-timer', holds: ({ code }) => code === ERROR.holdTimerExpired || code === ERROR.sendHoldTimerExpired },
  { cause: 'open', holds: ({ code }) => code === ERROR.open },
  {
    cause: 'malformed',
    holds: ({ code }) => code === ERROR.update || code === ERROR.header || code === ERROR.routeRefresh,
  },
];

/** Causes by the reason of a local error. */
const REASON_CAUSES: Readonly<Record<NonNullable<SessionError['reason']>, Cause>> = {
  ttl: 'ttl',
  signature: 'key',
  'own-address': 'own-address',
  refused: 'refused',
  unreachable: 'unreachable',
  silence: 'silence',
};

/** Causes by what is wrong with the link of a session without addresses. */
const LINK_CAUSES: Readonly<Record<LinkHindrance, Cause>> = {
  'no-interface': 'link-missing',
  'no-match': 'link-missing',
  'link-down': 'link-down',
  'no-carrier': 'link-carrier',
  'no-link-local': 'link-ipv6',
  mtu: 'link-mtu',
  'duplicate-address': 'link-duplicate',
  'default-route': 'link-default-route',
  privilege: 'link-privilege',
  socket: 'link-socket',
  unadvertised: 'link-unadvertised',
  silent: 'awaits-neighbour',
};

/** Further evidence about a session. */
interface SessionEvidence {
  /** Decisions of its filters, if the agent reports them. */
  readonly matches?: SessionMatches;
  /** What the neighbour has sent, if some of it is not accepted and the agent reports it. */
  readonly received?: readonly RouteStatus[];
  /** Why the agent of the neighbouring node does not respond. */
  readonly silence?: string;
}

/** Why a session is down, or what is wrong with one that is up. */
export function sessionFindings(
  { node, service, transaction, bfd }: Pick<AgentStatus, 'node' | 'service' | 'transaction' | 'bfd'>,
  session: SessionStatus,
  { matches, received, silence }: SessionEvidence = {},
): Finding[] {
  const where = `${node}: ${sessionLabel(session)}`;
  const found = (cause: Cause, text: string): Finding => ({ cause, where, text });
  if (session.isRetiring) return [found('retiring', `${session.state}; it is not in the release that runs`)];
  const learned = session.learnedDefault === undefined ? [] : [found('learned-default', session.learnedDefault)];
  const lame = session.bfd && bfd ? processFindings(bfd, node) : [];
  const stations = stationsText(session);
  const shared = stations === undefined ? [] : [found('link-shared', stations)];
  if (session.state !== 'Established') {
    const trial = transaction.returnsInMs === null ? [] : [found('gate', 'a release is on trial on this node')];
    const mute: Finding[] =
      silence === undefined ? [] : [{ cause: 'no-answer', where: session.remoteNode ?? where, text: silence }];
    const lingers = lingerFindings(bfd, session, found);
    return [...mute, ...lame, ...downFindings(session, found), ...shared, ...learned, ...lingers, ...trial];
  }
  return [
    ...lame,
    ...(session.unmet === undefined ? [] : [found('gate', session.unmet)]),
    ...(service === 'full'
      ? []
      : [found('drain', 'the node is out of service and advertises nothing, or asks to be avoided')]),
    ...(session.bfd && lame.length === 0 ? unwatchedFindings(session.bfd, found) : []),
    ...shortfallsOf(session).map((text) => found('not-negotiated', text)),
    ...learned,
    ...shared,
    ...routeFindings(session, found, matches, received),
    ...lingerFindings(bfd, session, found),
    found('up', `Established since ${session.since.replace(/\.\d+Z$/, 'Z')}`),
  ];
}

/** Why nothing responds that runs BFD. */
function processFindings({ problem, stopped }: BfdProcessStatus, where: string): Finding[] {
  if (problem === undefined) return [];
  if (stopped === undefined) return [{ cause: 'bfd-process', where, text: problem }];
  const at = stopped.replace(/\.\d+Z$/, 'Z');
  const text = `this node's BFD process was stopped permanently at ${at}: most outside neighbours close their session then`;
  return [{ cause: 'bfd-stopped', where, text }];
}

type Make = (cause: Cause, text: string) => Finding;

function downFindings(session: SessionStatus, found: Make): Finding[] {
  const { down, bfd, state } = session;
  if (down !== undefined) {
    const cause = session.downBy ?? downByWords(session) ?? 'kept-down';
    if (cause === 'awaits-bfd' && bfd)
      return [...hindranceFindings(bfd, found), found(cause, `${down}; BFD ${bfdStateText(bfd)}`)];
    const { linkHindrance: link } = session;
    return [found((link && LINK_CAUSES[link]) ?? cause, down)];
  }
  const { cause, since } = errorsOf(session);
  if (!cause) return [found('down', `${state}: no attempt has failed yet`)];
  const first = found(causeOf(cause), cause.direction === undefined ? cause.text : `${cause.direction}: ${cause.text}`);
  if (first.cause === 'bfd-down' && bfd)
    return [first, ...hindranceFindings(bfd, found), ...sinceFindings(since, found)];
  const [now] = sinceFindings(since, found);
  if (!now) return [first];
  // Hold timer expiry is visible first whatever the cause: later errors of the network are more specific.
  return first.cause === 'hold-timer' ? [now, first] : [first, now];
}

function lingerFindings(bfd: BfdProcessStatus | undefined, session: SessionStatus, found: Make): Finding[] {
  const lingering = lingeringBfd(bfd, session);
  const isBeside = session.bfd !== undefined;
  return lingering ? [found(isBeside ? 'bfd-lingers-beside' : 'bfd-lingers', lingersText(lingering, isBeside))] : [];
}

/** What keeps BFD from coming up, if that is more specific than that it is not up. */
function hindranceFindings(bfd: BfdSessionStatus, found: Make): Finding[] {
  const { hindrance, text } = hindranceOf(bfd) ?? {};
  return hindrance === undefined || hindrance === 'silent' ? [] : [found(`bfd-${hindrance}`, text!)];
}

/** Why nothing watches the neighbour of a session that is up. */
function unwatchedFindings(bfd: BfdSessionStatus, found: Make): Finding[] {
  const specific = hindranceFindings(bfd, found);
  if (specific.length > 0) return specific;
  return isBfdMissing(bfd) ? [found('bfd-not-up', `BFD ${bfdStateText(bfd)}`)] : [];
}

const sinceFindings = (since: KnownError | undefined, found: Make): Finding[] =>
  since ? [found(causeOf(since), `now: ${since.text}`)] : [];

/** Why the session is down, and what the network has reported since. */
function errorsOf(session: SessionStatus): { readonly cause?: KnownError; readonly since?: KnownError } {
  const as = (is: SessionError['is']) => session.errors?.find((one) => one.is === is);
  const cause = as('cause');
  return cause ? { cause, since: as('since') } : errorsInWords(session);
}

/** The cause that an error indicates. */
const causeOf = (error: KnownError): Cause =>
  ERROR_CAUSES.find(({ holds }) => holds(error))?.cause ?? (error.reason && REASON_CAUSES[error.reason]) ?? 'down';

/** Which of its routes are not used, or not sent. */
function routeFindings(
  { routes }: SessionStatus,
  found: Make,
  matches: SessionMatches | undefined,
  known: readonly RouteStatus[] | undefined,
): Finding[] {
  return Object.entries(routes).flatMap(
    ([family, { received, accepted, martians = 0, looped = 0, withheld }]): Finding[] => {
      const refused = known && refusedOf(known, family);
      const rejected = refused ? (refused.get(POLICY)?.count ?? 0) : received - accepted - martians - looped;
      return [
        ...(rejected > 0
          ? [
              found(
                'filtered',
                `${rejected} of ${received} ${family} routes are ${refused ? 'rejected by import policy' : 'not accepted'}${matches?.import ? `: ${matchesText(matches.import)}` : ''}`,
              ),
            ]
          : []),
        ...[...(refused ?? [])].flatMap(([reason, { cause, count }]) =>
          cause === 'filtered' || cause === 'martian'
            ? []
            : [found(cause, `${count} of ${received} ${family} routes are not used: ${reason}`)],
        ),
        ...(martians > 0 ? [found('martian', `${martians} of ${received} ${family} routes are martians`)] : []),
        ...(withheld === undefined
          ? []
          : [found('next-hop', `${family} routes with this node as next hop are not advertised: ${withheld}`)]),
      ];
    },
  );
}

/** Stands for all rejections by filters: the rules are listed with their counts. */
const POLICY = 'policy';

/** Unusable routes, by reason. */
function refusedOf(
  routes: readonly RouteStatus[],
  family: string,
): ReadonlyMap<string, { readonly cause: Cause; readonly count: number }> {
  const byReason = new Map<string, { cause: Cause; count: number }>();
  for (const route of routes) {
    const { code, reason = '', prefix } = route;
    if (code === undefined || !isIneligibility(code) || prefix.includes(':') !== (family === 'ipv6')) continue;
    const key = code === POLICY ? POLICY : reason;
    const group = byReason.get(key) ?? { cause: isOfLoop(code) ? ('own-as' as const) : causeOfRoute(route), count: 0 };
    group.count++;
    byReason.set(key, group);
  }
  return byReason;
}

export const sessionLabel = ({ remoteNode, remoteAddress, origin }: SessionStatus): string =>
  `session with ${remoteNode === undefined ? remoteAddress : `${remoteNode} ${remoteAddress}`} (${origin})`;
