import type { IpAddress } from '../../../model/address';
import { u32 } from '../../codec/octets';
import { FAMILY, type RouteFields } from '../../codec/route';

/** The kernel's own are deleted with their address, and it reports that. */
const PROTOCOL_KERNEL = 2;
/** From so many on every address counts as one. */
const MOST = 10_000;

/**
 * The addresses that IPv4 routes name as their source (`src`, RTA_PREFSRC): with such an address the kernel drops the
 * routes, and tells nobody.
 */
export class RouteSources {
  private readonly seen = new Set<number>();

  /** A route was read. */
  note(bytes: Uint8Array, { source, family, protocol }: RouteFields): void {
    if (source < 0 || family !== FAMILY.ipv4 || protocol === PROTOCOL_KERNEL || this.seen.size >= MOST) return;
    this.seen.add(u32(bytes, source));
  }

  /** Whether routes may go with an address. */
  has({ family, bytes }: IpAddress): boolean {
    return family === 'ipv4' && (this.seen.size >= MOST || this.seen.has(u32(bytes, 0)));
  }
}
