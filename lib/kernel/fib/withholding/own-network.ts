/*
 * What the kernel has that no route of a neighbour's may change: see {@link Withholding}. Pure: every change is passed
 * to it, and it asks for what there is.
 */
import type { IpAddress } from '../../../model/address';
import type { Prefix } from '../../../model/prefix';
import type { InterfaceAddress } from '../../codec/interface-address';
import type { Link } from '../../codec/link';
import { TABLE } from '../../codec/route';
import type { ForeignNews } from '../foreign/foreign-news';
import type { ForeignRoute } from './foreign-route';
import { Withholding } from './withholding';

/** The unicast routes of other writers, in main and in our table, as far as they matter here. */
export interface OtherRoutes {
  /** Without a gateway, those of single hosts left out. */
  onLink(): Iterable<ForeignRoute>;
  /** Of all their routes; the same list as long as nothing changed. */
  gateways(): readonly IpAddress[];
  /** To a single host on a link, as workloads have them. */
  hostsAt(address: IpAddress): readonly ForeignRoute[];
  /** In our table, to this very prefix. */
  at(prefix: Prefix): ForeignRoute | undefined;
  /** Whether one of any type in our table covers a prefix. */
  covers(prefix: Prefix): boolean;
}

/**
 * The addresses, links and foreign routes of this network namespace, as far as they keep routes of ours from being
 * written.
 */
export class OwnNetwork implements ForeignNews {
  private readonly addresses = new Map<string, InterfaceAddress>();
  private neighbours: readonly IpAddress[] = [];
  /** Prefixes that are to lead nowhere, unless another route to them is there; how many of each length. */
  private readonly voids = new Map<string, Prefix>();
  private readonly voidLengths: number[] = [];
  private rule: Withholding;
  private isStale = false;
  /** Prefixes of routes that may have to be held back, or no longer, since they were asked for. */
  private readonly due = new Map<string, Prefix>();
  /** What our table would pass on if no route of another writer in it covered that. */
  private passable: Prefix[] = [];
  /** Addresses that were reported since a dump began. */
  private seen: Set<string> | undefined;
  /** Changes of routes to single hosts who matter. */
  private hosts = 0;

  constructor(
    private readonly links: ReadonlyMap<number, Link>,
    /** The table of our routes. */
    private readonly table: number,
    private readonly others: () => OtherRoutes,
  ) {
    this.rule = Withholding.nothing(links, table);
  }

  // ---- What the kernel has

  /** An address of an interface came (`isThere`) or went. */
  addressChanged(address: InterfaceAddress, isThere: boolean): void {
    if (address.address.isLinkLocal) return; // each workload's link has one, and no route to it is ever taken
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

  /** A link is another one than it was, or gone. */
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

  /** Addresses of the neighbours that sessions are with. */
  setNeighbours(addresses: readonly IpAddress[]): void {
    this.neighbours = addresses;
    this.isStale = true;
  }

  /** A dump of all addresses begins: those that are not in it until {@link endDump} are gone. */
  beginDump(): void {
    this.seen = new Set();
  }

  endDump(): void {
    const seen = this.seen ?? new Set();
    this.seen = undefined;
    for (const key of this.addresses.keys()) if (!seen.has(key)) this.isStale = this.addresses.delete(key);
  }

  // ---- What follows

  /** Whether {@link settle} has something to take in. */
  get hasNews(): boolean {
    return this.isStale;
  }

  /**
   * Takes over what was reported. True where other routes may have to be held back than before, or another link leads
   * to a neighbour.
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

  /** Which routes are not to be written, as of the last {@link settle}. */
  get withholding(): Withholding {
    return this.rule;
  }

  /** A route to this prefix that leads nowhere is wanted: from now on other routes to it matter. */
  watch(prefix: Prefix): void {
    const text = String(prefix);
    if (this.voids.has(text)) return;
    this.voids.set(text, prefix);
    this.voidLengths[prefix.length] = (this.voidLengths[prefix.length] ?? 0) + 1;
  }

  /** It is wanted no longer. */
  unwatch(prefix: Prefix): void {
    if (this.voids.delete(String(prefix))) this.voidLengths[prefix.length]--;
  }

  unwatchAll(): void {
    this.voids.clear();
    this.voidLengths.length = 0;
  }

  /** Everything that our table is to pass on is to be looked at again. */
  passAgain(): void {
    for (const { prefix } of this.rule.passedOn) this.due.set(String(prefix), prefix);
    this.isStale = true;
  }

  /** How many prefixes are watched. */
  get watched(): number {
    return this.voids.size;
  }

  /** Prefixes of routes that may have to be held back, or no longer, since this was called last: what changed alone. */
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
