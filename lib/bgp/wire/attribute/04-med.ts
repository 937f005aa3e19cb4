/** MULTI_EXIT_DISC (RFC 4271 section 5.1.4), unsigned. */
export { number32 as med } from './number32';
