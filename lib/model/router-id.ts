import { IpAddress } from './address';

/**
 * The BGP identifier of a node (RFC 6286: any non-zero 32 bits, unique in the AS): the one given, else its IPv4 address, else
 * one derived from its name, in 240.0.0.0/4, where no address of a real node lies.
 */
export function routerIdOf(name: string, given: IpAddress | undefined, ipv4: IpAddress | undefined): IpAddress {
  if (given?.family === 'ipv4') return given;
  if (ipv4?.family === 'ipv4') return ipv4;
  const hash = fnv1a(name);
  return IpAddress.fromBytes(Uint8Array.of(0xf0 | (hash >>> 24), hash >>> 16, hash >>> 8, hash));
}

/** FNV-1a, 32 bits: spreads names well, and is the same for ever. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
