import type { WireContext } from '../context';
import { UPDATE_ERROR } from '../notification-codes';
import type { OctetWriter } from '../octets';
import type { PathAttributes } from '../path-attributes';
import type { Handling } from '../verdict';
import type { AdvertisementRule } from './advertisement';

/** Attribute flags (RFC 4271 section 4.3). */
export const ATTRIBUTE_FLAG = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

/** Why the octets of an attribute are malformed; the attribute's row defines the consequence. */
export class Malformed {
  constructor(
    /** Subcode of UPDATE Message Error (RFC 4271 section 6.3), if only a reset remains. */
    readonly subcode: number,
    /** For display: `the length is 3, not 4`. */
    readonly reason: string,
  ) {}
}

/** Malformed in a way that RFC 4271 has no subcode for: Optional Attribute Error. */
export const malformed = (reason: string): Malformed => new Malformed(UPDATE_ERROR.optionalAttribute, reason);

/** Decodes and encodes the value of one attribute. */
export interface AttributeCodec<T> {
  /** Reads the value from `start` to `end`, never beyond. */
  decode(bytes: Uint8Array, start: number, end: number, context: WireContext): T | Malformed;
  /** Writes the value, without flags, type and length. */
  encode(value: T, out: OctetWriter, context: WireContext): void;
}

/** One row of the table of attributes. */
export interface AttributeRow<T = unknown> {
  /** IANA type code. */
  readonly type: number;
  readonly name: string;
  /** The Optional and Transitive bits it must have. */
  readonly flags: number;
  /** The handling of a malformed one (RFC 7606 section 7 and the attribute's own RFC). */
  readonly malformed: Handling;
  /** The handling of a wrong Optional or Transitive bit (RFC 7606 section 3 c). */
  readonly wrongOptional: Handling;
  readonly wrongTransitive: Handling;
  /** Discarded if received from an external neighbour, whatever its value (RFC 7606 section 7, RFC 4456). */
  readonly internal: boolean;
  /**
   * The field of its value among a route's attributes. Absent: it is stored in `unknown`, or merged or handled
   * separately.
   */
  readonly field?: keyof PathAttributes;
  readonly codec: AttributeCodec<T>;
  /** How it is passed on to neighbours. Default: unchanged. */
  readonly advertised?: AdvertisementRule;
}

/** An attribute as it was in a message: decoded value and received flags. Encodes to the octets it was decoded from. */
export interface Attribute<T = unknown> {
  readonly row: AttributeRow<T>;
  readonly flags: number;
  readonly value: T;
}

/**
 * Writes an attribute: flags, type, length, value. The length has two octets if necessary or if the flags specify it.
 */
export function encodeAttribute<T>({ row, flags, value }: Attribute<T>, out: OctetWriter, context: WireContext): void {
  const start = out.length;
  out
    .write8(flags | ATTRIBUTE_FLAG.extendedLength)
    .write8(row.type)
    .write16(0);
  row.codec.encode(value, out, context);
  const length = out.length - start - 4;
  if (length <= 255 && (flags & ATTRIBUTE_FLAG.extendedLength) === 0) {
    out.remove(start + 3, 1);
    out.patch8(start, flags);
    out.patch8(start + 2, length);
  } else out.patch16(start + 2, length);
}
