import { IpAddress } from './address';
import type { Fabric } from './fabric';

/**
 * The BGP identifier of a node (RFC 6286: any non-zero 32-bit number, unique in the AS): the one configured, else its
 * IPv4 address, else one derived from its name, see {@link derivedRouterId}.
 */
export function routerIdIn({ edition, nodes }: Fabric, name: string): IpAddress {
  const { routerId, ipv4Address } = nodes[name];
  if (routerId?.family === 'ipv4') return routerId;
  return ipv4Address?.family === 'ipv4' ? ipv4Address : derivedRouterId(edition, name);
}

/** Identifiers in 100.64.0.0/10 that do not look like a network or broadcast address: 2^14 times 254. */
const HOSTS = 254;
const DERIVED = 2 ** 14 * HOSTS;

/**
 * An identifier derived from the name alone, so that adding or removing nodes changes no other's. From edition 2 on, it
 * is in 100.64.0.0/10 (RFC 6598), which routers that require a host address accept and nobody uses on the Internet. No
 * range for documentation or tests is large enough. Edition 1 uses 240.0.0.0/4, which some routers reject. Two names
 * may collide: validation reports it and suggests another.
 */
export function derivedRouterId(edition: number, name: string): IpAddress {
  const hash = fnv1a(name);
  if (edition === 1) return IpAddress.fromBytes(Uint8Array.of(0xf0 | (hash >>> 24), hash >>> 16, hash >>> 8, hash));
  return hostAt(mixed(hash) % DERIVED);
}

/** The next identifier after `after`, in the same range, that is not taken. */
export function freeRouterId(after: IpAddress, taken: ReadonlySet<string>): IpAddress {
  const [, second, third, last] = after.bytes;
  const index = (((second & 63) << 8) | third) * HOSTS + last - 1;
  for (let i = 1; ; i++) {
    const free = hostAt((index + i) % DERIVED);
    if (!taken.has(free.toString())) return free;
  }
}

function hostAt(index: number): IpAddress {
  const net = Math.floor(index / HOSTS);
  return IpAddress.fromBytes(Uint8Array.of(100, 64 | (net >>> 8), net, 1 + (index % HOSTS)));
}

/** FNV-1a, 32 bits: a good spread of names, and stable across versions. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: names that differ in one digit end up far apart, even modulo a small number. */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
