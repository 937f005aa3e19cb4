import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Octets that packed text may have once it is unpacked. */
const LARGEST = 64 * 1024 * 1024;

/** A value as short text, to be kept or sent where text goes. */
export const packJson = (value: unknown): string => deflateRawSync(JSON.stringify(value)).toString('base64');

/** Reads what {@link packJson} wrote; undefined: it did not. */
export function unpackJson(text: string): unknown {
  try {
    const octets = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: LARGEST });
    return JSON.parse(octets.toString('utf8'));
  } catch {
    return undefined;
  }
}
