import { decode, Encoder, ExtData, type ExtensionCodecType } from '@msgpack/msgpack';
import { AsWritten, isValues, mapValues, UNKNOWN, type Value, type Values } from '../value';

/**
 * Terraform's extensions: 0 is an unknown value, 12 an unknown of which something is known; this provider needs no more
 * than "unknown", of whatever number.
 */
const codec: ExtensionCodecType<undefined> = {
  tryToEncode: (value) => (value === UNKNOWN ? new ExtData(0, Uint8Array.of(0)) : null),
  decode: () => UNKNOWN,
};

/** Octets to a raw value; any extension is an unknown. Throws where the octets are no msgpack. */
export const unpack = (bytes: Uint8Array): unknown => decode(bytes, { extensionCodec: codec });

/**
 * A value to octets; undefined becomes nil. What is as it was written goes with its type: it can be an attribute of a
 * resource, and nothing deeper.
 */
export const pack = (value: unknown): Uint8Array =>
  new Encoder({ extensionCodec: codec }).encode(isValues(value as Value) ? mapValues(value as Values, typed) : value);

const typed = (value: unknown): unknown =>
  value instanceof AsWritten ? [Buffer.from(value.type), value.value] : value;
