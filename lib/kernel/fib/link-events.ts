import { type NetlinkMessage, TYPE } from '../codec/header';
import { decodeInterfaceAddress } from '../codec/interface-address';
import { decodeLink, type Link } from '../codec/link';
import { DELAY } from './agenda';
import { type FibParts, lookAround } from './parts';
import type { NexthopSets } from './state/nexthop-sets';
import { ABSENT } from './state/route-table';

/**
 * The kernel's events about links and addresses: it deletes routes and nexthop objects with them without reporting
 * that.
 */
export class LinkEvents {
  constructor(private readonly parts: FibParts) {}

  /**
   * An address of this node was added or removed; the kernel reports the routes that it adds with it, and most of those
   * that it deletes.
   */
  addressChanged(bytes: Uint8Array, one: NetlinkMessage): void {
    const address = decodeInterfaceAddress(bytes, one.start, one.end);
    const isThere = one.type === TYPE.newAddress;
    if (!address) return;
    const { network, agenda } = this.parts;
    network.addressChanged(address, isThere);
    if (!isThere && address.address.family === 'ipv4') {
      // With the last IPv4 address of an interface the kernel silently deletes the interface's routes, and any that use
      // the address as source.
      const isUsed = !network.hasIpv4(address.interface) && this.routesLost(address.interface);
      if (isUsed || this.parts.foreign.sources.has(address.address)) agenda.later('resync', DELAY.resync);
      if (isUsed) this.parts.writer.schedule();
    }
    lookAround(this.parts);
  }

  /** A link was added, changed or removed. */
  linkChanged(bytes: Uint8Array, one: NetlinkMessage): void {
    const link = decodeLink(bytes, one.start, one.end);
    if (!link || bytes[one.start] !== 0) return; // AF_UNSPEC: not a bridge port message
    const { links } = this.parts;
    const before = links.get(link.index);
    const up = one.type === TYPE.newLink && link.up;
    if (one.type === TYPE.newLink) links.set(link.index, link);
    else links.delete(link.index);
    if (before?.up === up && before.carrier === link.carrier && before.name === link.name) return;
    this.parts.network.linkChanged(link.index);
    this.resolveOver(link, before);
    if (before?.up && !up) this.linkLost(link.index, true);
    // Without carrier the kernel drops nexthop objects as well, with routes that have no other hop; plain routes stay.
    else if (before?.carrier && !link.carrier) this.linkLost(link.index, false);
    lookAround(this.parts);
  }

  /** Next hops over a link may be reached differently now. */
  private resolveOver(link: Link, before: Link | undefined): void {
    const { resolver, network, agenda } = this.parts;
    const isBack = link.up && link.carrier && before !== undefined && !(before.up && before.carrier);
    for (const name of new Set([link.name, before?.name ?? link.name])) resolver.linkChanged(name);
    // With carrier back, the kernel may prefer its routes again (net.ipv4.conf.all.ignore_routes_with_linkdown), which
    // it does not report.
    if (isBack && network.withholding.usesLink(link.index)) resolver.forget();
    else resolver.forgetLink(link.index);
    agenda.later('resolve', DELAY.resolve);
  }

  /**
   * Nexthop objects of a link, and its IPv4 routes if it was set down, are deleted with it; the kernel sends no event
   * for them (unlike for IPv6).
   */
  private linkLost(index: number, isDown: boolean): void {
    const { reconciler, writer, objects, agenda } = this.parts;
    const gone = objects?.linkLost(index) ?? [];
    reconciler.groupsGone(gone);
    const used = isDown && this.routesLost(index);
    if (!used && gone.length === 0) return;
    agenda.later('resync', DELAY.resync);
    writer.schedule();
  }

  /** The IPv4 routes over a link are gone; returns whether any were ours. */
  private routesLost(index: number): boolean {
    const { reconciler, nexthopSets, foreign, resolver, agenda } = this.parts;
    const [table] = reconciler.tables;
    foreign.linkLost(index);
    resolver.forgetLink(index);
    agenda.later('resolve', DELAY.resolve);
    const fates: ReturnType<typeof fateOf>[] = [];
    for (const info of nexthopSets.infos.alone()) {
      const fate = fateOf(nexthopSets, info, index);
      if (fate !== 'untouched') fates[info] = fate;
    }
    if (fates.length === 0) return false;
    let used = false;
    table.each((slot) => {
      const installed = table.installed(slot);
      const fate = installed > 0 ? fates[installed] : undefined;
      if (fate === undefined) return;
      used = true;
      if (fate === 'gone') reconciler.changedByOther(0, slot, ABSENT);
    });
    return used;
  }
}

/** What happens to routes of a route info, without nexthop objects, when a link goes down. */
function fateOf(nexthopSets: NexthopSets, info: number, link: number): 'untouched' | 'hurt' | 'gone' {
  const { hops } = nexthopSets.infos.get(info);
  if (!hops.some((hop) => hop.interface === link)) return 'untouched';
  return hops.every((hop) => hop.interface === link) ? 'gone' : 'hurt';
}
