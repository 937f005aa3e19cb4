import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Maximum size of unpacked text in octets. */
const LARGEST = 64 * 1024 * 1024;

/** Packs a value into a short string, for text-only storage or transport. */
export const packJson = (value: unknown): string => deflateRawSync(JSON.stringify(value)).toString('base64');

/** Reads what {@link packJson} wrote; undefined if it is invalid. */
export function unpackJson(text: string): unknown {
  try {
    const octets = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: LARGEST });
    return JSON.parse(octets.toString('utf8'));
  } catch {
    return undefined;
  }
}
