// The hot path: routes are written directly into one buffer, message after message, without allocating anything for a
// route.
import { maxMessage, type WireContext } from './context';
import { type Family, numbersOf } from './family';
import { BGP_HEADER_LENGTH, MESSAGE, message, writeHeader } from './message';
import { NO_OCTETS } from './octets';

/**
 * Packs routes into as few UPDATE messages as possible. Begin a group with {@link announce} or {@link withdraw}, add
 * its routes, and {@link take} the octets. IPv4 unicast with an IPv4 next hop uses the fields of RFC 4271, everything
 * else MP_REACH_NLRI and MP_UNREACH_NLRI, which precede all other attributes (RFC 7606 section 5.1).
 */
export class UpdateWriter {
  private readonly buffer: Uint8Array;
  private readonly largest: number;
  private used = 0;
  /** Position of the current message; -1 if none is open. */
  private messageAt = -1;
  private routesAt = 0;
  private limit = 0;
  private group: Group = NO_GROUP;

  /** `capacity`: octets that may accumulate before {@link add} returns false, at least one message. */
  constructor(
    private readonly context: WireContext,
    capacity = 65536,
  ) {
    this.largest = maxMessage(context);
    this.buffer = new Uint8Array(Math.max(capacity, this.largest));
  }

  /** Octets written, including those of the open message. */
  get length(): number {
    return this.used;
  }

  /**
   * The following routes have these attributes (as `encodeAttributes` returns them for this family) and this next hop
   * of 4, 16 or 32 octets. One of 4 octets for `ipv4 unicast` is ignored, as the attributes contain it as NEXT_HOP.
   * False if the attributes leave no room for any route.
   */
  announce(family: Family, attributes: Uint8Array, nextHop: Uint8Array): boolean {
    const plain = family === 'ipv4 unicast' && nextHop.length === 4;
    return this.begin({
      family,
      attributes,
      nextHop,
      plain,
      reach: true,
      addPath: this.context.addPathSend.has(family),
    });
  }

  /** The following routes are withdrawn. */
  withdraw(family: Family): void {
    const plain = family === 'ipv4 unicast';
    const addPath = this.context.addPathSend.has(family);
    this.begin({ family, attributes: NO_OCTETS, nextHop: NO_OCTETS, plain, reach: false, addPath });
  }

  /**
   * Adds a route to the group: its address as 32-bit words (only the first for IPv4), its length and, with ADD-PATH,
   * its path identifier. False, and nothing added, if the buffer is full: take its contents and add the route again.
   */
  add(word0: number, word1: number, word2: number, word3: number, length: number, pathId = 0): boolean {
    const octets = (length + 7) >> 3;
    const size = octets + (this.group.addPath ? 5 : 1);
    if (this.messageAt < 0 || this.used + size > this.limit) {
      this.close();
      if (!this.open(size)) return false;
    }
    const buffer = this.buffer;
    let at = this.used;
    if (this.group.addPath) {
      put32(buffer, at, pathId);
      at += 4;
    }
    buffer[at++] = length;
    for (let i = 0; i < octets; i++) {
      const word = i < 4 ? word0 : i < 8 ? word1 : i < 12 ? word2 : word3;
      buffer[at++] = word >>> (24 - 8 * (i & 3));
    }
    this.used = at;
    return true;
  }

  /** The same for an address of 4 or 16 octets. */
  addBytes(address: Uint8Array, length: number, pathId = 0): boolean {
    const word = (at: number) =>
      (address[at] << 24) | (address[at + 1] << 16) | (address[at + 2] << 8) | address[at + 3];
    return address.length === 4
      ? this.add(word(0), 0, 0, 0, length, pathId)
      : this.add(word(0), word(4), word(8), word(12), length, pathId);
  }

  /** Adds the End-of-RIB of a family (RFC 4724 section 2) and ends the group; false if the buffer is full. */
  endOfRib(family: Family): boolean {
    this.close();
    const octets = endOfRib(family);
    if (this.used + octets.length > this.buffer.length) return false;
    this.buffer.set(octets, this.used);
    this.used += octets.length;
    this.group = NO_GROUP;
    return true;
  }

  /** Returns a copy of all messages so far and empties the buffer; the group continues. */
  take(): Uint8Array {
    this.close();
    const octets = this.buffer.slice(0, this.used);
    this.used = 0;
    return octets;
  }

  private begin(group: Group): boolean {
    this.close();
    this.group = group;
    return headLength(group) + 17 + (group.addPath ? 4 : 0) <= this.largest;
  }

  /** Opens a message of the group with room for a route of `size` octets. */
  private open(size: number): boolean {
    const { buffer, group } = this;
    const start = this.used;
    if (group === NO_GROUP || start + headLength(group) + size > Math.min(buffer.length, start + this.largest))
      return false;
    this.messageAt = start;
    let at = start + BGP_HEADER_LENGTH;
    if (group.plain && !group.reach) {
      this.routesAt = at + 2;
      this.used = at + 2;
      // The length of the path attributes, zero, follows the routes.
      this.limit = Math.min(buffer.length, start + this.largest) - 2;
      return true;
    }
    put16(buffer, at, 0);
    at += 4;
    if (group.plain) {
      put16(buffer, at - 2, group.attributes.length);
      buffer.set(group.attributes, at);
      this.routesAt = this.used = at + group.attributes.length;
      this.limit = Math.min(buffer.length, start + this.largest);
      return true;
    }
    const { afi, safi } = numbersOf(group.family);
    buffer.set([0x90, group.reach ? 14 : 15, 0, 0, afi >>> 8, afi, safi], at);
    at += 7;
    if (group.reach) {
      buffer[at++] = group.nextHop.length;
      buffer.set(group.nextHop, at);
      at += group.nextHop.length;
      buffer[at++] = 0;
    }
    this.routesAt = this.used = at;
    // The other attributes follow the routes.
    this.limit = Math.min(buffer.length, start + this.largest) - group.attributes.length;
    return true;
  }

  /** Closes the open message: writes what follows its routes, and its lengths. */
  private close(): void {
    if (this.messageAt < 0) return;
    const { buffer, group, messageAt: start } = this;
    if (group.plain && !group.reach) {
      put16(buffer, this.routesAt - 2, this.used - this.routesAt);
      put16(buffer, this.used, 0);
      this.used += 2;
    } else if (!group.plain) {
      const attribute = start + BGP_HEADER_LENGTH + 4;
      put16(buffer, attribute + 2, this.used - attribute - 4);
      buffer.set(group.attributes, this.used);
      this.used += group.attributes.length;
      put16(buffer, attribute - 2, this.used - attribute);
    }
    writeHeader(buffer, start, this.used - start, MESSAGE.update);
    this.messageAt = -1;
  }
}

/**
 * A complete End-of-RIB message: an empty UPDATE for IPv4 unicast, otherwise one with an empty MP_UNREACH_NLRI (RFC
 * 4724 section 2).
 */
export function endOfRib(family: Family): Uint8Array {
  if (family === 'ipv4 unicast') return message(MESSAGE.update, new Uint8Array(4));
  const { afi, safi } = numbersOf(family);
  return message(MESSAGE.update, Uint8Array.of(0, 0, 0, 6, 0x80, 15, 3, afi >>> 8, afi, safi));
}

/** Parameters common to the messages of a group. `plain`: in the fields of RFC 4271. */
interface Group {
  readonly family: Family;
  readonly attributes: Uint8Array;
  readonly nextHop: Uint8Array;
  readonly plain: boolean;
  readonly reach: boolean;
  readonly addPath: boolean;
}

const NO_GROUP: Group = {
  ...{ family: 'ipv4 unicast', attributes: NO_OCTETS, nextHop: NO_OCTETS },
  ...{ plain: true, reach: false, addPath: false },
};

/** Octets of a message of the group without any route. */
function headLength({ plain, reach, attributes, nextHop }: Group): number {
  const multiprotocol = plain ? 0 : 7 + (reach ? 2 + nextHop.length : 0);
  return BGP_HEADER_LENGTH + 4 + multiprotocol + attributes.length;
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at, value >>> 16);
  put16(bytes, at + 2, value);
}
