import type { IpAddress } from '../../model/address';
import { putU16, putU32 } from './octets';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

/** Linux's number of an address's family. */
export const socketFamily = (address: IpAddress): number => (address.family === 'ipv4' ? AF_INET : AF_INET6);

/** struct sockaddr_in or sockaddr_in6; `scope` is the interface of a link-local address. */
export function socketAddress(address: IpAddress, port: number, scope = 0): Uint8Array {
  const v4 = address.family === 'ipv4';
  const bytes = new Uint8Array(v4 ? 16 : 28);
  putU16(bytes, 0, socketFamily(address));
  bytes[2] = port >>> 8;
  bytes[3] = port;
  bytes.set(address.bytes, v4 ? 4 : 8);
  if (!v4) putU32(bytes, 24, scope);
  return bytes;
}

/**
 * struct sockaddr_un of an abstract name: not a file, but bound to the network namespace and released with its socket.
 */
export const abstractAddress = (name: string): Uint8Array => unixAddress(`\0${name}`);

/** struct sockaddr_un of a path, with its terminating zero, or of an abstract name, which begins with one. */
export function unixAddress(name: string): Uint8Array {
  const octets = new TextEncoder().encode(name.startsWith('\0') ? name : `${name}\0`);
  const bytes = new Uint8Array(2 + octets.length);
  putU16(bytes, 0, AF_UNIX);
  bytes.set(octets, 2);
  return bytes;
}

/** The longest name of a unix socket, in octets: sun_path. */
export const UNIX_NAME_LENGTH = 108;

/** The longest key of TCP MD5 signatures, RFC 2385. */
export const MD5_KEY_LENGTH = 80;

/** TCP_MD5SIG_FLAG_PREFIX of tcpm_flags: tcpm_prefixlen counts. */
const MD5_PREFIX = 1;

/**
 * struct tcp_md5sig: the key for segments from and to an address, or (with TCP_MD5SIG_EXT) all addresses in a prefix of
 * that length; an empty key removes it.
 */
export function md5Signature(address: IpAddress, key: Uint8Array, prefixLength?: number): Uint8Array {
  const bytes = new Uint8Array(216);
  bytes.set(socketAddress(address, 0));
  if (prefixLength !== undefined) bytes.set([MD5_PREFIX, prefixLength], 128);
  putU16(bytes, 130, key.length);
  bytes.set(key, 136);
  return bytes;
}
