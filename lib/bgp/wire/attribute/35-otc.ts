/** ONLY_TO_CUSTOMER (RFC 9234 section 5): an AS number. */
export { number32 as onlyToCustomer } from './number32';
