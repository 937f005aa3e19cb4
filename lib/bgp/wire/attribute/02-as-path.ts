import type { WireContext } from '../context';
import { UPDATE_ERROR } from '../notification-codes';
import { type OctetWriter, read16, read32 } from '../octets';
import { type AsPathSegment, SEGMENT } from '../path-attributes';
import { type AttributeCodec, Malformed } from './attribute';

export type AsPath = readonly AsPathSegment[];

/**
 * AS_PATH (RFC 4271 section 5.1.2), with AS numbers of two or four octets, as the session has them (RFC 6793).
 * Malformed as RFC 7606 section 7.2 says, with AS 0 in it (RFC 7607 section 2), and with confederation segments from
 * outside the confederation (RFC 5065 section 5.1). With two-octet numbers the value contains AS_TRANS, which
 * `mergeAs4` replaces.
 */
export const asPath: AttributeCodec<AsPath> = {
  decode(bytes, start, end, context) {
    const path = decodeSegments(bytes, start, end, asSize(context));
    const stray = context.session === 'ebgp' && !(path instanceof Malformed) && path.some(isConfederation);
    return stray ? malformed('confederation segments come from outside the confederation') : path;
  },
  encode: (path, out, context) => encodeSegments(path, out, asSize(context)),
};

/** Octets of an AS number in AS_PATH and AGGREGATOR. */
export const asSize = (context: Pick<WireContext, 'as4'>): 2 | 4 => (context.as4 ? 4 : 2);

/** Reads path segments whose AS numbers have `size` octets. */
export function decodeSegments(bytes: Uint8Array, start: number, end: number, size: 2 | 4): AsPath | Malformed {
  const path: AsPathSegment[] = [];
  for (let at = start; at < end; ) {
    if (end - at < 2) return malformed('an octet is left over');
    const type = bytes[at];
    const count = bytes[at + 1];
    if (!isSegmentType(type)) return malformed(`unknown segment type ${type}`);
    if (count === 0) return malformed('a segment is empty');
    const next = at + 2 + count * size;
    if (next > end) return malformed('a segment exceeds the attribute');
    const members = new Array<number>(count);
    for (let i = 0; i < count; i++) {
      members[i] = size === 4 ? read32(bytes, at + 2 + 4 * i) : read16(bytes, at + 2 + 2 * i);
      if (members[i] === 0) return malformed('AS 0 is in the path');
    }
    path.push({ type, members });
    at = next;
  }
  return path;
}

/** Writes path segments; one of more than 255 members is written as several (RFC 4271 section 5.1.2). */
export function encodeSegments(path: AsPath, out: OctetWriter, size: 2 | 4): void {
  for (const { type, members } of path)
    for (let at = 0; at < members.length; at += 255) {
      const part = members.slice(at, at + 255);
      out.write8(type).write8(part.length);
      for (const as of part) size === 4 ? out.write32(as) : out.write16(as);
    }
}

/** Whether a segment was added within a confederation (RFC 5065 section 3). */
export const isConfederation = ({ type }: AsPathSegment): boolean =>
  type === SEGMENT.confedSequence || type === SEGMENT.confedSet;

/** Whether the path contains a set: deprecated by RFC 9774, but accepted and marked unless policy rejects it. */
export const hasSets = (path: AsPath): boolean =>
  path.some(({ type }) => type === SEGMENT.set || type === SEGMENT.confedSet);

const isSegmentType = (type: number): type is AsPathSegment['type'] => type >= SEGMENT.set && type <= SEGMENT.confedSet;

const malformed = (reason: string): Malformed => new Malformed(UPDATE_ERROR.malformedAsPath, reason);
