import type { AttributeCodec } from './attribute';

/** The octets as received: for attributes that this speaker passes on without reading them. */
export const raw: AttributeCodec<Uint8Array> = {
  decode: (bytes, start, end) => bytes.slice(start, end),
  encode: (value, out) => void out.write(value),
};
