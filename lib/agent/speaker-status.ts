import type { Speaker, SpeakerSession } from '../bgp/speaker';
import type { AsPathSegment } from '../bgp/wire/path-attributes';
import { SEGMENT } from '../bgp/wire/path-attributes';
import type { RouteStatus, SessionStatus } from '../control/status';
import { IpAddress } from '../model/address';
import { bgpFamily, type RunningSession } from './sessions';

/** Every session that runs, as the control protocol tells it. `at`: the speaker's clock now. */
export function sessionStatuses(speaker: Speaker, running: readonly RunningSession[], at: number): SessionStatus[] {
  if (running.length === 0) return [];
  const byKey = new Map(speaker.status(at).map((status) => [status.key, status]));
  return running.flatMap((one) => {
    const status = byKey.get(one.config.key);
    return status ? [statusOf(one, status, at)] : [];
  });
}

function statusOf({ session, config }: RunningSession, status: SpeakerSession, at: number): SessionStatus {
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
    isRetiring: config.retiring ?? false,
    state: status.state,
    since: time(status.since),
    ...(down !== undefined && { down }),
    ...(lastError && { lastError: { at: time(lastError.at), text: `${lastError.direction}: ${lastError.text}` } }),
    routes: Object.fromEntries(routes),
  };
}

/** Every path of the table, one after another. */
export function* routeStatuses(speaker: Speaker): Generator<RouteStatus> {
  const { rib } = speaker;
  for (const { prefix, best, paths } of rib.routes())
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
