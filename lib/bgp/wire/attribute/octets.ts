// Near the hot path: writes parts of path attributes directly to octets. Each function returns the end position.

/** Copies octets from `start` to `end`. */
export function copy(octets: Uint8Array, start: number, end: number, out: Uint8Array, position: number): number {
  let at = position;
  for (let i = start; i < end; i++) out[at++] = octets[i];
  return at;
}

/** Writes the header of an attribute: flags, type and length. */
export function writeAttributeHeader(out: Uint8Array, at: number, flags: number, type: number, length: number): number {
  out[at + 1] = type;
  if (length <= 255) {
    out[at] = flags;
    out[at + 2] = length;
    return at + 3;
  }
  out[at] = flags | 0x10;
  out[at + 2] = length >>> 8;
  out[at + 3] = length;
  return at + 4;
}

/** Writes an attribute of four octets. */
export function write32(out: Uint8Array, at: number, flags: number, type: number, value: number): number {
  return writeWord(out, writeAttributeHeader(out, at, flags, type, 4), value);
}

export function writeWord(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}
