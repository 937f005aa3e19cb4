import type { IpAddress } from '../../../model/address';
import { u32 } from '../../codec/octets';
import { FAMILY, type RouteFields } from '../../codec/route';

/** The kernel's own routes are deleted with their address, and it reports that. */
const PROTOCOL_KERNEL = 2;
/** From this many on, every address is treated as a source. */
const MOST = 10_000;

/**
 * The source addresses of IPv4 routes (`src`, RTA_PREFSRC): when such an address is removed, the kernel deletes the
 * routes silently.
 */
export class RouteSources {
  private readonly seen = new Set<number>();

  /** Records a route. */
  note(bytes: Uint8Array, { source, family, protocol }: RouteFields): void {
    if (source < 0 || family !== FAMILY.ipv4 || protocol === PROTOCOL_KERNEL || this.seen.size >= MOST) return;
    this.seen.add(u32(bytes, source));
  }

  /** Whether routes may be deleted with an address. */
  has({ family, bytes }: IpAddress): boolean {
    return family === 'ipv4' && (this.seen.size >= MOST || this.seen.has(u32(bytes, 0)));
  }
}
