// The hot path: checkNlri and NlriCursor allocate nothing for a prefix. Words are signed 32-bit numbers, as these stay
// unboxed.
import { ADDRESS_BITS, type AddressFamily, IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { type OctetWriter, signed32 } from './octets';

/** One prefix of an NLRI field, with its path identifier under ADD-PATH (RFC 7911 section 3). */
export interface Nlri {
  readonly prefix: Prefix;
  /** 32 bits, unsigned. */
  readonly pathId?: number;
}

/** Whether the prefixes from `start` to `end` are syntactically correct: RFC 7606 section 5.3, RFC 7911 section 5. */
export function checkNlri(bytes: Uint8Array, start: number, end: number, bits: number, addPath: boolean): boolean {
  let at = start;
  while (at < end) {
    if (addPath) at += 4;
    if (at >= end) return false;
    const length = bytes[at];
    if (length > bits) return false;
    at += 1 + ((length + 7) >> 3);
  }
  return at === end;
}

/**
 * Iterates over a field that {@link checkNlri} found correct, without allocating: `cursor.start(...); while
 * (cursor.next()) use(cursor.word0, cursor.length)`. Bits beyond the length are cleared.
 */
export class NlriCursor {
  /** Length of the current prefix in bits. */
  length = 0;
  /** Path identifier with ADD-PATH, signed 32 bits; otherwise 0. */
  pathId = 0;
  /** The first 32 bits of the address, signed: all of an IPv4 prefix. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private addPath = false;

  /** Moves to the beginning of a field. */
  start(bytes: Uint8Array, start: number, end: number, addPath: boolean): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.addPath = addPath;
  }

  /** Reads the next prefix into the fields; false at the end. */
  next(): boolean {
    let at = this.at;
    if (at >= this.end) return false;
    const bytes = this.bytes;
    if (this.addPath) {
      this.pathId = signed32(bytes, at);
      at += 4;
    } else this.pathId = 0;
    const length = bytes[at++];
    this.length = length;
    this.word0 = word(bytes, at, length);
    if (length > 32) {
      this.word1 = word(bytes, at + 4, length - 32);
      this.word2 = length > 64 ? word(bytes, at + 8, length - 64) : 0;
      this.word3 = length > 96 ? word(bytes, at + 12, length - 96) : 0;
    } else {
      this.word1 = 0;
      this.word2 = 0;
      this.word3 = 0;
    }
    this.at = at + ((length + 7) >> 3);
    return true;
  }
}

/** Up to 32 bits at `at`, those after the first `bits` cleared; reads no octet beyond the prefix. */
function word(bytes: Uint8Array, at: number, bits: number): number {
  if (bits >= 32) return signed32(bytes, at);
  if (bits > 24)
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) & (-1 << (32 - bits));
  if (bits > 16) return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8)) & (-1 << (32 - bits));
  if (bits > 8) return ((bytes[at] << 24) | (bytes[at + 1] << 16)) & (-1 << (32 - bits));
  if (bits > 0) return (bytes[at] << 24) & (-1 << (32 - bits));
  return 0;
}

/** Reads the field into values; undefined if it is malformed. Not for the hot path. */
export function decodeNlri(
  bytes: Uint8Array,
  start: number,
  end: number,
  family: AddressFamily,
  addPath: boolean,
): Nlri[] | undefined {
  if (!checkNlri(bytes, start, end, ADDRESS_BITS[family], addPath)) return undefined;
  const cursor = new NlriCursor();
  const all: Nlri[] = [];
  cursor.start(bytes, start, end, addPath);
  while (cursor.next()) {
    const prefix = prefixOf(family, cursor.word0, cursor.word1, cursor.word2, cursor.word3, cursor.length);
    all.push(addPath ? { prefix, pathId: cursor.pathId >>> 0 } : { prefix });
  }
  return all;
}

/** The prefix with these address words (only the first for IPv4) and this length. */
export function prefixOf(
  family: AddressFamily,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  length: number,
): Prefix {
  const words = family === 'ipv4' ? [word0] : [word0, word1, word2, word3];
  const octets = words.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
  return Prefix.of(IpAddress.fromBytes(Uint8Array.from(octets)), length);
}

/** Writes prefixes as an NLRI field. With ADD-PATH, one without a path identifier gets 0. */
export function encodeNlri(routes: readonly Nlri[], addPath: boolean, out: OctetWriter): void {
  for (const { prefix, pathId } of routes) {
    if (addPath) out.write32(pathId ?? 0);
    out.write8(prefix.length).write(prefix.address.bytes.subarray(0, (prefix.length + 7) >> 3));
  }
}
