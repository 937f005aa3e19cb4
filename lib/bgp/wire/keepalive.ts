import { MESSAGE, message } from './message';
import { NO_OCTETS } from './octets';

/** The KEEPALIVE message (RFC 4271 section 4.4): a header and nothing else. Not to be written to. */
export const KEEPALIVE: Uint8Array = message(MESSAGE.keepalive, NO_OCTETS);
