import { Problem } from './problem';

/** An address family: of a session, a prefix or an address. */
export type AddressFamily = 'ipv4' | 'ipv6';

export const ADDRESS_FAMILIES: readonly AddressFamily[] = ['ipv4', 'ipv6'];

/** Family of a valid address, prefix or range, taken from its text. */
export const familyOfText = (text: string): AddressFamily => (/[:%]/.test(text) ? 'ipv6' : 'ipv4');

/** Bits in an address of each family. */
export const ADDRESS_BITS: Record<AddressFamily, number> = { ipv4: 32, ipv6: 128 };

/** An IPv4 or IPv6 address without zone or mask. */
export class IpAddress {
  private constructor(
    readonly family: AddressFamily,
    /** Network order, 4 or 16 octets. Read-only. */
    readonly bytes: Uint8Array,
    /** The name of an end of a link without addresses, see {@link IpAddress.ofLink}. */
    private readonly link?: string,
  ) {}

  static parse(input: unknown): IpAddress | Problem {
    if (input instanceof IpAddress) return input;
    const bytes = typeof input === 'string' ? (input.includes(':') ? v6(input) : v4(input)) : undefined;
    if (bytes) return IpAddress.fromBytes(bytes);
    return typeof input === 'string' && ZONED.test(input)
      ? Problem.of('address-zone', `${JSON.stringify(input)} names an interface, and an address does not`)
      : Problem.of('address', `${JSON.stringify(input)} is not a valid IPv4 or IPv6 address`);
  }

  /** From 4 or 16 octets in network order. The octets are copied. */
  static fromBytes(bytes: Uint8Array): IpAddress {
    if (bytes.length !== 4 && bytes.length !== 16)
      throw new RangeError(`an address has 4 or 16 octets, not ${bytes.length}`);
    return new IpAddress(bytes.length === 4 ? 'ipv4' : 'ipv6', bytes.slice());
  }

  /**
   * The end of a link without addresses, `node1%eth0`: stands for the link-local address that is only known on the
   * link.
   */
  static ofLink(name: string): IpAddress {
    return new IpAddress('ipv6', standIn(name), name);
  }

  /** An address, or the name of an {@link ofLink end of a link}: how sessions name their ends in keys and statuses. */
  static parseEnd(input: unknown): IpAddress | Problem {
    return typeof input === 'string' && LINK_END.test(input) ? IpAddress.ofLink(input) : IpAddress.parse(input);
  }

  /** Compares from the end: addresses that are compared mostly share their leading octets. */
  equals({ bytes }: IpAddress): boolean {
    if (bytes.length !== this.bytes.length) return false;
    for (let i = bytes.length - 1; i >= 0; i--) if (bytes[i] !== this.bytes[i]) return false;
    return true;
  }

  /** IPv4 before IPv6, then by octets. */
  compare(other: IpAddress): number {
    if (this.family !== other.family) return this.family === 'ipv4' ? -1 : 1;
    return compareBytes(this.bytes, other.bytes);
  }

  /** fe80::/10, RFC 4291 section 2.5.6. */
  get isLinkLocal(): boolean {
    return this.family === 'ipv6' && this.bytes[0] === 0xfe && (this.bytes[1] & 0xc0) === 0x80;
  }

  /** Whether it can be the address of a single machine that others can reach. */
  get isHost(): boolean {
    return this.otherThanHost === undefined;
  }

  /**
   * The kind of address if it cannot belong to a single machine, or not be reached without an interface (link-local).
   */
  get otherThanHost(): string | undefined {
    const [first] = this.bytes;
    if (this.isUnspecified) return 'the unspecified address';
    if (this.isLinkLocal) return 'a link-local address';
    if (this.family === 'ipv6') return first === 0xff ? 'a multicast address' : undefined;
    return first >= 240 ? 'a reserved address' : first >= 224 ? 'a multicast address' : undefined;
  }

  /** 0.0.0.0 or ::. */
  get isUnspecified(): boolean {
    return this.bytes.every((octet) => octet === 0);
  }

  /** Dotted quad, or the canonical form of RFC 5952; of an end of a link its name. */
  toString(): string {
    if (this.link !== undefined) return this.link;
    return this.family === 'ipv4' ? this.bytes.join('.') : formatV6(this.bytes);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** RFC 4007 section 11: an address, and the zone in which it is meant. */
const ZONED = /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*%/;

const LINK_END = /^[^\s%:]*%[^\s%:/]+$/;

/**
 * An address in fe80::/64 with a hash of the name (FNV-1a, in two halves), so that different ends have different ones.
 */
function standIn(name: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set([0xfe, 0x80]);
  for (const [at, basis] of [
    [8, 0x811c9dc5],
    [12, 0x01000193],
  ]) {
    let hash = basis;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    for (let i = 0; i < 4; i++) bytes[at + i] = hash >>> (8 * i);
  }
  return bytes;
}

/** Compares octet by octet; a proper prefix sorts first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/**
 * Four numbers below 256 without leading zeros. Parsed by hand: a fabric has thousands, and several rules look at each.
 */
function v4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || part === 3) return undefined;
      octets[part++] = value;
      digits = 0;
      value = 0;
    } else {
      if (code < ZERO || code > NINE || (digits > 0 && value === 0)) return undefined;
      digits++;
      value = value * 10 + code - ZERO;
      if (value > 255) return undefined;
    }
  }
  if (part !== 3 || digits === 0) return undefined;
  octets[3] = value;
  return octets;
}

const [DOT, ZERO, NINE] = ['.', '0', '9'].map((character) => character.charCodeAt(0));

/** RFC 4291 section 2.2: eight groups, at most one `::`, the last two groups optionally as a dotted quad. */
function v6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => groups(half));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  if (halves.length === 2 && halves[0].includes('.')) return undefined;
  const known = head.length + (tail?.length ?? 0);
  if (halves.length === 1 ? known !== 8 : known > 7) return undefined;
  const all = [...head, ...new Array<number>(8 - known).fill(0), ...(tail ?? [])];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(half: string): number[] | undefined {
  if (half === '') return [];
  const parts = half.split(':');
  const quad = parts.at(-1)!.includes('.') ? v4(parts.pop()!) : null;
  if (quad === undefined || !parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return undefined;
  const words = parts.map((part) => Number.parseInt(part, 16));
  return quad ? [...words, (quad[0] << 8) | quad[1], (quad[2] << 8) | quad[3]] : words;
}

/**
 * RFC 5952 section 4: lower case, no leading zeros, the longest run of two or more zero groups shortened, the first of
 * several equally long ones.
 */
function formatV6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1]);
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff)
    return `::ffff:${bytes.slice(12).join('.')}`; // section 5: an IPv4-mapped address
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && words[i + run] === 0) run++;
    if (run > length) [start, length] = [i, run];
  }
  const text = (part: number[]) => part.map((word) => word.toString(16)).join(':');
  return start < 0 ? text(words) : `${text(words.slice(0, start))}::${text(words.slice(start + length))}`;
}
