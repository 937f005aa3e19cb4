import type { IpAddress } from '../../model/address';

/**
 * The v3 name of a v1 node, as converted by Calico's upgrade: lower case, `/` becomes a dot, other characters a dash, a
 * run of dashes and dots that contains a dot one dot, and both are trimmed at the ends.
 */
export const nodeName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('/', '.')
    .replace(/[^-.a-z0-9]+/g, '-')
    .replace(/[.-]*\.[.-]*/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');

/** Name of a peer from its address: `192-0-2-1`, `2001-0db8-0000-0000-0000-0000-0000-0001`. */
export function addressName(address: IpAddress): string {
  if (address.family === 'ipv4') return address.toString().replaceAll('.', '-');
  const digits = Array.from(address.bytes, (octet) => octet.toString(16).padStart(2, '0'));
  return Array.from({ length: 8 }, (_, i) => digits[2 * i] + digits[2 * i + 1]).join('-');
}

/** Name of a pool from its network: `10-0-0-0-8`. */
export const networkName = (network: string): string => network.replace(/[.:/]/g, '-');
