/*
 * The rule that no route from a neighbour changes how this node reaches its own addresses, its connected subnets, its
 * on-link neighbours, and the gateways of foreign routes: such a route is not written. Pure. `reason` is called for
 * each of a million routes, and decides nearly all by prefix length and first octet alone.
 */
import { ADDRESS_BITS, type AddressFamily, IpAddress } from '../../../model/address';
import { Prefix } from '../../../model/prefix';
import { protocolName } from '../../codec/route-protocol';
import type { NexthopSet, Reason } from '../state/nexthop-set';
import { PrefixMap } from '../state/prefix-map';
import type { Surroundings } from './foreign-route';
import type { ProtectedHost, ProtectedHostOnLink } from './kept';
import { firstLength, type OnLinkPrefix, type OnLinkPrefixes, onLinkPrefixesOf } from './on-link-prefix';
import { type PassedOn, passedOn } from './passed-on';

/** Derived data of one family. */
interface View {
  /** By prefix length, whether a route of that length may have to be held back. */
  readonly lengths: Uint8Array;
  /** The same by the first octet of the address. */
  readonly firsts: Uint8Array;
  /**
   * Prefixes of own addresses, of subnets, and of those passed on; the first free word of a row is an index of `held`.
   */
  readonly exact: PrefixMap;
  readonly held: (Reason | ProtectedHostOnLink)[];
  /** Indexes of `held`: prefixes for which our table passes the look-up on. */
  readonly passed: Set<number>;
}

/** Decides which routes must not be written. */
export class Withholding {
  private readonly views: Readonly<Record<AddressFamily, View>>;
  private readonly onLinkPrefixes: OnLinkPrefixes;
  /** Indexes of the links involved. */
  private readonly links: Set<number>;
  /** The subnets of links with carrier. */
  readonly subnets: readonly { readonly prefix: Prefix; readonly interface: string }[];
  /** Prefixes for which our table passes the look-up on to the next rule. */
  readonly passedOn: readonly PassedOn[];
  /** Own addresses as prefixes, with the reason, by string. */
  private readonly owned: ReadonlyMap<string, { readonly prefix: Prefix; readonly reason: Reason }>;
  private constructor(
    private readonly around: Surroundings,
    before: Withholding | undefined,
  ) {
    const { links, neighbours, gateways, addresses, onLink, table, isCovered } = around;
    const hostsAt = (address: IpAddress) => {
      const routes = around.hostsAt(address);
      for (const route of routes) this.links.add(route.interface);
      return routes;
    };
    this.links = new Set(onLink.map((route) => route.interface));
    this.onLinkPrefixes = onLinkPrefixesOf({ ...around, hostsAt }, before?.onLinkPrefixes);
    this.subnets = FAMILIES.flatMap((family) =>
      this.onLinkPrefixes[family].flatMap(({ prefix, link, isConnected }) =>
        isConnected ? [{ prefix, interface: link.name }] : [],
      ),
    );
    this.owned = new Map(
      addresses.map(({ address, interface: index }) => {
        const prefix = Prefix.host(address);
        const link = links.get(index);
        return [String(prefix), { prefix, reason: `it is an address of this node${link ? ` (${link.name})` : ''}` }];
      }),
    );
    this.views = { ipv4: this.viewOf('ipv4'), ipv6: this.viewOf('ipv6') };
    this.passedOn = passedOn({
      table,
      links,
      families: new Set(addresses.map(({ address }) => address.family)),
      // Own addresses are in the table that is looked up first.
      subnets: this.subnets.filter(({ prefix }) => !this.owned.has(String(prefix))),
      onLink,
      hostsAt,
      neighbours,
      gateways,
      isCovered,
    });
    for (const { prefix, reason, kept } of this.passedOn) {
      const view = this.views[prefix.family];
      view.passed.add(hold(view, prefix, kept ?? reason));
    }
  }

  /** For the current state. What has not changed since `before` is reused. */
  static of(around: Surroundings, before?: Withholding): Withholding {
    return new Withholding(around, before);
  }

  /** Before anything is known. */
  static nothing(links: Surroundings['links'], table: number): Withholding {
    const none = { addresses: [], onLink: [], gateways: [], neighbours: [], hosts: 0, hostsAt: () => [] };
    return new Withholding({ ...none, links, table, other: () => undefined, isCovered: () => false }, undefined);
  }

  /** Whether a link, by its index, is involved. */
  usesLink(index: number): boolean {
    return this.links.has(index);
  }

  /** Whether this address is a protected host on a link. */
  isKept(address: IpAddress): boolean {
    return this.onLinkPrefixes.all.byText.has(String(address));
  }

  /** Whether our table passes the look-up for exactly this prefix on; the address in 32-bit words. */
  isPassedOn(family: AddressFamily, words: Int32Array, length: number): boolean {
    const { lengths, firsts, exact, passed } = this.views[family];
    if (passed.size === 0 || lengths[length] === 0 || firsts[words[0] >>> 24] === 0) return false;
    exact.key.set(words);
    const slot = exact.find(length);
    return slot >= 0 && passed.has(exact.rows[slot * exact.stride + exact.meta + 1]);
  }

  /**
   * Why a route must not be written; undefined if it may be. The address in 32-bit words, its bits beyond `length`
   * zero.
   */
  reason(family: AddressFamily, words: Int32Array, length: number, target: NexthopSet): Reason | undefined {
    const { lengths, firsts, exact, held } = this.views[family];
    if (typeof target === 'string') {
      const why = this.fills(prefixOfWords(words, length));
      if (why !== undefined) return why;
    }
    if (lengths[length] === 0 || firsts[words[0] >>> 24] === 0) return undefined;
    exact.key.set(words);
    const slot = exact.find(length);
    if (slot >= 0) {
      const known = held[exact.rows[slot * exact.stride + exact.meta + 1]];
      return typeof known === 'string' ? known : leadsAway(target, known, known.link);
    }
    for (const place of this.onLinkPrefixes[family]) {
      const { prefix, link, index, byAddress } = place;
      if (firstLength(place) > length || !agree(words, prefix.length, prefix.address.bytes)) continue;
      for (const address of index.within(words, length)) {
        const why = leadsAway(target, byAddress.get(address)!, link.name);
        if (why !== undefined) return why;
      }
    }
    return undefined;
  }

  /**
   * Why a blackhole route is unnecessary or unwanted: this node's default route is not ours to replace; on a link the
   * kernel itself reports unreachable hosts; and a prefix with a foreign route does lead somewhere.
   */
  private fills(prefix: Prefix): Reason | undefined {
    if (prefix.length === 0) return 'without it, traffic follows the default route of this node, or is dropped';
    const subnet = this.subnets.find((one) => one.prefix.contains(prefix));
    if (subnet) return `the link ${subnet.interface} is connected to it`;
    const other = this.around.other(prefix);
    return other && `a route of protocol ${protocolName(other.protocol)} to it exists`;
  }

  /**
   * Prefixes of routes that had, or have, to be held back for other reasons than before; for subnets see {@link
   * changedSubnets}.
   */
  *differences(before: Withholding): Generator<Prefix> {
    yield* differing(
      before.owned,
      this.owned,
      (one, other) => one.reason === other.reason,
      ({ prefix }) => [prefix],
    );
    yield* this.changedSubnets(before);
    const passed = ({ passedOn: all }: Withholding) => new Map(all.map((one) => [String(one.prefix), one]));
    yield* differing(
      passed(before),
      passed(this),
      (one, other) => one.reason === other.reason,
      ({ prefix }) => [prefix],
    );
    for (const family of FAMILIES)
      if (before.onLinkPrefixes[family] !== this.onLinkPrefixes[family])
        yield* sharedOnce(
          differing(...changedKept(before.onLinkPrefixes[family], this.onLinkPrefixes[family]), isSameKept, (one) => [
            one,
          ]),
        );
  }

  /** Subnets connected only now or only before. */
  changedSubnets(before: Withholding): Iterable<Prefix> {
    const named = ({ subnets }: Withholding) => new Map(subnets.map((one) => [String(one.prefix), one]));
    if (before.subnets.length + this.subnets.length === 0) return [];
    return differing(
      named(before),
      named(this),
      (one, other) => one.interface === other.interface,
      ({ prefix }) => [prefix],
    );
  }

  private viewOf(family: AddressFamily): View {
    const bits = ADDRESS_BITS[family];
    const view = {
      lengths: new Uint8Array(bits + 1),
      firsts: new Uint8Array(256),
      exact: new PrefixMap(bits / 8),
      held: [] as View['held'],
      passed: new Set<number>(),
    };
    for (const place of this.onLinkPrefixes[family]) {
      const { prefix, link, kept, isConnected } = place;
      if (isConnected) hold(view, prefix, `the link ${link.name} is connected to it`);
      if (kept.length > 0) {
        view.lengths.fill(1, firstLength(place));
        markFirst(view, prefix);
      }
    }
    for (const { prefix, reason } of this.owned.values()) if (prefix.family === family) hold(view, prefix, reason);
    return view;
  }
}

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** Entries that are in only one of two maps, or differ between them. */
function* differing<T, R>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  isSame: (one: T, other: T) => boolean,
  show: (one: T) => readonly R[],
): Generator<R> {
  for (const [key, one] of before) {
    const now = after.get(key);
    if (now === undefined || !isSame(one, now)) yield* show(one);
  }
  for (const [key, one] of after) {
    const then = before.get(key);
    if (then === undefined || !isSame(then, one)) yield* show(one);
  }
}

interface KeptIn {
  readonly kept: ProtectedHost;
  readonly place: OnLinkPrefix;
}

/** The protected hosts of the prefixes that have changed, by address, before and now. */
function changedKept(
  before: readonly OnLinkPrefix[],
  after: readonly OnLinkPrefix[],
): [Map<string, KeptIn>, Map<string, KeptIn>] {
  const [old, now] = [new Set(before), new Set(after)];
  const of = (onLinkPrefixes: readonly OnLinkPrefix[]) =>
    new Map(onLinkPrefixes.flatMap((place) => place.kept.map((kept) => [kept.text, { kept, place }] as const)));
  return [of(before.filter((place) => !now.has(place))), of(after.filter((place) => !old.has(place)))];
}

const isSameKept = (one: KeptIn, other: KeptIn): boolean =>
  one.kept.what === other.kept.what &&
  one.place.link.name === other.place.link.name &&
  firstLength(one.place) === firstLength(other.place);

/** The prefixes that contain protected hosts; one that contains several is returned once. */
function* sharedOnce(all: Iterable<KeptIn>): Generator<Prefix> {
  const ordered = [...all].sort((one, other) => one.kept.address.compare(other.kept.address));
  let before: KeptIn | undefined;
  for (const one of ordered) {
    const { address } = one.kept;
    const first = firstLength(one.place);
    const shared =
      before && firstLength(before.place) <= first ? sharedBits(before.kept.address.bytes, address.bytes) : -1;
    for (let length = Math.max(first, shared + 1); length <= 8 * address.bytes.length; length++)
      yield Prefix.of(address, length);
    before = one;
  }
}

/** Marks routes that begin as a prefix does for checking. */
function markFirst({ firsts }: Pick<View, 'firsts'>, { address, length }: Prefix): void {
  const [first] = address.bytes;
  firsts.fill(1, first, first + (1 << Math.max(0, 8 - length)));
}

/** Returns the index of `held`. */
function hold(view: View, prefix: Prefix, why: Reason | ProtectedHostOnLink): number {
  view.exact.load(prefix.address.bytes, 0);
  const slot = view.exact.insert(prefix.length);
  const index = view.held.push(why) - 1;
  view.exact.rows[slot * view.exact.stride + view.exact.meta + 1] = index;
  view.lengths[prefix.length] = 1;
  markFirst(view, prefix);
  return index;
}

/** Why a route that contains an address changes the way to it; undefined if all its next hops are that address. */
const leadsAway = (target: NexthopSet, { address, text, what }: ProtectedHost, link: string): Reason | undefined =>
  typeof target === 'object' && target.via.every((hop) => hop.address?.equals(address))
    ? undefined
    : `it would change the path to ${what} ${text} on the link ${link}`;

/** Whether the first bits of words and of octets are equal. */
function agree(words: Int32Array, length: number, bytes: Uint8Array): boolean {
  for (let i = 0; 8 * i < length; i++) {
    const mask = 8 * i + 8 <= length ? 0xff : 0xff00 >> (length & 7);
    if ((((words[i >> 2] >>> (8 * (3 - (i & 3)))) ^ bytes[i]) & mask & 0xff) !== 0) return false;
  }
  return true;
}

/** Length of the common prefix of two addresses in bits. */
function sharedBits(one: Uint8Array, other: Uint8Array): number {
  const i = one.findIndex((octet, at) => octet !== other[at]);
  return i < 0 ? 8 * one.length : 8 * i + Math.clz32(one[i] ^ other[i]) - 24;
}

/** The prefix of an address in 32-bit words. */
export function prefixOfWords(words: Int32Array, length: number): Prefix {
  const bytes = Uint8Array.from({ length: 4 * words.length }, (_, i) => words[i >> 2] >>> (8 * (3 - (i & 3))));
  return Prefix.of(IpAddress.fromBytes(bytes), length);
}
