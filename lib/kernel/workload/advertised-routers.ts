import type { RouteFields } from '../codec/route';
import { FAMILY } from '../codec/route';

/** RTPROT_RA: written by the kernel, or by a program that reads router advertisements in its place. */
const ROUTER_ADVERTISEMENT = 9;

/** A default route learned from a router advertisement. */
export const isAdvertisedDefault = ({ family, length, protocol }: RouteFields): boolean =>
  protocol === ROUTER_ADVERTISEMENT && length === 0 && family === FAMILY.ipv6;

/** The interfaces over which default routes learned from router advertisements lead. */
export class AdvertisedRouters {
  /** Interface by route. */
  private readonly routes = new Map<string, number>();
  /** Routes that the dump in progress has shown, or that appeared meanwhile. */
  private seen = new Set<string>();

  beginDump(): void {
    this.seen = new Set();
  }

  endDump(): void {
    for (const key of this.routes.keys()) if (!this.seen.has(key)) this.routes.delete(key);
  }

  /** The route in `route` was dumped, or added; or (`present` false) removed. */
  note(bytes: Uint8Array, { outputInterface, priority, gateway, gatewayLength }: RouteFields, present: boolean): void {
    const hop = gateway < 0 ? '' : bytes.subarray(gateway, gateway + gatewayLength).join();
    const key = `${outputInterface} ${priority} ${hop}`;
    if (present) {
      this.routes.set(key, outputInterface);
      this.seen.add(key);
    } else this.routes.delete(key);
  }

  linkLost(index: number): void {
    for (const [key, link] of this.routes) if (link === index) this.routes.delete(key);
  }

  isOn(index: number): boolean {
    for (const link of this.routes.values()) if (link === index) return true;
    return false;
  }
}
