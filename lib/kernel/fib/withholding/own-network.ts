/*
 * The kernel's state that no route of a neighbour may override: see {@link Withholding}. Pure: it is notified of
 * changes, and queries the current state.
 */
import type { IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import type { InterfaceAddress } from '../../codec/interface-address';
import type { Link } from '../../codec/link';
import { TABLE } from '../../codec/route';
import type { ForeignNews } from '../foreign/foreign-news';
import type { ForeignRoute } from './foreign-route';
import { Withholding } from './withholding';

/** Foreign unicast routes in main and in our table, as far as they matter here. */
export interface OtherRoutes {
  /** Without a gateway, other than host routes. */
  onLink(): Iterable<ForeignRoute>;
  /** Gateways of all foreign routes; the same array as long as nothing changed. */
  gateways(): readonly IpAddress[];
  /** On-link routes to a single host, as workloads have. */
  hostsAt(address: IpAddress): readonly ForeignRoute[];
  /** The one in our table to exactly this prefix. */
  at(prefix: Prefix): ForeignRoute | undefined;
  /** Whether one of any type in our table covers a prefix. */
  covers(prefix: Prefix): boolean;
}

/**
 * The addresses, links and foreign routes of this network namespace, as far as they keep our routes from being written.
 */
export class OwnNetwork implements ForeignNews {
  private readonly addresses = new Map<string, InterfaceAddress>();
  private neighbours: readonly IpAddress[] = [];
  /** Prefixes that are to be discarded unless there is another route to them; how many of each length. */
  private readonly voids = new Map<string, Prefix>();
  private readonly voidLengths: number[] = [];
  private rule: Withholding;
  private isStale = false;
  /** Prefixes of routes that may have to be held back or released since the last call. */
  private readonly due = new Map<string, Prefix>();
  /** What our table would pass on if no foreign route in it covered that. */
  private passable: Prefix[] = [];
  /** Addresses reported since a dump began. */
  private seen: Set<string> | undefined;
  /** Counts changes of host routes that matter. */
  private hosts = 0;

  constructor(
    private readonly links: ReadonlyMap<number, Link>,
    /** The table of our routes. */
    private readonly table: number,
    private readonly others: () => OtherRoutes,
  ) {
    this.rule = Withholding.nothing(links, table);
  }

  // ---- The kernel's state

  /** An address of an interface was added (`isThere`) or removed. */
  addressChanged(address: InterfaceAddress, isThere: boolean): void {
    if (address.address.isLinkLocal) return; // each workload's link has one, and routes to them are never accepted
    const key = `${address.address}/${address.length}%${address.interface}`;
    this.seen?.add(key);
    if (isThere === this.addresses.has(key)) return;
    if (isThere) this.addresses.set(key, address);
    else this.addresses.delete(key);
    this.isStale = true;
  }

  /** Whether an interface has an IPv4 address. */
  hasIpv4(index: number): boolean {
    for (const { interface: of, address } of this.addresses.values())
      if (of === index && address.family === 'ipv4') return true;
    return false;
  }

  /** A link changed or was removed. */
  linkChanged(index: number): void {
    for (const { interface: of } of this.addresses.values()) this.isStale ||= of === index;
    this.isStale ||= this.rule.usesLink(index);
  }

  onLinkChanged(): void {
    this.isStale = true;
  }

  gatewaysChanged(): void {
    this.isStale = true;
  }

  hostChanged(address: IpAddress): void {
    if (!this.rule.isKept(address)) return;
    this.hosts++;
    this.isStale = true;
  }

  cares(length: number): boolean {
    return this.table !== TABLE.main || (this.voidLengths[length] ?? 0) > 0;
  }

  tableChanged(prefix: Prefix): void {
    const text = String(prefix);
    if (this.voids.has(text)) {
      this.due.set(text, prefix);
      this.isStale = true;
    }
    this.isStale ||= this.table !== TABLE.main && this.passable.some((one) => prefix.contains(one));
  }

  /** Sets the addresses of BGP neighbours. */
  setNeighbours(addresses: readonly IpAddress[]): void {
    this.neighbours = addresses;
    this.isStale = true;
  }

  /** A dump of all addresses begins: those that it does not contain by {@link endDump} are gone. */
  beginDump(): void {
    this.seen = new Set();
  }

  endDump(): void {
    const seen = this.seen ?? new Set();
    this.seen = undefined;
    for (const key of this.addresses.keys()) if (!seen.has(key)) this.isStale = this.addresses.delete(key);
  }

  // ---- What is derived from it

  /** Whether {@link settle} has changes to apply. */
  get hasNews(): boolean {
    return this.isStale;
  }

  /**
   * Applies the reported changes. True if other routes may have to be held back than before, or another link leads to a
   * neighbour.
   */
  settle(): boolean {
    if (!this.isStale) return false;
    this.isStale = false;
    const before = this.rule;
    this.rule = this.derive();
    for (const prefix of this.rule.differences(before)) this.due.set(String(prefix), prefix);
    for (const subnet of this.rule.changedSubnets(before))
      for (const [text, prefix] of this.voids) if (subnet.contains(prefix)) this.due.set(text, prefix);
    return true;
  }

  /** Which routes must not be written, as of the last {@link settle}. */
  get withholding(): Withholding {
    return this.rule;
  }

  /** A blackhole route to this prefix is wanted: from now on other routes to it matter. */
  watch(prefix: Prefix): void {
    const text = String(prefix);
    if (this.voids.has(text)) return;
    this.voids.set(text, prefix);
    this.voidLengths[prefix.length] = (this.voidLengths[prefix.length] ?? 0) + 1;
  }

  /** It is no longer wanted. */
  unwatch(prefix: Prefix): void {
    if (this.voids.delete(String(prefix))) this.voidLengths[prefix.length]--;
  }

  unwatchAll(): void {
    this.voids.clear();
    this.voidLengths.length = 0;
  }

  /** Checks again everything that our table passes on. */
  passAgain(): void {
    for (const { prefix } of this.rule.passedOn) this.due.set(String(prefix), prefix);
    this.isStale = true;
  }

  /** Number of watched prefixes. */
  get watched(): number {
    return this.voids.size;
  }

  /** Prefixes of routes that may have to be held back or released since the last call: only what changed. */
  candidates(): readonly Prefix[] {
    const due = [...this.due.values()];
    this.due.clear();
    return due;
  }

  private derive(): Withholding {
    const passable: Prefix[] = [];
    const others = this.others();
    const { links, neighbours, table, hosts } = this;
    const rule = Withholding.of(
      {
        ...{ links, neighbours, table, hosts },
        addresses: [...this.addresses.values()],
        onLink: [...others.onLink()],
        gateways: others.gateways(),
        hostsAt: (address) => others.hostsAt(address),
        other: (prefix) => others.at(prefix),
        isCovered: (prefix) => {
          passable.push(prefix);
          return others.covers(prefix);
        },
      },
      this.rule,
    );
    this.passable = passable;
    return rule;
  }
}
