import { FAMILY } from '../../codec/route';

/** The families in the order of their tables: IPv4, IPv6. */
export const FAMILIES = [0, 1] as const;
export type Family = (typeof FAMILIES)[number];

export const familyNumber = (family: Family): number => (family === 0 ? FAMILY.ipv4 : FAMILY.ipv6);

export const familyName = (family: Family): 'ipv4' | 'ipv6' => (family === 0 ? 'ipv4' : 'ipv6');
