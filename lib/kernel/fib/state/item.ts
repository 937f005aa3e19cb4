/** A prefix by number: its slot in the table of its family, and the family (0 IPv4, 1 IPv6) in the lowest bit. */
export type Item = number;
