import { ADDRESS_BITS, type AddressFamily, IpAddress } from './address';
import { Problem } from './problem';

/** An IPv4 or IPv6 prefix; the bits beyond its length are always zero. */
export class Prefix {
  private constructor(
    /** The network address. */
    readonly address: IpAddress,
    /** 0 to 32, or 0 to 128. */
    readonly length: number,
  ) {}

  /** Parses `10.0.0.0/8`. Host bits are cleared: `10.1.2.3/8` is the same prefix. */
  static parse(input: unknown): Prefix | Problem {
    if (input instanceof Prefix) return input;
    const match = typeof input === 'string' ? /^([^/]+)\/(\d{1,3})$/.exec(input) : null;
    const address = match ? IpAddress.parse(match[1]) : undefined;
    if (!match || !(address instanceof IpAddress))
      return Problem.of('prefix', `${JSON.stringify(input)} is not a valid prefix`);
    const length = Number(match[2]);
    if (length > ADDRESS_BITS[address.family])
      return Problem.of('prefix', `${input} is longer than /${ADDRESS_BITS[address.family]}`);
    return Prefix.of(address, length);
  }

  /** The prefix of the given length that contains `address`. */
  static of(address: IpAddress, length: number): Prefix {
    const bytes = address.bytes.slice();
    for (let i = 0; i < bytes.length; i++) {
      const kept = Math.min(8, Math.max(0, length - 8 * i));
      bytes[i] &= 0xff00 >> kept;
    }
    return new Prefix(IpAddress.fromBytes(bytes), length);
  }

  /** The /32 or /128 of an address. */
  static host(address: IpAddress): Prefix {
    return new Prefix(address, ADDRESS_BITS[address.family]);
  }

  get family(): AddressFamily {
    return this.address.family;
  }

  /** Whether `other` is equal to or within this prefix. */
  contains(other: Prefix): boolean {
    if (this.family !== other.family || this.length > other.length) return false;
    const own = this.address.bytes;
    const theirs = other.address.bytes;
    const whole = this.length >> 3;
    const rest = this.length & 7;
    for (let i = 0; i < whole; i++) if (own[i] !== theirs[i]) return false;
    return rest === 0 || (own[whole] ^ theirs[whole]) >> (8 - rest) === 0;
  }

  equals(other: Prefix): boolean {
    return this.length === other.length && this.address.equals(other.address);
  }

  /** By address, then by length, shortest first. */
  compare(other: Prefix): number {
    return this.address.compare(other.address) || this.length - other.length;
  }

  toString(): string {
    return `${this.address}/${this.length}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
