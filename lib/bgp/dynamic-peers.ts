import { IpAddress } from '../model/address';
import { Prefix } from '../model/prefix';
import type { SpeakerEvent } from './effects';
import type { SpeakerPeer } from './peer';
import type { PeerTable } from './peer-table';
import type { SessionConfig } from './session/config';
import type { BgpSession } from './session/session';
import { placeFor, roomForPeer, type SessionTemplate, sessionFrom, templateFor } from './session/template';
import { SECOND, type TimerQueue } from './session/timers';

/** Seconds for which an unnamed neighbour is remembered without a connection: one that keeps failing is damped. */
const LINGER = 60;

/** What dynamic peers need of their speaker. */
interface DynamicPeersHost {
  readonly agenda: TimerQueue;
  /** Milliseconds. */
  readonly now: number;
  add(config: SessionConfig): SpeakerPeer;
  /** Refuses the peer and removes it. */
  reject(peer: SpeakerPeer): void;
  tell(session: BgpSession, type: SpeakerEvent['type'], text: string): void;
}

/**
 * Peers for unnamed neighbours, accepted from the prefix of a template: which are admitted, and how long they are kept.
 */
export class DynamicPeers {
  constructor(
    private readonly host: DynamicPeersHost,
    private readonly peers: PeerTable,
  ) {}

  /**
   * The sessions of connected neighbours that these templates still permit, as the templates define them: the template
   * that they came by, otherwise one that would accept them now.
   */
  *configsBy(templates: readonly SessionTemplate[]): Generator<SessionConfig> {
    const byKey = new Map(templates.map((template) => [template.key, template]));
    for (const { session } of this.peers.unnamed()) {
      const { template: key = '', localAddress, remoteAddress } = session.config;
      const own = byKey.get(key);
      const isOwn = own?.range.contains(Prefix.host(remoteAddress)) === true;
      const template = isOwn ? own : templateFor(templates, localAddress, remoteAddress);
      if (template) yield sessionFrom(template, remoteAddress);
    }
  }

  /** A peer for a neighbour that connects between these addresses, or why it is refused. */
  welcome(local: string, remote: string): SpeakerPeer | string {
    const template = this.peers.template(local, remote);
    if (!template) return 'no session has these addresses';
    const { key, range } = template;
    const all = this.peers.madeBy(key);
    if (!this.makeRoom(roomForPeer(all, template.limit)))
      return placeFor(all, template.limit) ? `too many neighbours of ${range} connect at once` : fullOf(template);
    const address = IpAddress.parse(remote) as IpAddress; // otherwise no template would have matched
    const peer = this.host.add(sessionFrom(template, address));
    this.host.tell(peer.session, 'dynamic', `connected as a neighbour of ${range}`);
    this.remember(peer);
    return peer;
  }

  /** Why a neighbour that has sent its OPEN is not admitted; undefined if it is, as a configured one always is. */
  refusal(session: BgpSession): string | undefined {
    const { template: key } = session.config;
    const template = this.peers.templates.find((one) => one.key === key);
    if (!template) return undefined;
    const others = this.peers.madeBy(template.key).filter((peer) => peer.session !== session);
    const isAdmitted = this.makeRoom(placeFor(others, template.limit));
    this.peers.get(session.config.key)!.isRefused = !isAdmitted;
    return isAdmitted ? undefined : fullOf(template);
  }

  /** An unnamed neighbour is forgotten some time after its last connection, a refused one soon. */
  remember(peer: SpeakerPeer): void {
    if (peer.session.config.template === undefined) {
      peer.linger?.stop();
      return;
    }
    peer.linger ??= this.host.agenda.timer(() => {
      if (peer.session.isQuiet) this.forget(peer, 'is gone and was removed');
      else this.remember(peer);
    });
    peer.linger.start(this.host.now + (peer.isRefused ? 1 : LINGER) * SECOND);
  }

  /** Removes these; returns whether there is room then. */
  private makeRoom(gone: readonly SpeakerPeer[] | undefined): boolean {
    for (const peer of gone ?? []) this.forget(peer, 'makes room for another neighbour, as it is not up');
    return gone !== undefined;
  }

  private forget(peer: SpeakerPeer, why: string): void {
    this.host.tell(peer.session, 'dynamic', why);
    this.host.reject(peer);
  }
}

const fullOf = ({ range, limit }: SessionTemplate): string => `${range} has reached its limit of ${limit} neighbours`;
