import type { SpeakerEvent } from './effects';
import type { SpeakerPeer } from './peer';
import { type LocalInterface, lackOfNextHop } from './rib/adj-rib-out/own-next-hop';
import type { Rib } from './rib/rib';
import { endOf } from './rib-peer';
import type { BgpSession } from './session/session';
import { numbersOf } from './wire/family';
import type { UpdateVerdict } from './wire/verdict';

/** The part of the speaker that the events use. */
interface PeerEventsHost {
  readonly rib: Rib;
  tell(session: BgpSession, type: SpeakerEvent['type'], text: string): void;
}

/** Reports events concerning a peer's routes. */
export class PeerEvents {
  constructor(private readonly host: PeerEventsHost) {}

  /** Reports each family whose End-of-RIB has been received; returns whether there is any. */
  endOfRib({ session, ribId, connection }: SpeakerPeer): boolean {
    let isSeen = false;
    for (const family of connection?.agreed?.context.families ?? []) {
      if (session.endOfRib.has(family) || !this.host.rib.view.endOfRibSeen(ribId, family)) continue;
      session.sawEndOfRib(family);
      this.host.tell(session, 'end-of-rib', `all routes of ${family} were received`);
      isSeen = true;
    }
    return isSeen;
  }

  /** RFC 7606 section 6: malformed UPDATEs are reported, but not each of many from one neighbour. */
  malformed(peer: SpeakerPeer, verdict: Exclude<UpdateVerdict, { kind: 'accept' }>): void {
    peer.session.counters[verdict.kind === 'treat-as-withdraw' ? 'treatedAsWithdraw' : 'attributesDiscarded']++;
    if (!peer.malformedReported) this.host.tell(peer.session, 'malformed', `${verdict.kind}: ${verdict.reason}`);
    peer.malformedReported = true;
  }

  /**
   * Routes that cannot be advertised for lack of a next hop are withheld without notifying the neighbour, so it is
   * reported here.
   */
  nextHops(peer: SpeakerPeer, interfaces: readonly LocalInterface[] | undefined): void {
    const { session, ribId, lacks: before } = peer;
    const lacks: SpeakerPeer['lacks'] = {};
    const usable = peer.localAs === peer.peerAs ? undefined : interfaces; // internal neighbours receive the node's own address
    for (const family of this.host.rib.view.lacksNextHop(ribId))
      lacks[family] = lackOfNextHop(endOf(session.config), numbersOf(family).address, usable);
    peer.lacks = lacks;
    for (const family of peer.connection?.agreed?.context.families ?? []) {
      const [was, is] = [before[family], lacks[family]];
      if (is === was) continue;
      const text = is ? `cannot have this node as next hop and are not advertised: ${is}` : 'are advertised again';
      this.host.tell(session, 'next-hop', `routes of ${family} ${text}`);
    }
  }

  /** Its prefix limit is nearly reached. */
  limit(peer: SpeakerPeer): void {
    if (peer.limitReported) return;
    peer.limitReported = true;
    const { config } = peer.session;
    const count = this.host.rib.view.received(peer.ribId);
    this.host.tell(peer.session, 'limit', `${count} of at most ${config.maxPrefixes} prefixes received`);
  }
}
