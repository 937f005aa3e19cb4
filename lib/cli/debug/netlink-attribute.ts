import { type NetlinkAttribute, readAttributes, writeNetlinkAttributes } from '../../kernel/codec/attribute';
import { align, fromHex, hex, i32, putU16, putU32, u16, u32 } from '../../kernel/codec/octets';
import { FAMILY, RTA } from '../../kernel/codec/route';
import { IpAddress } from '../../model/address';

/** Value of an attribute as JSON. Octets without a better form are `{hex}`. */
type AttributeValue = string | number | { readonly [key: string]: AttributeValue } | readonly AttributeValue[];

/** A named attribute of a route, as printed and parsed. `flags` only if not empty. */
interface NamedAttribute {
  readonly [key: string]: AttributeValue;
  readonly name: string;
  readonly value: AttributeValue;
}

/** Conversion of an attribute's octets to a value and back; undefined if they do not match. */
interface Kind {
  read(bytes: Uint8Array): AttributeValue | undefined;
  write(value: AttributeValue): Uint8Array | undefined;
}

const number = (octets: number): Kind => ({
  read: (bytes) => (bytes.length === octets ? bytes.reduceRight((sum, octet) => sum * 256 + octet, 0) : undefined),
  write: (value) =>
    typeof value === 'number' ? Uint8Array.from({ length: octets }, (_, i) => value / 256 ** i) : undefined,
});
const u8 = number(1);
const word = number(2);
const u32Value = number(4);

const address: Kind = {
  read: (bytes) => (bytes.length === 4 || bytes.length === 16 ? String(IpAddress.fromBytes(bytes)) : undefined),
  write(value) {
    const parsed = IpAddress.parse(value);
    return parsed instanceof IpAddress ? parsed.bytes : undefined;
  },
};

/** struct rtvia: an address with its family. */
const via: Kind = {
  read: (bytes) => (bytes.length === 6 || bytes.length === 18 ? address.read(bytes.subarray(2)) : undefined),
  write(value) {
    const bytes = address.write(value);
    return bytes && Uint8Array.of(bytes.length === 4 ? FAMILY.ipv4 : FAMILY.ipv6, 0, ...bytes);
  },
};

/** struct rta_cacheinfo: eight 32-bit counters. */
const CACHE_FIELDS = ['clntref', 'lastUse', 'expires', 'error', 'used', 'id', 'ts', 'tsAge'];
const cacheInfo: Kind = {
  read: (bytes) =>
    bytes.length === 32
      ? Object.fromEntries(CACHE_FIELDS.map((field, i) => [field, (i === 2 ? i32 : u32)(bytes, 4 * i)]))
      : undefined,
  write(value) {
    const bytes = new Uint8Array(32);
    for (const [i, field] of CACHE_FIELDS.entries()) putU32(bytes, 4 * i, Number(member(value, field)));
    return bytes;
  },
};

/** A stack of MPLS labels, RFC 3032: 20-bit label, 3-bit class, bottom bit, 8-bit TTL, in network order. */
const labels: Kind = {
  read(bytes) {
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
    return Array.from({ length: bytes.length / 4 }, (_, i) => {
      const entry = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4 * i);
      return { label: entry >>> 12, class: (entry >>> 9) & 7, bottom: (entry >>> 8) & 1, ttl: entry & 0xff };
    });
  },
  write(value) {
    if (!Array.isArray(value)) return undefined;
    const view = new DataView(new ArrayBuffer(4 * value.length));
    for (const [i, entry] of value.entries()) {
      const [label, traffic, bottom, ttl] = ['label', 'class', 'bottom', 'ttl'].map((key) =>
        Number(member(entry, key)),
      );
      view.setUint32(4 * i, ((label << 12) | (traffic << 9) | (bottom << 8) | ttl) >>> 0);
    }
    return new Uint8Array(view.buffer);
  },
};

/** struct seg6_iptunnel_encap with its segment routing header (RFC 8754 section 2), without TLVs. */
const SEG6_MODES = ['inline', 'encap', 'l2encap', 'encap.red', 'l2encap.red'];
const seg6: Kind = {
  read(bytes) {
    const count = (bytes.length - 12) / 16;
    if (bytes.length < 28 || !Number.isInteger(count)) return undefined;
    const segments = Array.from({ length: count }, (_, i) =>
      String(IpAddress.fromBytes(bytes.subarray(12 + 16 * i, 28 + 16 * i))),
    );
    const mode = SEG6_MODES[u32(bytes, 0)];
    return (
      mode && { mode, nextHeader: bytes[4], segmentsLeft: bytes[7], lastEntry: bytes[8], flags: bytes[9], segments }
    );
  },
  write(value) {
    const segments = member(value, 'segments');
    if (!Array.isArray(segments)) return undefined;
    const bytes = new Uint8Array(12 + 16 * segments.length);
    putU32(bytes, 0, SEG6_MODES.indexOf(String(member(value, 'mode'))));
    const [next, left, last, flags] = ['nextHeader', 'segmentsLeft', 'lastEntry', 'flags'].map((key) =>
      Number(member(value, key)),
    );
    bytes.set([next, (bytes.length - 12) / 8, 4, left, last, flags], 4); // length in units of 8 octets, routing type 4
    for (const [i, segment] of segments.entries()) bytes.set(address.write(segment) ?? [], 12 + 16 * i);
    return bytes;
  },
};

/**
 * RTA_MULTIPATH: a sequence of struct rtnexthop with attributes. Hops cannot be nested; nested ones are shown as
 * octets, because otherwise a crafted message of a few kilobytes would take half a minute.
 */
const multipath: Kind = {
  read(bytes) {
    const hops: AttributeValue[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = at + 8 <= bytes.length ? u16(bytes, at) : 0;
      const attributes =
        length >= 8 && at + length <= bytes.length ? readAttributes(bytes, at + 8, at + length) : undefined;
      if (!attributes) return undefined;
      const shown = attributes.map((attribute) => nameAttribute(attribute, HOP_ATTRIBUTES));
      hops.push({ flags: bytes[at + 2], weight: bytes[at + 3] + 1, interface: i32(bytes, at + 4), attributes: shown });
      at += align(length);
    }
    return hops;
  },
  write(value) {
    if (!Array.isArray(value)) return undefined;
    const hops = value.map((hop) => {
      const attributes = writeAll(member(hop, 'attributes'), HOP_ATTRIBUTES);
      const bytes = new Uint8Array(8 + attributes.length);
      putU16(bytes, 0, bytes.length);
      bytes.set([Number(member(hop, 'flags')), Number(member(hop, 'weight')) - 1], 2);
      putU32(bytes, 4, Number(member(hop, 'interface')));
      bytes.set(attributes, 8);
      return bytes;
    });
    const all = new Uint8Array(hops.reduce((sum, hop) => sum + hop.length, 0));
    let at = 0;
    for (const hop of hops) {
      all.set(hop, at);
      at += hop.length;
    }
    return all;
  },
};

/** Nested attributes. */
const nested = (table: AttributeTable): Kind => ({
  read: (bytes) => readAttributes(bytes, 0, bytes.length)?.map((inner) => nameAttribute(inner, table)),
  write: (value) => writeAll(value, table),
});

type AttributeTable = Readonly<Record<number, readonly [name: string, kind: Kind]>>;

/** RTAX_*: route metrics. */
const METRICS: AttributeTable = {
  1: ['lock', u32Value],
  2: ['mtu', u32Value],
  3: ['window', u32Value],
  4: ['rtt', u32Value],
  5: ['rttVariance', u32Value],
  6: ['slowStartThreshold', u32Value],
  7: ['congestionWindow', u32Value],
  8: ['advertisedMss', u32Value],
  9: ['reordering', u32Value],
  10: ['hopLimit', u32Value],
  11: ['initialCongestionWindow', u32Value],
  12: ['features', u32Value],
  13: ['minimumRto', u32Value],
  14: ['initialReceiveWindow', u32Value],
  15: ['quickAck', u32Value],
  17: ['fastOpenNoCookie', u32Value],
};

/** MPLS_IPTUNNEL_* and SEG6_IPTUNNEL_*: separate tables, as both number from 1. */
const MPLS_TUNNEL: AttributeTable = { 1: ['labels', labels], 2: ['ttl', u8] };
const SEG6_TUNNEL: AttributeTable = { 1: ['segmentRouting', seg6] };

/** RTA_* attributes allowed in a multipath hop. */
const HOP_ATTRIBUTES: AttributeTable = {
  [RTA.destination]: ['destination', address],
  [RTA.source]: ['source', address],
  [RTA.inputInterface]: ['inputInterface', u32Value],
  [RTA.outputInterface]: ['outputInterface', u32Value],
  [RTA.gateway]: ['gateway', address],
  [RTA.priority]: ['priority', u32Value],
  [RTA.preferredSource]: ['preferredSource', address],
  [RTA.metrics]: ['metrics', nested(METRICS)],
  [RTA.flow]: ['realm', u32Value],
  [RTA.cacheInfo]: ['cacheInfo', cacheInfo],
  [RTA.table]: ['table', u32Value],
  [RTA.mark]: ['mark', u32Value],
  [RTA.via]: ['via', via],
  [RTA.preference]: ['preference', u8],
  [RTA.encapsulationType]: ['encapsulationType', word],
  [RTA.expires]: ['expires', u32Value],
  [RTA.uid]: ['uid', u32Value],
  [RTA.ttlPropagate]: ['ttlPropagate', u8],
  [RTA.nexthopId]: ['nexthopId', u32Value],
};

/** RTA_*: one row per attribute. Others are shown as `{hex}` under their number. */
const ROUTE_ATTRIBUTES: AttributeTable = { ...HOP_ATTRIBUTES, [RTA.multipath]: ['multipath', multipath] };

/** Contents of RTA_ENCAP by RTA_ENCAP_TYPE. Other encapsulations are shown as octets. */
const ENCAPSULATIONS: Readonly<Record<number, AttributeTable>> = { 1: MPLS_TUNNEL, 5: SEG6_TUNNEL };

/** The table for a route's attributes: RTA_ENCAP depends on RTA_ENCAP_TYPE, an MPLS destination on the family. */
export function tableFor(family: number, attributes: readonly NetlinkAttribute[]): AttributeTable {
  const type = attributes.find((attribute) => attribute.type === RTA.encapsulationType)?.value;
  const inner = type?.length === 2 ? ENCAPSULATIONS[u16(type, 0)] : undefined;
  const rows: [number, readonly [string, Kind]][] = [];
  if (inner) rows.push([RTA.encapsulation, ['encapsulation', nested(inner)]]);
  if (family === FAMILY.mpls)
    rows.push([RTA.destination, ['destination', labels]], [RTA.newDestination, ['newDestination', labels]]);
  return { ...ROUTE_ATTRIBUTES, ...Object.fromEntries(rows) };
}

/**
 * Converts an attribute to its name and value, or to its number and octets if it has no row or would not round-trip.
 */
export function nameAttribute({ type, flags, value }: NetlinkAttribute, table: AttributeTable): NamedAttribute {
  const more: { flags?: number } = flags === 0 ? {} : { flags };
  const [name, kind] = table[type] ?? [];
  const read = kind?.read(value);
  const written = read === undefined ? undefined : kind?.write(read);
  return name !== undefined && read !== undefined && written && hex(written) === hex(value)
    ? { name, value: read, ...more }
    : { name: name ?? String(type), type, value: { hex: hex(value) }, ...more };
}

/** The inverse of {@link nameAttribute}. */
export function unnameAttribute(named: NamedAttribute, table: AttributeTable): NetlinkAttribute {
  const flags = Number(named.flags ?? 0);
  const octets = member(named.value, 'hex');
  if (named.type !== undefined)
    return { type: Number(named.type), flags, value: fromHex(String(octets)) ?? new Uint8Array() };
  const [type, [, kind]] = Object.entries(table).find(([, [name]]) => name === named.name)!;
  return { type: Number(type), flags, value: kind.write(named.value) ?? new Uint8Array() };
}

const writeAll = (value: AttributeValue | undefined, table: AttributeTable): Uint8Array =>
  writeNetlinkAttributes(Array.isArray(value) ? value.map((named) => unnameAttribute(named, table)) : []);

function member(value: AttributeValue | undefined, key: string): AttributeValue | undefined {
  return typeof value === 'object' && !Array.isArray(value)
    ? (value as { readonly [key: string]: AttributeValue })[key]
    : undefined;
}
