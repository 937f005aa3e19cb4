import type { SpeakerHost } from '../../bgp/net/host';
import type { SessionTemplate } from '../../bgp/session/template';
import { Pace } from '../../kernel/fib/state/pace';
import type { InterfaceAddress, Link, Watch } from '../../kernel/workload/watch';
import type { IpAddress } from '../../model/address';
import type { Reports } from '../events/reports';
import { localInterfaces } from './interfaces';
import { type CarriedSession, endedByAddress, endedByLink } from './link-loss';

/** An address that is gone may be on another interface a moment later; neighbours do not notice. */
const MOVE_MS = 1000;

/** What of a session says where it leaves from. */
type SessionEnd = Pick<SessionTemplate, 'localAddress' | 'localAddresses'>;

/**
 * The links and addresses of this node that its sessions hang on: they are passed to the speaker, and a session is
 * closed with the link or address that carried it.
 */
export class LocalLinks {
  private watch: Pick<Watch, 'links' | 'addresses'> | undefined;
  /** The ends of all sessions, those that neighbours may come to among them. */
  private ends: readonly SessionEnd[] = [];
  /** The interfaces of sessions as the speaker knows them, as a string. */
  private told = '';
  /** The interfaces are to be passed to the speaker. */
  private due: NodeJS.Timeout | undefined;
  private readonly pace = new Pace();
  /** Addresses that are gone, and may come back. */
  private readonly leaving = new Map<string, NodeJS.Timeout>();
  /** All sessions that there are, until others come or go. */
  private carriedNow: readonly CarriedSession[] | undefined;

  constructor(
    private readonly host: SpeakerHost,
    private readonly reports: Pick<Reports, 'say'>,
  ) {}

  /** What this machine has, from now on. */
  watched(watch: Pick<Watch, 'links' | 'addresses'>): void {
    this.watch = watch;
  }

  links(): readonly Link[] {
    return this.watch?.links() ?? [];
  }

  addresses(): readonly InterfaceAddress[] {
    return this.watch?.addresses() ?? [];
  }

  /** Those of neighbours that came unnamed, too. */
  carried(): readonly CarriedSession[] {
    this.carriedNow ??= this.host.speaker.configs();
    return this.carriedNow;
  }

  /** Sessions came or went. */
  sessionsChanged(): void {
    this.carriedNow = undefined;
  }

  /** These sessions come to those that are there already. */
  add(ends: readonly SessionEnd[]): void {
    this.set([...this.ends, ...ends]);
  }

  /**
   * Which of this node's addresses neighbours can use as a next hop hangs on the interfaces that the sessions leave
   * from: now on those of these.
   */
  set(ends: readonly SessionEnd[]): void {
    this.ends = ends;
    if (!this.watch) return; // the first of them are reported while it opens
    // Thousands of sessions leave from a few addresses.
    const wanted = new Set<IpAddress>();
    for (const { localAddress, localAddresses } of ends)
      for (const address of [localAddress, localAddresses.ipv4, localAddresses.ipv6]) if (address) wanted.add(address);
    const interfaces = localInterfaces(this.links(), this.addresses(), [...wanted]);
    const text = JSON.stringify(interfaces);
    if (text === this.told) return;
    this.told = text;
    this.host.give({ kind: 'interfaces', interfaces });
  }

  linkChanged(link: Link): void {
    if (this.watch && !(link.up && link.carrier))
      this.lose(endedByLink(link, this.addresses(), this.carried()), `link ${link.name} is down`);
    this.later();
  }

  /**
   * An address may be on another interface as well, or be about to be: a mask that changes, a link that becomes part of
   * a bridge.
   */
  addressChanged({ address }: InterfaceAddress, isThere: boolean): void {
    const isUsed = () => endedByAddress(address, this.carried()).length > 0;
    // Looking through the sessions costs less than through the addresses, of which a machine with many workloads has
    // one for each.
    if (!isThere && this.watch && !this.leaving.has(String(address)) && isUsed() && !this.hasAddress(address))
      this.leaving.set(
        String(address),
        setTimeout(() => {
          this.leaving.delete(String(address));
          if (!this.hasAddress(address))
            this.lose(endedByAddress(address, this.carried()), `address ${address} is gone`);
        }, MOVE_MS),
      );
    this.later();
  }

  close(): void {
    clearTimeout(this.due);
    for (const timer of this.leaving.values()) clearTimeout(timer);
  }

  private hasAddress(address: IpAddress): boolean {
    return this.addresses().some((one) => one.address.equals(address));
  }

  /** Reports interfaces soon, once for a burst of changes, and not all the time. */
  private later(): void {
    this.due ??= setTimeout(() => {
      this.due = undefined;
      const start = performance.now();
      this.set(this.ends);
      this.pace.done(performance.now(), performance.now() - start);
    }, this.pace.wait(performance.now()));
  }

  /** What carried these sessions is gone: they end now, not when their hold timers do. */
  private lose(keys: readonly string[], reason: string): void {
    for (const key of keys) {
      const session = this.host.speaker.session(key);
      if (!session?.established) continue;
      const message = `session with ${session.config.remoteAddress} closed: ${reason}`;
      this.reports.say({ kind: 'session', of: key, level: 'warn', message });
      this.host.give({ kind: 'reset', session: key, why: reason });
    }
  }
}
