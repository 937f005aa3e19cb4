import { IpAddress } from '../../../model/address';
import { type HashKey, OctetHash } from '../../../model/keyed-hash';
import type { Prefix } from '../../../model/prefix';
import { OwnAddresses } from '../own-addresses';
import { RouteHop } from '../route-hop';

/** The reachability of a next hop (RFC 4271 section 9.1.2.1). */
export interface NextHopState {
  readonly reachable: boolean;
  /** Interior cost; the lower the better. */
  readonly metric: number;
  /** Whether it is on a link of this node; absent if unknown, which counts as yes. */
  readonly onLink?: boolean;
  /** Whether it is reached by a default route. Default: no. */
  readonly isDefault?: boolean;
  /**
   * Set if routes of this table lead there: every way, best first. Absent if none does; the fields above then hold for
   * every route.
   */
  readonly ways?: readonly NextHopWay[];
}

/** A way to a next hop. */
export interface NextHopWay {
  readonly metric: number;
  readonly onLink: boolean;
  readonly isDefault: boolean;
  /** The prefixes whose routes lead there; empty if only foreign routes do. */
  readonly through: readonly Prefix[];
}

const REACHABLE: NextHopState = { reachable: true, metric: 0 };
/** Queried and not answered yet: a new next hop is unusable until known to be reachable. */
const PENDING: NextHopState = { reachable: false, metric: 0 };

/**
 * `link-local`: an address that is only valid on the neighbour's link (RFC 4007). `mapped`: an IPv4 address in an IPv6
 * one (RFC 4291 section 2.5.5), IPv4-mapped or IPv4-compatible.
 */
type NextHopKind = 'global' | 'link-local' | 'mapped';

export interface NextHop {
  readonly kind: NextHopKind;
  readonly address: IpAddress;
  /** The link-local address received with it (RFC 2545). */
  readonly linkLocal: IpAddress | undefined;
  /** Name of the link of a link-local one, if known. */
  interface: string | undefined;
  /** The list with only this next hop, used in changes; replaced when it moves to another link. */
  list: readonly RouteHop[];
  /** The same of paths whose next hop must be on a link of this node. */
  directList: readonly RouteHop[];
  state: NextHopState;
  /** It is an address of this node. */
  isOwn: boolean;
  /** Any route of its neighbour may use it, whatever its session, as is usual. */
  isFree: boolean;
  /** The ways to it if routes of this table lead there: see {@link NextHopState}. */
  ways: readonly NextHopWay[] | undefined;
  /** Its reachability is not known yet. */
  isPending: boolean;
  /** Numbers of the prefixes whose paths wait for it. */
  waiting: Uint32Array[];
  references: number;
  /** The neighbour whose routes use it. */
  readonly peer: number;
  /** Its octets, followed by those of the link-local address. */
  readonly octets: Uint8Array;
  readonly hash: number;
  /** The next one in the same bucket, 0 at the end. */
  chain: number;
}

/** The next hops to track from now on, and those no longer needed. */
export interface NextHopQuestions {
  readonly ask: readonly IpAddress[];
  readonly forget: readonly IpAddress[];
}

/**
 * The distinct next hops of all routes, separate for each neighbour, by small numbers from 1; 0 is "this node itself".
 * With `asks` a next hop is unreachable until reported: see {@link questions}. Otherwise an unknown next hop counts as
 * reachable at no cost.
 */
export class NextHopTable {
  /** Number of distinct next hops in use. */
  count = 0;
  /** Of these, by neighbour. */
  private readonly heldBy: number[] = [];
  private readonly hops: (NextHop | undefined)[] = [undefined];
  /** The first one of each bucket, 0 for none. A Map would do, but its hash of numbers is predictable. */
  private buckets = new Uint32Array(64);
  private readonly free: number[] = [];
  private readonly scratch = new Uint8Array(32);
  private readonly hashes: OctetHash;
  private own = new OwnAddresses();
  private readonly states = new Map<string, NextHopState>();
  /** By number of the neighbour: the link of its session. */
  private readonly links = new Map<number, string>();

  /** Next hops by address; states are only stored for those that are queried. */
  private readonly byAddress = new Map<string, NextHop[]>();
  /** Those reached through routes of this table. */
  private readonly recursive = new Set<NextHop>();
  private readonly toAsk = new Map<string, IpAddress>();
  private readonly toForget = new Map<string, IpAddress>();
  /** Those set by policy: they are few, and are tracked permanently. */
  private readonly given = new Set<number>();
  /** Numbers of the prefixes whose routes lead to next hops. */
  private relied: ReadonlySet<number> = new Set();

  /** `key`: if secret, outsiders cannot choose next hops that collide. */
  constructor(
    key?: HashKey,
    private readonly asks = false,
  ) {
    this.hashes = new OctetHash(key);
  }

  /** The number of an IPv4 next hop of a neighbour's routes (address as a number); adds a reference. */
  intern4(address: number, peer: number): number {
    const octets = this.scratch;
    octets[0] = address >>> 24;
    octets[1] = address >>> 16;
    octets[2] = address >>> 8;
    octets[3] = address;
    return this.internKey(4, peer);
  }

  /** The number of a next hop of 4 or 16 octets, optionally with a link-local address; adds a reference. */
  intern(address: Uint8Array, linkLocal: Uint8Array | undefined, peer: number): number {
    this.scratch.set(address);
    if (linkLocal) this.scratch.set(linkLocal, address.length);
    return this.internKey(address.length + (linkLocal?.length ?? 0), peer);
  }

  /** The same for one set by policy. */
  internGiven(address: Uint8Array, peer: number): number {
    const id = this.intern(address, undefined, peer);
    if (this.asks && !this.given.has(id)) {
      this.given.add(id);
      this.hold(id);
    }
    return id;
  }

  /** Removes a neighbour's next hops set by policy. */
  forgetGiven(peer: number): void {
    for (const id of this.given)
      if (this.hops[id]?.peer === peer) {
        this.given.delete(id);
        this.release(id);
      }
  }

  /** Whether {@link questions} has any. */
  get hasQuestions(): boolean {
    return this.toAsk.size + this.toForget.size > 0;
  }

  /** Next hops added and removed since the last call. Apply removals first. */
  questions(): NextHopQuestions {
    const questions = { ask: [...this.toAsk.values()], forget: [...this.toForget.values()] };
    this.toAsk.clear();
    this.toForget.clear();
    return questions;
  }

  /** The addresses of all queried next hops. */
  asked(): IpAddress[] {
    const all = new Map<string, IpAddress>();
    for (const hop of this.hops) if (hop && isToAsk(hop)) all.set(hop.address.toString(), hop.address);
    return [...all.values()];
  }

  /** Whether the route of a prefix leads to next hops, as far as known. */
  isRelied(prefix: number): boolean {
    return this.relied.has(prefix);
  }

  /** Recomputes the prefixes whose routes lead to next hops. */
  rely(idOf: (prefix: Prefix) => number): void {
    const relied = new Set<number>();
    for (const { ways = [] } of this.recursive)
      for (const { through } of ways) for (const prefix of through) relied.add(idOf(prefix));
    this.relied = relied;
  }

  /** Adds a reference to an existing next hop. */
  hold(id: number): void {
    if (id !== 0) this.hops[id]!.references++;
  }

  /** Number of distinct next hops in a neighbour's routes. */
  held(peer: number): number {
    return this.heldBy[peer] ?? 0;
  }

  /** Numbers of next hops are below this. */
  get limit(): number {
    return this.hops.length;
  }

  get(id: number): NextHop | undefined {
    return this.hops[id];
  }

  /** Sets the node's own addresses. Returns the next hops that became one of them, or no longer are. */
  setOwn(addresses: OwnAddresses): Set<NextHop> {
    this.own = addresses;
    const changed = new Set<NextHop>();
    for (const hop of this.hops) {
      if (!hop || addresses.has(hop.address, hop.interface) === hop.isOwn) continue;
      hop.isOwn = !hop.isOwn;
      hop.isFree = isFree(hop);
      changed.add(hop);
    }
    return changed;
  }

  /** The link of a neighbour's session. */
  linkOf(peer: number): string | undefined {
    return this.links.get(peer);
  }

  /** Sets it; undefined: none. True if there is a next hop on it. */
  setLink(peer: number, link: string | undefined): boolean {
    if (link === this.links.get(peer)) return false;
    if (link === undefined) this.links.delete(peer);
    else this.links.set(peer, link);
    let isUsed = false;
    for (const hop of this.hops) {
      if (hop?.peer !== peer || hop.kind !== 'link-local') continue;
      isUsed = true;
      hop.interface = link;
      hop.list = [new RouteHop(hop.address, link)];
      hop.directList = [new RouteHop(hop.address, link, true)];
      hop.isOwn = this.own.has(hop.address, link);
      hop.isFree = isFree(hop);
    }
    return isUsed;
  }

  metric(id: number): number {
    return id === 0 ? 0 : this.hops[id]!.state.metric;
  }

  release(id: number): void {
    if (id === 0 || --this.hops[id]!.references > 0) return;
    const { hash, chain, peer } = this.hops[id]!;
    const bucket = hash & (this.buckets.length - 1);
    if (this.buckets[bucket] === id) this.buckets[bucket] = chain;
    else {
      let before = this.hops[this.buckets[bucket]]!;
      while (before.chain !== id) before = this.hops[before.chain]!;
      before.chain = chain;
    }
    this.count--;
    this.heldBy[peer]--;
    this.leave(this.hops[id]!);
    this.hops[id] = undefined;
    this.free.push(id);
  }

  /** The last reference to a next hop was released. */
  private leave(hop: NextHop): void {
    const name = hop.address.toString();
    const others = this.byAddress.get(name)!.filter((one) => one !== hop);
    this.recursive.delete(hop);
    if (others.length > 0) {
      this.byAddress.set(name, others);
      return;
    }
    this.byAddress.delete(name);
    if (!this.asks) return;
    this.states.delete(name);
    // One that was never queried need not be removed.
    if (!this.toAsk.delete(name) && isToAsk(hop)) this.toForget.set(name, hop.address);
  }

  /**
   * Sets the reachability of an address; undefined: unknown. `changed`: routes via it must be evaluated again. If
   * prefixes were waiting for it, returns their numbers.
   */
  setState(address: IpAddress, state: NextHopState | undefined): 'changed' | 'same' | readonly Uint32Array[] {
    const name = address.toString();
    const unknown = this.asks ? PENDING : REACHABLE;
    const known = this.states.get(name);
    const before = known ?? unknown;
    const after = state ?? unknown;
    const hops = this.byAddress.get(name) ?? [];
    if (this.asks && hops.length === 0) return 'same';
    if (state) this.states.set(name, state);
    else this.states.delete(name);
    if ((known || !this.asks) && isSame(before, after)) return 'same';
    const waiting: Uint32Array[] = [];
    for (const hop of hops) {
      waiting.push(...hop.waiting);
      hop.waiting = [];
      this.know(hop, state);
    }
    return this.asks && !known ? waiting : 'changed';
  }

  /** The most next hops that share a bucket: for tests, as it scans the table. */
  longestChain(): number {
    let longest = 0;
    for (const first of this.buckets) {
      let length = 0;
      for (let id = first; id !== 0; id = this.hops[id]!.chain) length++;
      longest = Math.max(longest, length);
    }
    return longest;
  }

  /** The next hop with the octets at the start of the scratch space. */
  private internKey(length: number, peer: number): number {
    const octets = this.scratch;
    const hash = this.hashes.hash(octets, 0, length, peer);
    for (let id = this.buckets[hash & (this.buckets.length - 1)]; id !== 0; ) {
      const hop = this.hops[id]!;
      if (hop.hash === hash && hop.peer === peer && hop.octets.length === length && startsWith(octets, hop.octets)) {
        hop.references++;
        return id;
      }
      id = hop.chain;
    }
    return this.add(octets.slice(0, length), hash, peer);
  }

  private add(octets: Uint8Array, hash: number, peer: number): number {
    if (this.count === this.buckets.length) this.widen();
    const address = IpAddress.fromBytes(octets.length === 4 ? octets : octets.subarray(0, 16));
    const id = this.free.pop() ?? this.hops.length;
    const bucket = hash & (this.buckets.length - 1);
    const kind = kindOf(address.bytes);
    const name = address.toString();
    const link = kind === 'link-local' ? this.links.get(peer) : undefined;
    const hop: NextHop = {
      kind,
      address,
      linkLocal: octets.length > 16 ? IpAddress.fromBytes(octets.subarray(16)) : undefined,
      interface: link,
      list: [new RouteHop(address, link)],
      directList: [new RouteHop(address, link, true)],
      state: REACHABLE,
      isOwn: this.own.has(address, link),
      isFree: false,
      ways: undefined,
      isPending: false,
      waiting: [],
      references: 1,
      peer,
      octets,
      hash,
      chain: this.buckets[bucket],
    };
    const others = this.byAddress.get(name);
    if (others) others.push(hop);
    else {
      this.byAddress.set(name, [hop]);
      // Once only: whether it must be forgotten is known by its still being among those to ask.
      if (this.asks && isToAsk(hop)) this.toAsk.set(name, address);
    }
    this.know(hop, this.states.get(name));
    this.hops[id] = hop;
    this.buckets[bucket] = id;
    this.count++;
    this.heldBy[peer] = this.held(peer) + 1;
    return id;
  }

  private know(hop: NextHop, state: NextHopState | undefined): void {
    hop.isPending = state === undefined && this.asks && isToAsk(hop);
    hop.state = state ?? (hop.isPending ? PENDING : REACHABLE);
    hop.ways = state?.ways;
    if (hop.ways) this.recursive.add(hop);
    else this.recursive.delete(hop);
    hop.isFree = isFree(hop);
  }

  private widen(): void {
    const buckets = new Uint32Array(2 * this.buckets.length);
    for (const [id, hop] of this.hops.entries()) {
      if (!hop) continue;
      const bucket = hop.hash & (buckets.length - 1);
      hop.chain = buckets[bucket];
      buckets[bucket] = id;
    }
    this.buckets = buckets;
  }
}

/**
 * Whether its reachability is queried: a link-local address is always on its link, and an IPv4 address in an IPv6 one
 * is never reachable.
 */
const isToAsk = ({ kind }: NextHop): boolean => kind === 'global';

function isSame(a: NextHopState, b: NextHopState): boolean {
  return (
    a.reachable === b.reachable &&
    a.metric === b.metric &&
    (a.onLink ?? true) === (b.onLink ?? true) &&
    (a.isDefault ?? false) === (b.isDefault ?? false) &&
    waysText(a) === waysText(b)
  );
}

const waysText = ({ ways = [] }: NextHopState): string =>
  ways.map((way) => `${way.metric} ${way.onLink} ${way.isDefault} ${way.through.join(' ')}`).join(' | ');

function startsWith(octets: Uint8Array, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (octets[i] !== start[i]) return false;
  return true;
}

/** Octets before the IPv4 address in an IPv6 one: zeros, the last two of them 0xff if it is mapped. */
const PADDING = 12;

function kindOf(address: Uint8Array): NextHopKind {
  if (address.length === 4) return 'global';
  if (address[0] === 0xfe && (address[1] & 0xc0) === 0x80) return 'link-local';
  for (let i = 0; i < PADDING - 2; i++) if (address[i] !== 0) return 'global';
  const last = (address[PADDING - 2] << 8) | address[PADDING - 1];
  return last === 0 || last === 0xffff ? 'mapped' : 'global';
}

const isFree = ({ kind, interface: link, state, isOwn }: NextHop): boolean =>
  state.reachable &&
  state.onLink !== false &&
  !state.ways &&
  !state.isDefault &&
  !isOwn &&
  kind !== 'mapped' &&
  (kind !== 'link-local' || link !== undefined);
