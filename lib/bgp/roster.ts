import { IpAddress } from '../model/address';
import type { Member } from './member';
import { type SessionTemplate, templateFor } from './session/template';

/** The sessions of a speaker: by key, by the addresses of a connection, and the templates that make one for a neighbour that comes unnamed. */
export class Roster {
  templates: readonly SessionTemplate[] = [];
  private readonly members = new Map<string, Member>();
  /** By local and remote address: several where the ports differ. */
  private readonly byAddresses = new Map<string, Member[]>();
  /** Those that came by a template, by its key; one that is named since is among them still. */
  private readonly byTemplate = new Map<string, Set<Member>>();

  get size(): number {
    return this.members.size;
  }

  keys(): string[] {
    return [...this.members.keys()];
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.members.values();
  }

  get(key: string): Member | undefined {
    return this.members.get(key);
  }

  add(member: Member): void {
    const { key, template } = member.session.config,
      addresses = addressesOf(member);
    if (template !== undefined) {
      const all = this.byTemplate.get(template) ?? new Set();
      this.byTemplate.set(template, all.add(member));
    }
    this.members.set(key, member);
    this.byAddresses.set(addresses, [...(this.byAddresses.get(addresses) ?? []), member]);
  }

  delete(member: Member): void {
    const addresses = addressesOf(member),
      others = (this.byAddresses.get(addresses) ?? []).filter((other) => other !== member);
    this.members.delete(member.session.config.key);
    for (const [template, all] of this.byTemplate)
      if (all.delete(member) && all.size === 0) this.byTemplate.delete(template);
    if (others.length > 0) this.byAddresses.set(addresses, others);
    else this.byAddresses.delete(addresses);
  }

  /** Whose connection between these addresses (as text) is: of several the session of that port of ours, and the one that waits for one. */
  find(local: string, remote: string, port?: number): Member | undefined {
    const candidates =
      this.byAddresses.get(`${local} ${remote}`) ??
      this.byAddresses.get(`${IpAddress.parse(local)} ${IpAddress.parse(remote)}`) ??
      [];
    const isAt = ({ session: { config } }: Member) => config.listenPort === port;
    const here = port !== undefined && candidates.some(isAt) ? candidates.filter(isAt) : candidates;
    return here.find(({ session }) => session.accepted.state === 'Active') ?? here[0];
  }

  /** The template that a neighbour between these addresses may come by. */
  template(local: string, remote: string): SessionTemplate | undefined {
    if (this.templates.length === 0) return undefined;
    const [here, there] = [IpAddress.parse(local), IpAddress.parse(remote)];
    const isRead = here instanceof IpAddress && there instanceof IpAddress;
    return isRead ? templateFor(this.templates, here, there) : undefined;
  }

  /** Those that came by a template. */
  madeBy(key: string): Member[] {
    return [...(this.byTemplate.get(key) ?? [])].filter(({ session }) => session.config.template === key);
  }
}

const addressesOf = ({ session: { config } }: Member): string => `${config.localAddress} ${config.remoteAddress}`;
