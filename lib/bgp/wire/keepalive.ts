import { MESSAGE, message } from './message';
import { NO_OCTETS } from './octets';

/** The KEEPALIVE message (RFC 4271 section 4.4), which consists of a header only. Shared: do not modify it. */
export const KEEPALIVE: Uint8Array = message(MESSAGE.keepalive, NO_OCTETS);
