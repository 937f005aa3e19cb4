import { decode, Encoder, ExtData, ExtensionCodec } from '@msgpack/msgpack';
import { UNKNOWN } from '../value';

/** Terraform's extensions: 0 is an unknown value, 12 an unknown of which something is known; this provider needs no more than "unknown". */
const EXTENSION = { unknown: 0, refined: 12 } as const;

const codec = new ExtensionCodec();
codec.register({
  type: EXTENSION.unknown,
  encode: (value) => (value === UNKNOWN ? Uint8Array.of(0) : null),
  decode: () => UNKNOWN,
});
codec.register({ type: EXTENSION.refined, encode: () => null, decode: () => UNKNOWN });

/** Octets to a raw value; any extension is an unknown. Throws where the octets are no msgpack. */
export const unpack = (bytes: Uint8Array): unknown => plain(decode(bytes, { extensionCodec: codec }));

/** A value to octets; undefined becomes nil. */
export const pack = (value: unknown): Uint8Array => new Encoder({ extensionCodec: codec }).encode(value);

/** Extensions of other numbers come as data of their own class. */
function plain(value: unknown): unknown {
  if (value instanceof ExtData) return UNKNOWN;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  for (const [key, inner] of Object.entries(value)) (value as Record<string, unknown>)[key] = plain(inner);
  return value;
}
