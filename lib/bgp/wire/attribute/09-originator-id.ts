/** ORIGINATOR_ID (RFC 4456 section 8): a BGP Identifier. */
export { number32 as originatorId } from './number32';
