import type { IpAddress } from '../../model/address';
import { TYPE } from './header';
import { putU16, putU32 } from './octets';

/**
 * Classic BPF programs that filter the echo of our own writes from a monitor socket: 400,000 such events cost 1.2 s of
 * CPU and slow down writing. Loads of more than one octet are big-endian on every machine.
 */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const LOAD = { word: 0x20, half: 0x28, octet: 0x30 } as const;
const JUMP_EQUAL = 0x15;
const JUMP_NOT_LESS = 0x35;
const AND = 0x54;
/** Loads a random number (SKF_AD_OFF + SKF_AD_RANDOM). */
const RANDOM = 0xfffff000 + 56;
/** Offsets relative to the network header (SKF_NET_OFF). */
const NETWORK_HEADER = 0xfff00000;
/** Offset of the TTL or hop limit in the network header. */
const HOP_LIMIT = { ipv4: 8, ipv6: 7 } as const;
/** And of the source address. */
const SOURCE = { ipv4: 12, ipv6: 8 } as const;
const RETURN = 0x06;
const ACCEPT = 0xffff;

const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >>> 8);
const swap32 = (value: number): number =>
  (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;

/** Drops events caused by one socket's requests (nlmsg_pid). Changes that others make to our routes still arrive. */
export const dropCausedBy = (port: number): Uint8Array =>
  program([
    [LOAD.word, 0, 0, 12],
    [JUMP_EQUAL, 0, 1, swap32(port)],
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, ACCEPT],
  ]);

/** Drops route events of one protocol, no matter what caused them. */
export const dropRoutesOf = (protocol: number): Uint8Array =>
  program([
    [LOAD.half, 0, 0, 4],
    [JUMP_EQUAL, 1, 0, swap16(TYPE.newRoute)],
    [JUMP_EQUAL, 0, 3, swap16(TYPE.delRoute)],
    [LOAD.octet, 0, 0, 16 + 5],
    [JUMP_EQUAL, 0, 1, protocol],
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, ACCEPT],
  ]);

/** Of the datagrams that are not wanted one in so many, a power of two, is let through. */
const SAMPLE = 8;

/** Drops a datagram, unless it is one of the sample. */
const DROP: readonly Instruction[] = [
  [LOAD.word, 0, 0, RANDOM],
  [AND, 0, 0, SAMPLE - 1],
  [JUMP_EQUAL, 0, 1, 0],
  [RETURN, 0, 0, ACCEPT],
  [RETURN, 0, 0, 0],
];

/** What a socket for datagrams expects. */
export interface Expected {
  /** Minimum TTL or hop limit (GTSM, RFC 5082): that of a datagram that was not forwarded is 255. */
  readonly minimumTtl: number;
  /** The only senders. Default: any. */
  readonly sources?: readonly IpAddress[];
}

/**
 * Drops datagrams with too low a TTL or hop limit, for which IP_MINTTL has no effect on UDP, and those of other
 * senders. Some are let through, and must be discarded later: they show what arrives, and what a flood of them costs is
 * a fraction.
 */
export function dropUnexpected(family: IpAddress['family'], { minimumTtl, sources }: Expected): Uint8Array {
  const near: readonly Instruction[] = [
    [LOAD.octet, 0, 0, NETWORK_HEADER + HOP_LIMIT[family]],
    [JUMP_NOT_LESS, DROP.length, 0, minimumTtl],
    ...DROP,
  ];
  return program([
    ...(minimumTtl > 1 ? near : []),
    ...(sources ? [...sources.flatMap(acceptFrom), ...DROP] : [[RETURN, 0, 0, ACCEPT] as const]),
  ]);
}

/** Accepts a datagram of this sender; continues with any other. */
function acceptFrom({ family, bytes }: IpAddress): Instruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => i).reverse(); // the last one differs most
  return [
    ...words.flatMap((word, done): Instruction[] => [
      [LOAD.word, 0, 0, NETWORK_HEADER + SOURCE[family] + 4 * word],
      [JUMP_EQUAL, 0, 2 * (words.length - done) - 1, view.getUint32(4 * word)],
    ]),
    [RETURN, 0, 0, ACCEPT],
  ];
}

function program(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * instructions.length);
  for (const [i, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    putU16(bytes, 8 * i, code);
    bytes.set([ifTrue, ifFalse], 8 * i + 2);
    putU32(bytes, 8 * i + 4, value);
  }
  return bytes;
}
