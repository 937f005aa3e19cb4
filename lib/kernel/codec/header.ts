import { align, putU16, putU32, u16, u32 } from './octets';

/** Octets of struct nlmsghdr. */
export const NLMSG_HEADER_LENGTH = 16;

/** Message types (linux/netlink.h, linux/rtnetlink.h). */
export const TYPE = {
  noop: 1,
  error: 2,
  done: 3,
  overrun: 4,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newRule: 32,
  delRule: 33,
  getRule: 34,
  newNexthop: 104,
  delNexthop: 105,
  getNexthop: 106,
} as const;

/** Message flags; the upper ones depend on the kind of request or response. */
export const NLM_FLAG = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  /** In a dump response: the tables changed during the dump, which may be inconsistent. */
  dumpInterrupted: 0x10,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  /** In an error: only the header of the request is repeated. */
  capped: 0x100,
  /** In an error: attributes follow. */
  ackAttributes: 0x200,
} as const;

/** One message within a buffer: struct nlmsghdr and the position of its payload. */
export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  /** Port id of the socket whose request caused this; 0 for the kernel itself. */
  port: number;
  /** The payload lies in [start, end) of the buffer. */
  start: number;
  end: number;
}

/**
 * Reads the message at `at`; undefined if it is not complete before `limit`. The next one begins at {@link
 * nextMessage}. `into` is filled and returned, so that a loop over a million messages allocates nothing.
 */
export function readMessage(
  bytes: Uint8Array,
  at: number,
  limit: number,
  into: NetlinkMessage,
): NetlinkMessage | undefined {
  if (at + NLMSG_HEADER_LENGTH > limit) return undefined;
  const length = u32(bytes, at);
  if (length < NLMSG_HEADER_LENGTH || length > limit - at) return undefined;
  into.type = u16(bytes, at + 4);
  into.flags = u16(bytes, at + 6);
  into.sequence = u32(bytes, at + 8);
  into.port = u32(bytes, at + 12);
  into.start = at + NLMSG_HEADER_LENGTH;
  into.end = at + length;
  return into;
}

/** Where the message after `message` begins. */
export const nextMessage = (message: NetlinkMessage): number => message.start + align(message.end - message.start);

/** An empty target for {@link readMessage}. */
export const emptyMessage = (): NetlinkMessage => ({ type: 0, flags: 0, sequence: 0, port: 0, start: 0, end: 0 });

/** Writes struct nlmsghdr for a message of `length` octets, including the header; the kernel fills in the port id. */
export function writeNetlinkHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  sequence: number,
): void {
  putU32(bytes, at, length);
  putU16(bytes, at + 4, type);
  putU16(bytes, at + 6, flags);
  putU32(bytes, at + 8, sequence);
  putU32(bytes, at + 12, 0);
}

/** A complete message with this payload. */
export function netlinkMessage(type: number, flags: number, sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(NLMSG_HEADER_LENGTH + payload.length);
  writeNetlinkHeader(bytes, 0, bytes.length, type, flags, sequence);
  bytes.set(payload, NLMSG_HEADER_LENGTH);
  return bytes;
}
