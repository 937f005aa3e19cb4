import type { AddressFamily } from '../../model/address';

/**
 * The address families that this speaker carries (RFC 4760), with their IANA numbers. The routes of others stay opaque
 * octets.
 */
export const FAMILIES = [
  { name: 'ipv4 unicast', afi: 1, safi: 1, address: 'ipv4' },
  { name: 'ipv6 unicast', afi: 2, safi: 1, address: 'ipv6' },
] as const;

export type Family = (typeof FAMILIES)[number]['name'];

/** The family with these numbers, if this speaker carries it. */
export function familyOf(afi: number, safi: number): Family | undefined {
  return FAMILIES.find((family) => family.afi === afi && family.safi === safi)?.name;
}

/** AFI, SAFI and address family of a family. */
export function numbersOf(family: Family): { afi: number; safi: number; address: AddressFamily } {
  return FAMILIES.find(({ name }) => name === family)!;
}
