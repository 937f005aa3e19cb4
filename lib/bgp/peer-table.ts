import { IpAddress } from '../model/address';
import type { SpeakerPeer } from './peer';
import { endTexts } from './session/config';
import { type SessionTemplate, templateFor } from './session/template';

/**
 * The peers of a speaker: by session key and by the addresses of a connection, and the templates for unnamed
 * neighbours.
 */
export class PeerTable {
  templates: readonly SessionTemplate[] = [];
  private readonly peers = new Map<string, SpeakerPeer>();
  /** By local and remote address: several if the ports differ. */
  private readonly byAddresses = new Map<string, SpeakerPeer[]>();
  /** Peers by the keys of the templates that they have had; includes those configured by name since. */
  private readonly byTemplate = new Map<string, Set<SpeakerPeer>>();

  get size(): number {
    return this.peers.size;
  }

  keys(): string[] {
    return [...this.peers.keys()];
  }

  [Symbol.iterator](): IterableIterator<SpeakerPeer> {
    return this.peers.values();
  }

  get(key: string): SpeakerPeer | undefined {
    return this.peers.get(key);
  }

  add(peer: SpeakerPeer): void {
    const addresses = addressesOf(peer);
    this.peers.set(peer.session.config.key, peer);
    this.file(peer);
    this.byAddresses.set(addresses, [...(this.byAddresses.get(addresses) ?? []), peer]);
  }

  /** Counts a peer among those of its template, which another one may have taken over. */
  file(peer: SpeakerPeer): void {
    const { template } = peer.session.config;
    if (template === undefined) return;
    const all = this.byTemplate.get(template) ?? new Set();
    this.byTemplate.set(template, all.add(peer));
  }

  delete(peer: SpeakerPeer): void {
    const addresses = addressesOf(peer);
    const others = (this.byAddresses.get(addresses) ?? []).filter((other) => other !== peer);
    this.peers.delete(peer.session.config.key);
    for (const [template, all] of this.byTemplate)
      if (all.delete(peer) && all.size === 0) this.byTemplate.delete(template);
    if (others.length > 0) this.byAddresses.set(addresses, others);
    else this.byAddresses.delete(addresses);
  }

  /**
   * The peer of a connection between these addresses (as strings): of several the one with that local port, and one
   * that awaits a connection.
   */
  find(local: string, remote: string, port?: number): SpeakerPeer | undefined {
    const candidates =
      this.byAddresses.get(`${local} ${remote}`) ??
      this.byAddresses.get(`${IpAddress.parse(local)} ${IpAddress.parse(remote)}`) ??
      [];
    if (candidates.length < 2) return candidates[0];
    const isAt = ({ session: { config } }: SpeakerPeer) => config.listenPort === port;
    const here = port !== undefined && candidates.some(isAt) ? candidates.filter(isAt) : candidates;
    return here.find(({ session }) => session.incoming.state === 'Active') ?? here[0];
  }

  /** The template that matches a neighbour between these addresses. */
  template(local: string, remote: string): SessionTemplate | undefined {
    if (this.templates.length === 0) return undefined;
    const [here, there] = [IpAddress.parse(local), IpAddress.parse(remote)];
    const isRead = here instanceof IpAddress && there instanceof IpAddress;
    return isRead ? templateFor(this.templates, here, there) : undefined;
  }

  /** Peers of all templates. */
  unnamed(): SpeakerPeer[] {
    return [...this.byTemplate.keys()].flatMap((key) => this.madeBy(key));
  }

  /** Peers of a template. */
  madeBy(key: string): SpeakerPeer[] {
    return [...(this.byTemplate.get(key) ?? [])].filter(({ session }) => session.config.template === key);
  }
}

const addressesOf = ({ session: { config } }: SpeakerPeer): string => endTexts(config).join(' ');
