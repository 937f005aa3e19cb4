import { decode, Encoder, ExtData, type ExtensionCodecType } from '@msgpack/msgpack';
import { UNKNOWN } from '../value';

/** Terraform's extensions: 0 is an unknown value, 12 an unknown of which something is known; this provider needs no more than "unknown", of whatever number. */
const codec: ExtensionCodecType<undefined> = {
  tryToEncode: (value) => (value === UNKNOWN ? new ExtData(0, Uint8Array.of(0)) : null),
  decode: () => UNKNOWN,
};

/** Octets to a raw value; any extension is an unknown. Throws where the octets are no msgpack. */
export const unpack = (bytes: Uint8Array): unknown => decode(bytes, { extensionCodec: codec });

/** A value to octets; undefined becomes nil. */
export const pack = (value: unknown): Uint8Array => new Encoder({ extensionCodec: codec }).encode(value);
