/** LOCAL_PREF (RFC 4271 section 5.1.5), unsigned. */
export { number32 as localPref } from './number32';
