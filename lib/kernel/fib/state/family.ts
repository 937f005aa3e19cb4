import { FAMILY } from '../../codec/route';

/** The families in the order of their tables: IPv4, IPv6. */
export const FAMILY_INDEXES = [0, 1] as const;
export type FamilyIndex = (typeof FAMILY_INDEXES)[number];

export const familyNumber = (family: FamilyIndex): number => (family === 0 ? FAMILY.ipv4 : FAMILY.ipv6);

export const familyName = (family: FamilyIndex): 'ipv4' | 'ipv6' => (family === 0 ? 'ipv4' : 'ipv6');
