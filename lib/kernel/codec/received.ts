import { IpAddress } from '../../model/address';
import { i32, u16, u32 } from './octets';

/** Control messages with the TTL or hop limit of a received datagram, by level and type. */
const TTL = [
  { level: 0, type: 2 },
  { level: 41, type: 52 },
] as const;
/**
 * Those with the time of its arrival: struct timespec of a machine's own words (SO_TIMESTAMPNS_OLD), or of 64 bits
 * (SO_TIMESTAMPNS_NEW).
 */
const ARRIVAL = [
  { level: 1, type: 35 },
  { level: 1, type: 64 },
] as const;
/** Those with the interface at which it arrived: struct in_pktinfo, and in6_pktinfo with the offset of its index. */
const ARRIVED_AT = [
  { kind: { level: 0, type: 8 }, octets: 12, index: 0 },
  { kind: { level: 41, type: 50 }, octets: 20, index: 16 },
] as const;
/** Length of struct cmsghdr, which is the offset of its data, by the size of size_t. */
const HEADER = { 8: 16, 4: 12 } as const;

/** Octets of a size_t or a pointer. */
export type WordSize = keyof typeof HEADER;

/** The TTL or hop limit in a datagram's control messages; undefined if there is none. */
export function hopLimitIn(control: Uint8Array, word: WordSize): number | undefined {
  const at = dataOf(control, word, TTL, 4);
  return at === undefined ? undefined : u32(control, at);
}

/**
 * When a datagram arrived, by the wall clock of the kernel, in milliseconds since 1970; undefined if that is not in its
 * control messages.
 */
export function arrivalIn(control: Uint8Array, word: WordSize): number | undefined {
  const at = dataOf(control, word, ARRIVAL, 16);
  return at === undefined ? undefined : u64(control, at) * 1000 + u64(control, at + 8) / 1e6;
}

/**
 * The index of the interface at which a datagram arrived; undefined if that is not in its control messages. A port of a
 * bridge or a bond counts as the bridge or the bond.
 */
export function linkIn(control: Uint8Array, word: WordSize): number | undefined {
  for (const { kind, octets, index } of ARRIVED_AT) {
    const at = dataOf(control, word, [kind], octets);
    if (at !== undefined) return u32(control, at + index);
  }
  return undefined;
}

/** Offset of the data of the first control message of one of these kinds, if it has so many octets. */
function dataOf(
  control: Uint8Array,
  word: WordSize,
  kinds: readonly { readonly level: number; readonly type: number }[],
  least: number,
): number | undefined {
  const header = HEADER[word];
  for (let at = 0; at + header <= control.length; ) {
    const length = u32(control, at);
    const [level, type] = [i32(control, at + word), i32(control, at + word + 4)];
    if (length < header || at + length > control.length) return undefined;
    const isOne = kinds.some((each) => each.level === level && each.type === type);
    if (isOne && length >= header + least) return at + header;
    at += Math.ceil(length / word) * word;
  }
  return undefined;
}

/** Exact up to 2^53. */
const u64 = (octets: Uint8Array, at: number): number => u32(octets, at) + u32(octets, at + 4) * 2 ** 32;

/** The address in a struct sockaddr_in or sockaddr_in6; undefined for any other family. */
export function addressIn(name: Uint8Array): IpAddress | undefined {
  const family = u16(name, 0);
  const octets = family === 2 ? name.subarray(4, 8) : family === 10 ? name.subarray(8, 24) : undefined;
  return octets && IpAddress.fromBytes(octets);
}
