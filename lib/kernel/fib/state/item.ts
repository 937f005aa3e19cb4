/** A prefix as a number: the slot in its family's table, with the family (0 IPv4, 1 IPv6) in the lowest bit. */
export type Item = number;
