/** COMMUNITIES (RFC 1997), 32 bits each; malformed as RFC 7606 section 7.8 says. */
export { numbers32 as communities } from './number32';
