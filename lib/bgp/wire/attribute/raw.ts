import type { AttributeCodec } from './attribute';

/** Octets as they are: attributes that this speaker passes on and does not read. */
export const raw: AttributeCodec<Uint8Array> = {
  decode: (bytes, start, end) => bytes.slice(start, end),
  encode: (value, out) => void out.write(value),
};
