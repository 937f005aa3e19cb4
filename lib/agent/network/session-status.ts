import { type ByFamily, NO_ROUTES } from '../../bgp/rib/query/looped-routes';
import { type AsPair, permits, type SessionConfig } from '../../bgp/session/config';
import { blame, type SessionFault } from '../../bgp/session/fault';
import type { OneSided } from '../../bgp/session/one-sided';
import type { LastEnd, SpeakerSessionSummary } from '../../bgp/session/status';
import type { Speaker, SpeakerSession } from '../../bgp/speaker';
import { type Family, numbersOf } from '../../bgp/wire/family';
import { ERROR } from '../../bgp/wire/notification-codes';
import { type SessionError, type SessionStatus, UNKNOWN_AS } from '../../control/status';
import { bgpFamily } from '../../node/session-config';
import type { RunningSession } from '../../node/sessions';
import type { Neighbours, Session } from '../../topology/session';
import { WallClock } from '../host/clock';
import { type MachineState, presentFaults, protectionsOf } from './present-faults';

/**
 * Every running session, then those of unnamed neighbours, in the control protocol's format. `at`: the speaker's
 * current time; `machine`: what the speaker cannot know.
 */
export function sessionStatuses(
  speaker: Speaker,
  running: readonly RunningSession[],
  unnamed: readonly Neighbours[],
  at: number,
  machine: MachineState,
): SessionStatus[] {
  if (running.length + unnamed.length === 0) return [];
  const all = speaker.status(at);
  const present = presentFaults(all, protectionsOf(running), machine, at);
  const looped = loopedByKey(speaker);
  const byKey = new Map(all.map((status) => [status.key, status]));
  const byTemplate = new Map(unnamed.map((each) => [templateKey(each), each.session]));
  const named = running.flatMap(({ session, config, pattern }) => {
    const status = byKey.get(config.key);
    if (!status) return [];
    const is = statusOf(session, config.retiring ?? false, status, at, present, looped, config.acceptable[0]);
    return [{ ...is, ...(pattern && { pattern: pattern.interface }) }];
  });
  const came = all.flatMap((status) => {
    const session = status.template === undefined ? undefined : byTemplate.get(status.template);
    return session ? [statusOf({ ...session, key: status.key }, false, status, at, present, looped)] : [];
  });
  return [...named, ...came];
}

function loopedByKey(speaker: Speaker): ReadonlyMap<string, ByFamily> {
  const looped = speaker.rib.looped();
  if (looped.size === 0) return new Map();
  return new Map(
    [...speaker.ribNumbers()].flatMap(([key, number]) => (looped.has(number) ? [[key, looped.get(number)!]] : [])),
  );
}

/** A running session in brief: cheap to query for thousands. */
export interface SessionSummary
  extends Pick<
    SessionStatus,
    'key' | 'origin' | 'remoteNode' | 'localAddress' | 'remoteAddress' | 'localAs' | 'remoteAs' | 'state'
  > {
  /** The key by which the fabric knows it, if that is another: its interface matches a pattern. */
  readonly keyInFabric?: string;
  readonly isInside: boolean;
  readonly isRetiring: boolean;
  readonly unmet?: string;
}

/** The same sessions in brief; of the running ones those that are `wanted`. */
export function sessionStandings(
  speaker: Speaker,
  running: readonly RunningSession[],
  unnamed: readonly Neighbours[],
  wanted: (session: RunningSession) => boolean,
): SessionSummary[] {
  const named = running.filter(wanted).flatMap(({ session, config, pattern }) => {
    const known = speaker.session(config.key);
    if (!known) return [];
    const short = inShort(session, config, known.standing, config.acceptable[0]);
    return [{ ...short, ...(pattern && { keyInFabric: pattern.key }) }];
  });
  if (unnamed.length === 0) return named;
  const byTemplate = new Map(unnamed.map((each) => [templateKey(each), each.session]));
  const came = speaker.configs().flatMap((config) => {
    const session = config.template === undefined ? undefined : byTemplate.get(config.template);
    return session ? [inShort({ ...session, key: config.key }, config, speaker.session(config.key)!.standing)] : [];
  });
  return [...named, ...came];
}

function inShort(
  session: Session,
  config: SessionConfig,
  { state, pair }: SpeakerSessionSummary,
  wanted: AsPair = pair,
): SessionSummary {
  const { key, origin, remoteNode, isInside } = session;
  const unmet = state === 'Established' ? unmetOf(pair, wanted) : undefined;
  return {
    ...{ key, origin, isInside, isRetiring: config.retiring ?? false, state },
    ...endsOf(session, config),
    ...{ localAs: pair.localAs, remoteAs: pair.remoteAs },
    ...(remoteNode !== undefined && { remoteNode }),
    ...(unmet !== undefined && { unmet }),
  };
}

/** The ends of a session: of one without addresses the names that the fabric has for them. */
const endsOf = (session: Session, found: { readonly localAddress: unknown; readonly remoteAddress: unknown }) => {
  const { localAddress, remoteAddress } = session.interface === undefined ? found : session;
  return { localAddress: String(localAddress), remoteAddress: String(remoteAddress) };
};

const wall = new WallClock();

/** As `runningTemplates` names its templates. */
export const templateKey = ({ range, session }: Neighbours): string =>
  `${session.localAddress} ${range} ${session.port}`;

/** `wanted`: the AS numbers of the release. Default: those in use. */
function statusOf(
  session: Session,
  isRetiring: boolean,
  status: SpeakerSession,
  at: number,
  present: ReadonlyMap<string, SessionFault>,
  looped: ReadonlyMap<string, ByFamily>,
  wanted: AsPair = status.pair,
): SessionStatus {
  const routes = session.families.map((family) => {
    const bgp = bgpFamily(family);
    const endOfRib = status.negotiated?.endOfRib.includes(bgp) ?? false;
    const withheld = status.lacks[bgp];
    const [ipv4, ipv6] = looped.get(status.key) ?? NO_ROUTES;
    const counts = { ...status.routes[bgp], looped: family === 'ipv4' ? ipv4 : ipv6 };
    return [family, { ...counts, endOfRib, ...(withheld !== undefined && { withheld }) }] as const;
  });
  const time = (ms: number) => wall.time(ms, at);
  const { down, downBy, faults, lastNotification, ended, openAs } = status;
  const now = present.get(status.key);
  const all = now ? [...faults, now] : faults;
  const blamed = blame(all);
  const since = status.state === 'Established' ? undefined : blamed?.since;
  const unmet = status.state === 'Established' ? unmetOf(status.pair, wanted) : undefined;
  return {
    key: session.key,
    kind: session.kind,
    origin: session.origin,
    ...(session.remoteNode !== undefined && { remoteNode: session.remoteNode }),
    ...endsOf(session, status),
    ...(session.interface !== undefined && status.remoteAddress !== '::' && { linkLocal: status.remoteAddress }),
    port: status.port,
    localAs: status.pair.localAs,
    remoteAs: status.pair.anyExternal ? UNKNOWN_AS : status.pair.remoteAs,
    isInside: session.isInside,
    isRetiring,
    state: status.state,
    since: time(status.since),
    ...(down !== undefined && { down, downBy }),
    ...((session.expectsDown || session.adminDown !== undefined) && { expectsDown: true }),
    ...(session.adminDown !== undefined && { isAdminDown: true }),
    ...(status.template !== undefined && { isUnnamed: true }),
    ...(unmet !== undefined && { unmet }),
    ...(status.negotiated && carriageOf(status.negotiated.oneSided)),
    ...(openAs !== undefined && { openAs }),
    ...(ended && { ended: { at: time(ended.at), ...ceaseOf(ended) } }),
    ...(blamed && { lastError: { at: time(blamed.cause.at), text: describeBlame(blamed.cause, since) } }),
    ...(all.length > 0 && {
      errors: all.map((fault) => ({
        ...errorOf(fault, time),
        ...(fault === blamed?.cause && { is: 'cause' as const }),
        ...(fault === since && { is: 'since' as const }),
      })),
    }),
    ...(lastNotification && { lastNotification: errorOf(lastNotification, time) }),
    routes: Object.fromEntries(routes),
    routeMemory: status.routeMemory,
  };
}

/**
 * Both numbers are accepted until the commit, so that either end may move first: the gate checks which of them the
 * release has.
 */
function unmetOf(pair: AsPair, wanted: AsPair): string | undefined {
  if (pair.remoteAs !== wanted.remoteAs && !permits(wanted, { ...pair, localAs: wanted.localAs }))
    return `the neighbour is in AS ${pair.remoteAs}, not ${wanted.remoteAs}`;
  if (pair.localAs !== wanted.localAs)
    return `the neighbour expects this node in AS ${pair.localAs}, not ${wanted.localAs}`;
  return undefined;
}

/** What only one end of an established session announced; without what there is nothing of. */
export function carriageOf({
  ours,
  theirs,
  nextHops,
}: OneSided): Pick<SessionStatus, 'notCarried' | 'noExtendedNextHop' | 'alsoOffered'> {
  const plain = (families: readonly Family[]) => families.map((family) => numbersOf(family).address);
  return {
    ...(ours.length > 0 && { notCarried: plain(ours) }),
    ...(nextHops.length > 0 && { noExtendedNextHop: plain(nextHops) }),
    ...(theirs.length > 0 && { alsoOffered: plain(theirs) }),
  };
}

const errorOf = (
  { kind, at, direction, text, reason, code, subcode }: SessionFault,
  time: (ms: number) => string,
): SessionError => ({
  at: time(at),
  kind,
  direction,
  text,
  ...(reason && { reason }),
  ...(code !== undefined && { code }),
  ...(subcode !== undefined && { subcode }),
});

/** For display: the cause, and what the network has reported since. */
const describeBlame = (cause: SessionFault, since: SessionFault | undefined): string =>
  `${cause.direction}: ${cause.text}${since ? `; now: ${since.text}` : ''}`;

const ceaseOf = ({ received }: LastEnd): { cease?: number } =>
  received?.code === ERROR.cease ? { cease: received.subcode } : {};
