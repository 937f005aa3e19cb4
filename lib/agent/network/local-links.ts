import type { SpeakerHost } from '../../bgp/net/host';
import type { SessionTemplate } from '../../bgp/session/template';
import { Pace } from '../../kernel/fib/state/pace';
import type { InterfaceAddress, Link, Watch } from '../../kernel/workload/watch';
import type { IpAddress } from '../../model/address';
import type { Reports } from '../events/reports';
import { localInterfaces } from './interfaces';
import { type CarriedSession, endedByAddress, endedByLink } from './link-loss';

/** Milliseconds before an address counts as lost: it may reappear on another interface without neighbours noticing. */
const MOVE_MS = 1000;

/** The local end of a session. */
type SessionEnd = Pick<SessionTemplate, 'localAddress' | 'localAddresses'>;

type LinksWatch = Pick<Watch, 'links' | 'addresses' | 'hasAdvertisedDefault'>;

/**
 * The links and addresses of this node that its sessions depend on: they are passed to the speaker, and a session is
 * closed with the link or address that carried it.
 */
export class LocalLinks {
  private watch: LinksWatch | undefined;
  /** The local ends of all sessions, including those for unnamed neighbours. */
  private ends: readonly SessionEnd[] = [];
  /** The interfaces of sessions last passed to the speaker, as a string. */
  private told = '';
  /** The interfaces must be passed to the speaker. */
  private due: NodeJS.Timeout | undefined;
  private readonly pace = new Pace();
  /** Lost addresses that may come back. */
  private readonly leaving = new Map<string, NodeJS.Timeout>();
  /** All sessions, cached until some are added or removed. */
  private carriedNow: readonly CarriedSession[] | undefined;

  constructor(
    private readonly host: SpeakerHost,
    private readonly reports: Pick<Reports, 'say'>,
  ) {}

  /** Sets this machine's links and addresses. */
  watched(watch: LinksWatch): void {
    this.watch = watch;
  }

  links(): readonly Link[] {
    return this.watch?.links() ?? [];
  }

  addresses(): readonly InterfaceAddress[] {
    return this.watch?.addresses() ?? [];
  }

  hasAdvertisedDefault(index: number): boolean {
    return this.watch?.hasAdvertisedDefault(index) ?? false;
  }

  /** Including those of unnamed neighbours. */
  carried(): readonly CarriedSession[] {
    this.carriedNow ??= this.host.speaker.configs();
    return this.carriedNow;
  }

  /** Sessions were added or removed. */
  sessionsChanged(): void {
    this.carriedNow = undefined;
  }

  /** Adds sessions. */
  add(ends: readonly SessionEnd[]): void {
    this.set([...this.ends, ...ends]);
  }

  /**
   * Sets the local ends of sessions: their interfaces determine which of this node's addresses neighbours can use as a
   * next hop.
   */
  set(ends: readonly SessionEnd[]): void {
    this.ends = ends;
    if (!this.watch) return; // the first of them are reported while it opens
    // Thousands of sessions share a few local addresses.
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
   * A removed address may be on another interface as well, or soon be: the prefix length changes, or the link becomes a
   * bridge port.
   */
  addressChanged({ address }: InterfaceAddress, isThere: boolean): void {
    const isUsed = () => endedByAddress(address, this.carried()).length > 0;
    // Searching the sessions is cheaper than the addresses, of which a machine with many workloads has one for each.
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

  /** Schedules a report of interfaces, once for a burst of changes and not too often. */
  private later(): void {
    this.due ??= setTimeout(() => {
      this.due = undefined;
      const start = performance.now();
      this.set(this.ends);
      this.pace.done(performance.now(), performance.now() - start);
    }, this.pace.wait(performance.now()));
  }

  /** These sessions have lost their link or address: close them now, rather than on hold timer expiry. */
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
