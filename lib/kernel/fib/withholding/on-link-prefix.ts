/*
 * The on-link prefixes of this node, and the protected hosts in them. There may be thousands of neighbours: unchanged
 * entries stay the same objects, so that a change costs what it affects. Pure.
 */
import type { AddressFamily, IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import type { Link } from '../../codec/link';
import { AddressIndex } from '../resolution/address-index';
import { CONNECTED_PROTOCOLS, type ForeignRoute, type Surroundings } from './foreign-route';
import type { ProtectedHost } from './kept';

interface Place {
  readonly prefix: Prefix;
  readonly link: Link;
  /** A subnet of the link. Otherwise a static route, which only matters for the hosts that it leads to. */
  readonly isConnected: boolean;
}

/** A prefix on a link with carrier, and the neighbours and gateways for which it is the longest match. */
export interface OnLinkPrefix extends Place {
  readonly kept: readonly ProtectedHost[];
  /** The same, by address. */
  readonly byAddress: ReadonlyMap<IpAddress, ProtectedHost>;
  readonly index: AddressIndex;
}

/** The protected hosts, by prefix. */
export interface OnLinkPrefixes {
  /** All protected hosts. */
  readonly all: {
    readonly neighbours: unknown;
    readonly gateways: unknown;
    readonly byText: ReadonlyMap<string, ProtectedHost>;
  };
  /** For each family, the longest prefixes first. */
  readonly ipv4: readonly OnLinkPrefix[];
  readonly ipv6: readonly OnLinkPrefix[];
}

/** The shortest prefix that may change the way to a protected host: a connected prefix itself cannot be overridden. */
export const firstLength = ({ prefix, isConnected }: OnLinkPrefix): number => prefix.length + (isConnected ? 1 : 0);

/** The current prefixes; unchanged entries of `before` stay the same objects. */
export function onLinkPrefixesOf(around: Surroundings, before?: OnLinkPrefixes): OnLinkPrefixes {
  const { onLink, addresses } = around;
  const all = allOf(around, before?.all);
  // A route of another protocol is a subnet if an address implies it: with `noprefixroute` somebody else adds it.
  const own = new Set(addresses.map(({ address, length, interface: link }) => `${Prefix.of(address, length)}%${link}`));
  const isSubnet = ({ prefix, protocol, interface: index }: ForeignRoute) =>
    CONNECTED_PROTOCOLS.includes(protocol) || own.has(`${prefix}%${index}`);
  const places = new Map<string, Place>();
  for (const route of [...onLink].sort((a, b) => a.metric - b.metric)) {
    const place = placeOf(route, around, isSubnet(route));
    const key = String(route.prefix);
    const known = places.get(key);
    if (place && (!known || (place.isConnected && !known.isConnected))) places.set(key, place);
  }
  const onLinkPrefixes = (family: AddressFamily) =>
    groundsIn(
      [...places.values()].filter(({ prefix }) => prefix.family === family).sort(longestFirst),
      [...all.byText.values()].filter(({ address }) => address.family === family),
      (address) => hostPlace(address, around),
      before?.[family] ?? [],
    );
  return { all, ipv4: onLinkPrefixes('ipv4'), ipv6: onLinkPrefixes('ipv6') };
}

/** Neighbours and gateways by address (as a string); one that is both is a neighbour. */
function allOf({ neighbours, gateways }: Surroundings, before?: OnLinkPrefixes['all']): OnLinkPrefixes['all'] {
  if (before?.neighbours === neighbours && before.gateways === gateways) return before;
  const byText = new Map<string, ProtectedHost>();
  const add = (address: IpAddress, what: ProtectedHost['what']) => {
    if (address.isLinkLocal) return;
    const text = String(address);
    const known = before?.byText.get(text);
    if (!byText.has(text)) byText.set(text, known?.what === what ? known : { address, text, what });
  };
  for (const address of neighbours) add(address, 'neighbour');
  for (const address of gateways) add(address, 'gateway');
  return { neighbours, gateways, byText };
}

/**
 * Where a route on a link with carrier leads. Other than subnets, only routes in our own table count: longest match
 * does not apply across tables.
 */
function placeOf(
  { prefix, table, interface: index }: ForeignRoute,
  around: Surroundings,
  isConnected: boolean,
): Place | undefined {
  const link = around.links.get(index);
  if (prefix.length === 0 || !link?.up || !link.carrier) return undefined;
  return isConnected || table === around.table ? { prefix, link, isConnected } : undefined;
}

/** If nothing larger leads to a host, a host route may. */
function hostPlace(address: IpAddress, around: Surroundings): Place | undefined {
  for (const route of around.hostsAt(address)) {
    const place = placeOf(route, around, false);
    if (place) return place;
  }
  return undefined;
}

function groundsIn(
  places: readonly Place[],
  all: readonly ProtectedHost[],
  alone: (address: IpAddress) => Place | undefined,
  before: readonly OnLinkPrefix[],
): readonly OnLinkPrefix[] {
  const shares = new Map<Place, ProtectedHost[]>(places.map((place) => [place, []]));
  for (const one of all) {
    const { bytes } = one.address;
    const place =
      places.find(({ prefix }) => prefix.length < 8 * bytes.length && holds(prefix, bytes)) ?? alone(one.address);
    if (!place) continue;
    const share = shares.get(place);
    if (share) share.push(one);
    else shares.set(place, [one]);
  }
  const known = new Map(before.map((place) => [String(place.prefix), place]));
  const onLinkPrefixes = [...shares].flatMap(([place, kept]) => {
    if (!place.isConnected && kept.length === 0) return [];
    const same = known.get(String(place.prefix));
    return [same && isSame(same, place, kept) ? same : made(place, kept)];
  });
  onLinkPrefixes.sort(longestFirst);
  return onLinkPrefixes.length === before.length && onLinkPrefixes.every((place, i) => place === before[i])
    ? before
    : onLinkPrefixes;
}

function made(place: Place, kept: readonly ProtectedHost[]): OnLinkPrefix {
  const index = new AddressIndex();
  for (const { address } of kept) index.add(address);
  return { ...place, kept, byAddress: new Map(kept.map((one) => [one.address, one])), index };
}

const isSame = (place: OnLinkPrefix, { link, isConnected }: Place, kept: readonly ProtectedHost[]): boolean =>
  place.link.index === link.index &&
  place.link.name === link.name &&
  place.isConnected === isConnected &&
  place.kept.length === kept.length &&
  place.kept.every((one, i) => one === kept[i]);

const longestFirst = (a: Place, b: Place): number => b.prefix.length - a.prefix.length;

/** Whether a prefix of the same family contains an address. */
function holds({ address, length }: Prefix, bytes: Uint8Array): boolean {
  for (let i = 0, left = length; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 0xff : 0xff00 >> left;
    if (((bytes[i] ^ address.bytes[i]) & mask & 0xff) !== 0) return false;
  }
  return true;
}
