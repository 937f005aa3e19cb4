// The hot path: the one walk over path attributes; allocates nothing.
import { NO_OCTETS } from './octets';

/** Flag: the length has two octets (RFC 4271 section 4.3). */
const EXTENDED_LENGTH = 0x10;

/**
 * Goes from one path attribute to the next:
 * `cursor.start(…); while (cursor.next()) use(cursor.type, cursor.value, cursor.end)`. Whether what it went over was
 * whole says {@link isDone} afterwards.
 */
export class AttributeCursor {
  /** Type code of the attribute at hand; 0 where not even the header was whole. */
  type = 0;
  /** Where its header and its value begin, and where it ends. */
  at = 0;
  value = 0;
  end = 0;
  private bytes: Uint8Array = NO_OCTETS;
  private limit = 0;

  /** Goes before the first attribute of those from `start` to `limit`. */
  start(bytes: Uint8Array, start: number, limit: number): this {
    this.bytes = bytes;
    this.end = start;
    this.limit = limit;
    return this;
  }

  /** Reads the next header; false at the end, and where the attribute is not whole. */
  next(): boolean {
    const { bytes, limit, end: at } = this;
    this.at = at;
    this.type = 0;
    if (at >= limit) return false;
    const value = at + ((bytes[at] & EXTENDED_LENGTH) !== 0 ? 4 : 3);
    if (value > limit) return false;
    this.type = bytes[at + 1];
    this.value = value;
    this.end = value + (value - at === 4 ? (bytes[at + 2] << 8) | bytes[at + 3] : bytes[at + 2]);
    return this.end <= limit;
  }

  /** Flags of the attribute at hand. */
  get flags(): number {
    return this.bytes[this.at];
  }

  /** All attributes were whole: the last one ended where they were to end. */
  get isDone(): boolean {
    return this.at === this.limit;
  }

  /** Goes to the attribute of a type, of attributes that are in ascending order; false where there is none. */
  find(type: number): boolean {
    while (this.next()) if (this.type >= type) return this.type === type;
    return false;
  }
}
