import { align, putU16, putU32, u16 } from './octets';

/** An attribute (struct rtattr): a type, flags in the two upper bits of the type, and octets. */
export interface NetlinkAttribute {
  readonly type: number;
  /** NLA_F_NESTED 0x8000 and NLA_F_NET_BYTEORDER 0x4000, as received. */
  readonly flags: number;
  readonly value: Uint8Array;
}

const TYPE_MASK = 0x3fff;

/**
 * Reads the attributes in [start, end), in order. Undefined if malformed: a length below four, one beyond the end, or
 * trailing octets. Values are views of `bytes`, not copies.
 */
export function readAttributes(bytes: Uint8Array, start: number, end: number): NetlinkAttribute[] | undefined {
  const attributes: NetlinkAttribute[] = [];
  let at = start;
  while (at < end) {
    if (at + 4 > end) return undefined;
    const length = u16(bytes, at);
    const type = u16(bytes, at + 2);
    if (length < 4 || at + length > end) return undefined;
    attributes.push({ type: type & TYPE_MASK, flags: type & ~TYPE_MASK, value: bytes.subarray(at + 4, at + length) });
    at += align(length); // the last attribute may be unpadded
  }
  return attributes;
}

/** Encodes attributes, each padded to a multiple of four octets. */
export function writeNetlinkAttributes(attributes: readonly NetlinkAttribute[]): Uint8Array {
  const bytes = new Uint8Array(attributes.reduce((sum, { value }) => sum + 4 + align(value.length), 0));
  let at = 0;
  for (const { type, flags, value } of attributes) {
    putU16(bytes, at, 4 + value.length);
    putU16(bytes, at + 2, type | flags);
    bytes.set(value, at + 4);
    at += 4 + align(value.length);
  }
  return bytes;
}

/** The first attribute of a type, or undefined. */
export const find = (attributes: readonly NetlinkAttribute[], type: number): NetlinkAttribute | undefined =>
  attributes.find((attribute) => attribute.type === type);

export const attribute = (type: number, value: Uint8Array, flags = 0): NetlinkAttribute => ({ type, flags, value });

/** An attribute with a 32-bit value. */
export function attributeU32(type: number, value: number): NetlinkAttribute {
  const bytes = new Uint8Array(4);
  putU32(bytes, 0, value);
  return attribute(type, bytes);
}
