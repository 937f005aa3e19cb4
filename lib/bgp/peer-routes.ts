// On the hot path: `update` runs for every UPDATE received.
import type { LocalState } from './local-state';
import { type SpeakerPeer, warningOf } from './peer';
import type { PeerEvents } from './peer-events';
import type { PeerTable } from './peer-table';
import type { Rib } from './rib/rib';
import type { RouteLimits } from './route-limits';
import type { SelectionDeferral } from './selection-deferral';
import { type Negotiated, restartOf } from './session/negotiation';
import type { BgpSession, SessionRoutes } from './session/session';
import type { UpdateScheduler } from './update-scheduler';
import type { Family } from './wire/family';
import { REFRESH } from './wire/route-refresh';
import type { UpdateVerdict } from './wire/verdict';

/** Maximum body length of an UPDATE that can be an End-of-RIB (RFC 4724 section 2). */
const END_OF_RIB_BODY = 11;

/** The part of the speaker that this uses. */
interface PeerRoutesHost {
  /** The time of the input being handled, milliseconds. */
  readonly now: number;
  readonly rib: Rib;
  readonly peers: PeerTable;
  readonly local: LocalState;
  readonly limits: RouteLimits;
  readonly events: PeerEvents;
  readonly deferral: SelectionDeferral;
  readonly scheduler: UpdateScheduler;
}

/** Applies events of sessions to the routing table. */
export class PeerRoutes implements SessionRoutes {
  constructor(private readonly host: PeerRoutesHost) {}

  up(session: BgpSession, { context, pair, localId, peerRouterId }: Negotiated): void {
    const { rib, local } = this.host;
    const peer = this.peerOf(session);
    local.isUpAs(localId);
    if (peer.localAs !== pair.localAs || peer.peerAs !== pair.remoteAs) {
      [peer.localAs, peer.peerAs] = [pair.localAs, pair.remoteAs];
      rib.changePeer(peer.ribId, local.ribPeer(peer));
    }
    peer.connection = session.established;
    peer.malformedReported = peer.limitReported = false;
    rib.peerUp(peer.ribId, { ...context, peerRouterId });
    local.noteNextHops(peer);
    this.host.scheduler.open(peer);
    this.host.deferral.up(peer);
  }

  down(session: BgpSession, retain: boolean, keepsStale: boolean): void {
    const { rib, local, deferral, scheduler } = this.host;
    const peer = this.peerOf(session);
    peer.connection = peer.initialUpdate = undefined;
    local.isDown();
    scheduler.close(peer);
    rib.peerDown(peer.ribId, { retain, later: true, keepsStale });
    deferral.consider();
    peer.lacks = {};
    scheduler.routesChanged();
  }

  retune(session: BgpSession): void {
    const { rib, local, events, limits, scheduler } = this.host;
    const peer = this.peerOf(session);
    // The RIB keeps routes rejected by policy, so no refresh has to be requested.
    rib.changePeer(peer.ribId, local.ribPeer(peer), { later: true });
    local.noteNextHops(peer);
    const warnAt = warningOf(session.config);
    if (warnAt !== peer.warnAt) peer.limitReported = false;
    peer.warnAt = warnAt;
    if (rib.view.received(peer.ribId) >= warnAt) events.limit(peer);
    scheduler.routesChanged();
    limits.enforce(peer);
  }

  sweep(session: BgpSession, family?: Family): void {
    this.host.rib.sweepStale(this.peerOf(session).ribId, family, { later: true });
    this.host.scheduler.routesChanged();
  }

  update(session: BgpSession, bytes: Uint8Array, start: number, end: number): UpdateVerdict {
    const { rib, events, limits, deferral } = this.host;
    const peer = this.peerOf(session);
    const verdict = rib.update(peer.ribId, bytes, start, end);
    this.host.scheduler.routesChanged();
    if (end - start <= END_OF_RIB_BODY && events.endOfRib(peer)) deferral.consider();
    if (verdict.kind !== 'accept' && verdict.kind !== 'session-reset') events.malformed(peer, verdict);
    const received = rib.view.received(peer.ribId);
    if (received >= peer.warnAt) events.limit(peer);
    if (peer.initialUpdate) deferral.heard(peer.initialUpdate, received);
    const found = limits.exceededBy(peer) ?? verdict;
    return found.kind === 'session-reset' ? limits.ends(peer, found) : found;
  }

  refresh(session: BgpSession, family: Family, subtype: number): void {
    const { rib, now, scheduler } = this.host;
    const peer = this.peerOf(session);
    const { ribId, connection } = peer;
    const enhanced = connection?.agreed?.enhancedRefresh === true;
    if (subtype === REFRESH.request) {
      rib.refreshRequested(ribId, family, enhanced);
      scheduler.owe(peer);
    } else if (enhanced && subtype === REFRESH.begin) {
      if (!awaitsEndOfRib(peer, family) && session.enhancedRefresh.begin(now, family)) rib.markStale(ribId, family);
    } else if (enhanced && subtype === REFRESH.end) session.enhancedRefresh.end(family);
  }

  private peerOf(session: BgpSession): SpeakerPeer {
    return this.host.peers.get(session.key)!;
  }
}

/**
 * RFC 7313 section 4: a neighbour with graceful restart must not begin a refresh of a family before its End-of-RIB; if
 * it does, the refresh is ignored. The same applies while retained routes wait for their End-of-RIB: it would sweep the
 * routes that the refresh marks.
 */
const awaitsEndOfRib = ({ session, connection }: SpeakerPeer, family: Family): boolean =>
  session.staleRoutes.awaits(family) || (restartOf(connection!.open!) !== undefined && !session.endOfRib.has(family));
