import { IpAddress } from '../../model/address';
import { i32, u16, u32 } from './octets';

/** Control messages with the TTL or hop limit of a received datagram, by level and type. */
const TTL = [
  { level: 0, type: 2 },
  { level: 41, type: 52 },
] as const;
/** Length of struct cmsghdr, which is the offset of its data, by the size of size_t. */
const HEADER = { 8: 16, 4: 12 } as const;

/** Octets of a size_t or a pointer. */
export type WordSize = keyof typeof HEADER;

/** The TTL or hop limit in a datagram's control messages; undefined if there is none. */
export function hopLimitIn(control: Uint8Array, word: WordSize): number | undefined {
  const header = HEADER[word];
  for (let at = 0; at + header <= control.length; ) {
    const length = u32(control, at);
    const [level, type] = [i32(control, at + word), i32(control, at + word + 4)];
    if (length < header || at + length > control.length) return undefined;
    const isTtl = TTL.some((each) => each.level === level && each.type === type);
    if (isTtl && length >= header + 4) return u32(control, at + header);
    at += Math.ceil(length / word) * word;
  }
  return undefined;
}

/** The address in a struct sockaddr_in or sockaddr_in6; undefined for any other family. */
export function addressIn(name: Uint8Array): IpAddress | undefined {
  const family = u16(name, 0);
  const octets = family === 2 ? name.subarray(4, 8) : family === 10 ? name.subarray(8, 24) : undefined;
  return octets && IpAddress.fromBytes(octets);
}
