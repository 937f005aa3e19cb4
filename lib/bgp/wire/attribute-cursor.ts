// The hot path: iterates over path attributes without allocating.
import { NO_OCTETS } from './octets';

/** Flag: the length has two octets (RFC 4271 section 4.3). */
const EXTENDED_LENGTH = 0x10;

/**
 * Iterates over path attributes: `cursor.start(…); while (cursor.next()) use(cursor.type, cursor.value, cursor.end)`.
 * Afterwards {@link isDone} says whether all were complete.
 */
export class AttributeCursor {
  /** Type code of the current attribute; 0 if not even the header was complete. */
  type = 0;
  /** Where its header and its value begin, and where it ends. */
  at = 0;
  value = 0;
  end = 0;
  private bytes: Uint8Array = NO_OCTETS;
  private limit = 0;

  /** Moves before the first attribute in a range from `start` to `limit`. */
  start(bytes: Uint8Array, start: number, limit: number): this {
    this.bytes = bytes;
    this.end = start;
    this.limit = limit;
    return this;
  }

  /** Reads the next header; false at the end, and if the attribute is incomplete. */
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

  /** Flags of the current attribute. */
  get flags(): number {
    return this.bytes[this.at];
  }

  /** All attributes were complete: the last one ended at the limit. */
  get isDone(): boolean {
    return this.at === this.limit;
  }

  /** Moves to the attribute of a type; false if there is none. The attributes must be in ascending order. */
  find(type: number): boolean {
    while (this.next()) if (this.type >= type) return this.type === type;
    return false;
  }
}
