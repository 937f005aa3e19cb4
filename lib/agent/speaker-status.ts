import type { Rib, RouteEntry } from '../bgp/rib/rib';
import type { Speaker, SpeakerSession } from '../bgp/speaker';
import type { AsPathSegment } from '../bgp/wire/path-attributes';
import { SEGMENT } from '../bgp/wire/path-attributes';
import type { RouteQuery } from '../control/protocol';
import type { RouteStatus, SessionStatus } from '../control/status';
import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import type { Neighbours, Session } from '../topology/session';
import { bgpFamily, type RunningSession } from './sessions';

/** Every session that runs, then those of neighbours that came unnamed, as the control protocol tells it. `at`: the speaker's clock now. */
export function sessionStatuses(
  speaker: Speaker,
  running: readonly RunningSession[],
  unnamed: readonly Neighbours[],
  at: number,
): SessionStatus[] {
  if (running.length + unnamed.length === 0) return [];
  const all = speaker.status(at),
    byKey = new Map(all.map((status) => [status.key, status])),
    byTemplate = new Map(unnamed.map((each) => [templateKey(each), each.session]));
  const named = running.flatMap(({ session, config }) => {
    const status = byKey.get(config.key);
    return status ? [statusOf(session, config.retiring ?? false, status, at)] : [];
  });
  const came = all.flatMap((status) => {
    const session = status.template === undefined ? undefined : byTemplate.get(status.template);
    return session ? [statusOf({ ...session, key: status.key }, false, status, at)] : [];
  });
  return [...named, ...came];
}

/** As `runningTemplates` names its templates. */
const templateKey = ({ range, session }: Neighbours): string => `${session.localAddress} ${range} ${session.port}`;

function statusOf(session: Session, isRetiring: boolean, status: SpeakerSession, at: number): SessionStatus {
  const routes = session.families.map((family) => {
    const bgp = bgpFamily(family),
      endOfRib = status.negotiated?.endOfRib.includes(bgp) ?? false;
    return [family, { ...status.routes[bgp], endOfRib }] as const;
  });
  const time = (ms: number) => new Date(Date.now() - (at - ms)).toISOString();
  const { down, lastError } = status;
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
    ...(lastError && { lastError: { at: time(lastError.at), text: `${lastError.direction}: ${lastError.text}` } }),
    routes: Object.fromEntries(routes),
  };
}

/** So many prefixes are passed over before others have their turn: a few milliseconds' worth. */
const PASSED_OVER = 4096;

/** Every path of the table, or those that a query picks, one after another; undefined where many prefixes were passed over. */
export function* routeStatuses({ rib }: Speaker, query?: RouteQuery): Generator<RouteStatus | undefined> {
  let passed = 0;
  for (const entry of entries(rib, query))
    if (query === undefined || query.match !== 'within' || query.prefix.contains(entry.prefix))
      yield* paths(rib, entry);
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

function* paths(rib: Rib, { prefix, best, paths }: RouteEntry): Generator<RouteStatus> {
  for (const [index, { peer, attributes }] of paths.entries())
    yield {
      prefix: prefix.toString(),
      isBest: index === best,
      from: peer === 0 ? 'local' : String(rib.peer(peer)?.address),
      ...(attributes.nextHop && peer !== 0 && { nextHop: IpAddress.fromBytes(attributes.nextHop).toString() }),
      asPath: (attributes.asPath ?? []).map(segmentText).join(' '),
      ...(attributes.localPref !== undefined && { localPref: attributes.localPref }),
      ...(attributes.med !== undefined && { med: attributes.med }),
    };
}

/** As routers write it: a set in braces. */
const segmentText = ({ type, members }: AsPathSegment): string =>
  type === SEGMENT.set ? `{${members.join(',')}}` : members.join(' ');
