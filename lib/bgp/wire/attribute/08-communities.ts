/** COMMUNITIES (RFC 1997), each 32 bits; malformed by RFC 7606 section 7.8. */
export { numbers32 as communities } from './number32';
