import { type AsPath, decodeSegments, encodeSegments } from './02-as-path';
import type { AttributeCodec } from './attribute';
import { wrongLength } from './length';

/**
 * AS4_PATH (RFC 6793 section 3): the four-octet AS numbers that do not fit into an AS_PATH of two-octet ones. Malformed
 * as its section 6 says.
 */
export const as4Path: AttributeCodec<AsPath> = {
  decode: (bytes, start, end) =>
    end - start < 6 ? wrongLength(end - start, 'at least 6') : decodeSegments(bytes, start, end, 4),
  encode: (path, out) => encodeSegments(path, out, 4),
};
