import type { SpeakerEvent } from './effects';
import type { SpeakerPeer } from './peer';
import { outOfResources } from './rib/adj-rib-in/attribute-intern';
import type { Rib } from './rib/rib';
import { MB, MOST_NEXT_HOPS, type RouteMemory } from './rib/route-memory';
import { forGood } from './session/graceful-restart';
import type { BgpSession } from './session/session';
import { notification } from './wire/notification';
import { CEASE, ERROR } from './wire/notification-codes';
import type { UpdateVerdict } from './wire/verdict';

/** A session must be closed because of its routes. */
type Reset = Extract<UpdateVerdict, { kind: 'session-reset' }>;

/** The part of the speaker that the limits use. */
interface LimitsHost {
  readonly rib: Rib;
  readonly peers: Iterable<SpeakerPeer> & { readonly size: number };
  tell(session: BgpSession, type: SpeakerEvent['type'], text: string): void;
}

/** Enforces the limits on the routes of neighbours. */
export class RouteLimits {
  /** Sessions closed because routes used too much memory. */
  endedForMemory = 0;

  constructor(private readonly host: LimitsHost) {}

  /** After an UPDATE: the consequence for its neighbour, if any. */
  exceededBy(peer: SpeakerPeer): Reset | undefined {
    return this.tooMany(peer) ?? (this.host.rib.memory.hasGrown() ? this.crowding(peer) : undefined);
  }

  /** Closes a session if a new configuration has lowered its limits below what its neighbour has sent. */
  enforce(peer: SpeakerPeer): void {
    const reset = this.tooMany(peer) ?? this.tooMuch(peer);
    if (reset) this.end(peer, reset);
  }

  /**
   * All routes together exceed the limit: the sessions furthest beyond their fair share are closed, no matter which
   * sent the last one. Returns the consequence for the neighbour that did, if any.
   */
  makeRoom(last?: SpeakerPeer): Reset | undefined {
    const { memory } = this.host.rib;
    for (let rest = this.host.peers.size; rest > 0 && memory.isExceeded; rest--) {
      const payer = memory.payer();
      const peer = [...this.host.peers].find(({ ribId }) => ribId === payer) ?? last;
      if (!peer) return undefined; // all of it is this node's own
      const reset = outOfResources(`${overAll(memory)}, its own the most`);
      if (peer === last) return reset;
      if (peer.connection) this.end(peer, reset);
      else {
        this.host.tell(peer.session, 'limit', `its routes are no longer retained: ${reset.reason}`);
        peer.session.staleRoutes.end();
      }
    }
    return undefined;
  }

  /** A session is about to be closed because of this. Its routes are not retained over a Cease. */
  ends({ connection }: SpeakerPeer, reset: Reset): Reset {
    const { code, subcode } = reset.notification;
    if (code === ERROR.cease && subcode === CEASE.outOfResources) this.endedForMemory++;
    return { ...reset, notification: forGood(reset.notification, connection?.agreed) };
  }

  private end(peer: SpeakerPeer, reset: Reset): void {
    const { notification: content, reason: text } = this.ends(peer, reset);
    peer.connection?.handle('AutomaticStop', { notification: content, text });
  }

  /** The consequence for a neighbour if its own routes exceed a memory limit, or all routes together do. */
  private crowding(peer: SpeakerPeer): Reset | undefined {
    return this.tooMuch(peer) ?? (this.host.rib.memory.isExceeded ? this.makeRoom(peer) : undefined);
  }

  private tooMany({ ribId, session }: SpeakerPeer): Reset | undefined {
    if (!this.host.rib.view.limitReached(ribId)) return undefined;
    return tooManyPrefixes(`more than ${session.config.maxPrefixes} prefixes`);
  }

  private tooMuch({ ribId, session }: SpeakerPeer): Reset | undefined {
    const { memory } = this.host.rib;
    if (memory.hasTooManyNextHops(ribId))
      return outOfResources(`its routes have more than ${MOST_NEXT_HOPS} next hops`);
    if (!memory.exceeds(ribId)) return undefined;
    return outOfResources(`its routes use more than ${session.config.maxRouteMemory} MB of memory`);
  }
}

/** RFC 4486 section 4. */
const tooManyPrefixes = (reason: string): Reset => ({
  kind: 'session-reset',
  reason,
  notification: notification(ERROR.cease, CEASE.maximumPrefixes),
});

const overAll = ({ most = 0 }: RouteMemory): string => `routes use more than ${most / MB} MB of memory`;
