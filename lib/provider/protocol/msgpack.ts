import { decode, Encoder, ExtData, type ExtensionCodecType } from '@msgpack/msgpack';
import { AsWritten, isValues, mapValues, UNKNOWN, type Value, type Values } from '../value';

/** Terraform's extension types: 0 is an unknown value, 12 an unknown with refinements. All are decoded as unknown. */
const codec: ExtensionCodecType<undefined> = {
  tryToEncode: (value) => (value === UNKNOWN ? new ExtData(0, Uint8Array.of(0)) : null),
  decode: () => UNKNOWN,
};

/** Decodes octets to an untyped value. Every extension is an unknown. Throws if the octets are not valid msgpack. */
export const unpack = (bytes: Uint8Array): unknown => decode(bytes, { extensionCodec: codec });

/**
 * Encodes a value; undefined becomes nil. An {@link AsWritten} value is encoded with its type, and is only supported as
 * an attribute of a resource, not deeper.
 */
export const pack = (value: unknown): Uint8Array =>
  new Encoder({ extensionCodec: codec }).encode(isValues(value as Value) ? mapValues(value as Values, typed) : value);

const typed = (value: unknown): unknown =>
  value instanceof AsWritten ? [Buffer.from(value.type), value.value] : value;
