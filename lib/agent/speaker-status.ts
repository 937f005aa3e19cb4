import { describeIneligibility, isIneligibility } from '../bgp/rib/adj-rib-in/ineligibility';
import type { PathReason, Rib, RouteEntry } from '../bgp/rib/rib';
import { RouteHop } from '../bgp/rib/route-hop';
import type { AsPair } from '../bgp/session/config';
import { type Blame, blame, type Fault } from '../bgp/session/fault';
import type { LastEnd } from '../bgp/session/status';
import type { Speaker, SpeakerSession } from '../bgp/speaker';
import { ERROR } from '../bgp/wire/notification-codes';
import type { AsPathSegment } from '../bgp/wire/path-attributes';
import { SEGMENT } from '../bgp/wire/path-attributes';
import type { RouteQuery } from '../control/protocol';
import type { RouteStatus, SessionStatus } from '../control/status';
import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import { bgpFamily } from '../node/session-config';
import type { RunningSession } from '../node/sessions';
import type { Neighbours, Session } from '../topology/session';
import { WallClock } from './clock';
import { type Machine, presentFaults, signedKeys } from './present-faults';

/**
 * Every session that runs, then those of neighbours that came unnamed, as the control protocol tells it. `at`: the speaker's clock now; `machine`: what the
 * speaker can't know of.
 */
export function sessionStatuses(
  speaker: Speaker,
  running: readonly RunningSession[],
  unnamed: readonly Neighbours[],
  at: number,
  machine: Machine,
): SessionStatus[] {
  if (running.length + unnamed.length === 0) return [];
  const all = speaker.status(at),
    present = presentFaults(all, signedKeys(running), machine, at),
    byKey = new Map(all.map((status) => [status.key, status])),
    byTemplate = new Map(unnamed.map((each) => [templateKey(each), each.session]));
  const named = running.flatMap(({ session, config }) => {
    const status = byKey.get(config.key);
    return status ? [statusOf(session, config.retiring ?? false, status, at, present, config.acceptable[0])] : [];
  });
  const came = all.flatMap((status) => {
    const session = status.template === undefined ? undefined : byTemplate.get(status.template);
    return session ? [statusOf({ ...session, key: status.key }, false, status, at, present)] : [];
  });
  return [...named, ...came];
}

const wall = new WallClock();

/** As `runningTemplates` names its templates. */
const templateKey = ({ range, session }: Neighbours): string => `${session.localAddress} ${range} ${session.port}`;

/** `wanted`: the AS numbers that the release has it run with; absent: those that it came with. */
function statusOf(
  session: Session,
  isRetiring: boolean,
  status: SpeakerSession,
  at: number,
  present: ReadonlyMap<string, Fault>,
  wanted: AsPair = status.pair,
): SessionStatus {
  const routes = session.families.map((family) => {
    const bgp = bgpFamily(family),
      endOfRib = status.negotiated?.endOfRib.includes(bgp) ?? false;
    const withheld = status.lacks[bgp];
    return [family, { ...status.routes[bgp], endOfRib, ...(withheld !== undefined && { withheld }) }] as const;
  });
  const time = (ms: number) => wall.time(ms, at);
  const { down, faults, ended, openAs } = status,
    now = present.get(status.key),
    blamed = blame(now ? [...faults, now] : faults);
  const unmet = status.state === 'Established' ? unmetOf(status.pair, wanted) : undefined;
  return {
    key: session.key,
    kind: session.kind,
    origin: session.origin,
    ...(session.remoteNode !== undefined && { remoteNode: session.remoteNode }),
    localAddress: status.localAddress,
    remoteAddress: status.remoteAddress,
    port: status.port,
    localAs: status.pair.localAs,
    remoteAs: status.pair.remoteAs,
    isInside: session.isInside,
    isRetiring,
    state: status.state,
    since: time(status.since),
    ...(down !== undefined && { down }),
    ...((session.expectsDown || session.adminDown !== undefined) && { expectsDown: true }),
    ...(session.adminDown !== undefined && { isAdminDown: true }),
    ...(status.template !== undefined && { isUnnamed: true }),
    ...(unmet !== undefined && { unmet }),
    ...(openAs !== undefined && { openAs }),
    ...(ended && { ended: { at: time(ended.at), ...ceaseOf(ended) } }),
    ...(blamed && { lastError: { at: time(blamed.cause.at), text: describeBlame(blamed, status.state) } }),
    routes: Object.fromEntries(routes),
    routeMemory: status.routeMemory,
  };
}

/** Both numbers are accepted until the commit, so that either end may move first: which of them the release has is the gate's affair. */
function unmetOf(pair: AsPair, wanted: AsPair): string | undefined {
  if (pair.remoteAs !== wanted.remoteAs) return `the neighbour is in AS ${pair.remoteAs}, not ${wanted.remoteAs}`;
  if (pair.localAs !== wanted.localAs)
    return `the neighbour expects this node in AS ${pair.localAs}, not ${wanted.localAs}`;
  return undefined;
}

/** What the network said before the session came up is over. */
const describeBlame = ({ cause, since }: Blame, state: SessionStatus['state']): string =>
  `${cause.direction}: ${cause.text}${since && state !== 'Established' ? `; now: ${since.text}` : ''}`;

const ceaseOf = ({ received }: LastEnd): { cease?: number } =>
  received?.code === ERROR.cease ? { cease: received.subcode } : {};

/** So many prefixes are passed over before others have their turn: a few milliseconds' worth. */
const PASSED_OVER = 4096;

/** Why the best route to a prefix is not written to the kernel; undefined: it is. */
type Withheld = (prefix: Prefix) => string | undefined;

/** Every path of the table, or those that a query picks, one after another; undefined where many prefixes were passed over. */
export function* routeStatuses(
  { rib }: Speaker,
  query: RouteQuery | undefined,
  withheld: Withheld,
): Generator<RouteStatus | undefined> {
  let passed = 0;
  for (const entry of entries(rib, query))
    if (query === undefined || query.match !== 'within' || query.prefix.contains(entry.prefix))
      yield* paths(rib, entry, withheld);
    else if (++passed % PASSED_OVER === 0) yield undefined;
}

function entries(rib: Rib, query: RouteQuery | undefined): Iterable<RouteEntry> {
  if (query === undefined || query.match === 'within')
    return rib.routes(query && { family: bgpFamily(query.prefix.family) });
  const { prefix, match } = query,
    lengths = match === 'exact' ? 1 : prefix.length + 1;
  return Array.from({ length: lengths }, (_, i) => Prefix.of(prefix.address, prefix.length - i)).flatMap((one) => [
    ...rib.routes({ prefix: one }),
  ]);
}

function* paths(rib: Rib, { prefix, best, paths }: RouteEntry, withheld: Withheld): Generator<RouteStatus> {
  const heldBack = withheld(prefix);
  for (const [index, { peer, attributes, interface: link, reason }] of paths.entries())
    yield {
      prefix: prefix.toString(),
      isBest: index === best,
      ...(reason !== undefined && { reason: reasonText(reason) }),
      ...(index === best && peer !== 0 && heldBack !== undefined && { withheld: heldBack }),
      from: peer === 0 ? 'local' : String(rib.peer(peer)?.address),
      ...(attributes.nextHop &&
        peer !== 0 && { nextHop: new RouteHop(IpAddress.fromBytes(attributes.nextHop), link).toString() }),
      asPath: (attributes.asPath ?? []).map(segmentText).join(' '),
      ...(attributes.localPref !== undefined && { localPref: attributes.localPref }),
      ...(attributes.med !== undefined && { med: attributes.med }),
    };
}

/** Why a path is not the best one, for people. */
const reasonText = (reason: PathReason): string =>
  isIneligibility(reason) ? describeIneligibility(reason) : `another is better: ${reason}`;

/** As routers write it: a set in braces. */
const segmentText = ({ type, members }: AsPathSegment): string =>
  type === SEGMENT.set ? `{${members.join(',')}}` : members.join(' ');
