/** AS number of a fabric that sets none: Calico's default. */
export const DEFAULT_AS_NUMBER = 64512;

/** The BGP port (RFC 4271 section 8). */
export const DEFAULT_PORT = 179;
