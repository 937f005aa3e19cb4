import { IpAddress } from './address';
import { Problem } from './problem';

/** Standard (RFC 1997), extended (RFC 4360) or large (RFC 8092). */
export type CommunityKind = 'standard' | 'extended' | 'large';

/** Well-known communities by their IANA names. */
export const WELL_KNOWN_COMMUNITIES = {
  'graceful-shutdown': 0xffff0000,
  'accept-own': 0xffff0001,
  'llgr-stale': 0xffff0006,
  'no-llgr': 0xffff0007,
  blackhole: 0xffff029a,
  'no-export': 0xffffff01,
  'no-advertise': 0xffffff02,
  'no-export-subconfed': 0xffffff03,
  'no-peer': 0xffffff04,
} as const;

const NAMES = new Map<number, string>(Object.entries(WELL_KNOWN_COMMUNITIES).map(([name, value]) => [value, name]));

/**
 * Sub-types of extended communities that can be written by name (RFC 4360 sections 4 and 5): route target and route
 * origin.
 */
const SUBTYPES: Readonly<Record<string, number>> = { rt: 2, soo: 3 };
/** Types of extended communities, by the format of the administrator field. */
const TWO_OCTET_AS = 0;
const ADDRESS = 1;
const FOUR_OCTET_AS = 2;

/** A BGP community of any kind, as its octets in the attribute. */
export class Community {
  private constructor(
    readonly kind: CommunityKind,
    /** 4, 8 or 12 octets, network order. Read-only. */
    readonly octets: Uint8Array,
  ) {}

  /**
   * Parses `64512:100`, `64512:1:2`, `rt:64512:100`, `soo:192.0.2.1:7`, any extended community as `0x` with 16
   * hexadecimal digits, or the name of a well-known community.
   */
  static parse(input: unknown): Community | Problem {
    if (input instanceof Community) return input;
    const community = typeof input === 'string' ? read(input) : undefined;
    return community
      ? new Community(...community)
      : Problem.of('community', `${JSON.stringify(input)} is not a valid BGP community`);
  }

  /** From the octets of an attribute: 4, 8 or 12. */
  static of(kind: CommunityKind, octets: Uint8Array): Community {
    return new Community(kind, octets);
  }

  equals(other: Community): boolean {
    return this.kind === other.kind && this.octets.every((octet, i) => octet === other.octets[i]);
  }

  /** The canonical form: the name if it has one. */
  toString(): string {
    const { octets } = this;
    const number = (at: number, length: number) =>
      octets.slice(at, at + length).reduce((sum, octet) => sum * 256 + octet, 0);
    if (this.kind === 'large') return `${number(0, 4)}:${number(4, 4)}:${number(8, 4)}`;
    if (this.kind === 'standard') return NAMES.get(number(0, 4)) ?? `${number(0, 2)}:${number(2, 2)}`;
    const name = Object.keys(SUBTYPES).find((each) => SUBTYPES[each] === octets[1]);
    if (name && octets[0] === TWO_OCTET_AS) return `${name}:${number(2, 2)}:${number(4, 4)}`;
    if (name && octets[0] === ADDRESS) return `${name}:${octets.slice(2, 6).join('.')}:${number(6, 2)}`;
    if (name && octets[0] === FOUR_OCTET_AS && number(2, 4) > 0xffff) return `${name}:${number(2, 4)}:${number(6, 2)}`;
    return `0x${Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

function read(text: string): [CommunityKind, Uint8Array] | undefined {
  if (Object.hasOwn(WELL_KNOWN_COMMUNITIES, text))
    return ['standard', octetsOf([WELL_KNOWN_COMMUNITIES[text as keyof typeof WELL_KNOWN_COMMUNITIES], 4])];
  if (/^0x[0-9a-fA-F]{16}$/.test(text))
    return ['extended', Uint8Array.from(text.slice(2).match(/../g)!, (pair) => Number.parseInt(pair, 16))];
  const [name, ...rest] = text.split(':');
  if (Object.hasOwn(SUBTYPES, name)) return rest.length === 2 ? extended(SUBTYPES[name], rest[0], rest[1]) : undefined;
  const parts = [name, ...rest].map(whole);
  const most = parts.length === 2 ? 0xffff : 0xffffffff;
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => part <= most)) return undefined;
  return parts.length === 2
    ? ['standard', octetsOf(...parts.map((part): Sized => [part, 2]))]
    : ['large', octetsOf(...parts.map((part): Sized => [part, 4]))];
}

function extended(subtype: number, administrator: string, local: string): [CommunityKind, Uint8Array] | undefined {
  const value = whole(local);
  const as = whole(administrator);
  const address = administrator.includes('.') ? IpAddress.parse(administrator) : undefined;
  if (address instanceof IpAddress && address.family === 'ipv4')
    return value <= 0xffff
      ? ['extended', Uint8Array.of(ADDRESS, subtype, ...address.bytes, ...octetsOf([value, 2]))]
      : undefined;
  if (as <= 0xffff && value <= 0xffffffff)
    return ['extended', Uint8Array.of(TWO_OCTET_AS, subtype, ...octetsOf([as, 2], [value, 4]))];
  if (as <= 0xffffffff && value <= 0xffff)
    return ['extended', Uint8Array.of(FOUR_OCTET_AS, subtype, ...octetsOf([as, 4], [value, 2]))];
  return undefined;
}

type Sized = readonly [value: number, octets: number];

const octetsOf = (...numbers: readonly Sized[]): Uint8Array =>
  Uint8Array.from(
    numbers.flatMap(([value, octets]) =>
      Array.from({ length: octets }, (_, i) => (value / 256 ** (octets - 1 - i)) & 255),
    ),
  );

/** Parses a decimal number. Returns NaN for anything else, which fails every comparison. */
const whole = (text: string): number => (/^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN);
