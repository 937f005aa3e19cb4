import { IpAddress } from '../../model/address';

/** What the node knows of the way to a next hop (RFC 4271 section 9.1.2.1). */
export interface NextHopState {
  readonly reachable: boolean;
  /** Interior cost; the lower the better. */
  readonly metric: number;
}

const REACHABLE: NextHopState = { reachable: true, metric: 0 };

export interface NextHop {
  readonly address: IpAddress;
  /** The link-local address that came with it (RFC 2545). */
  readonly linkLocal: IpAddress | undefined;
  /** The address alone, as the list of one that changes are told with. */
  readonly list: readonly IpAddress[];
  state: NextHopState;
  /** It is an address of this node. */
  isOwn: boolean;
  references: number;
  readonly key: number | string;
}

/** The distinct next hops of all routes, by small numbers from 1 on; 0 is "this node itself". */
export class NextHopTable {
  readonly #hops: (NextHop | undefined)[] = [undefined];
  readonly #byKey = new Map<number | string, number>();
  readonly #free: number[] = [];
  #own: ReadonlySet<string> = new Set();
  readonly #states = new Map<string, NextHopState>();

  /** The number of an IPv4 next hop (address as number); counts a reference. */
  intern4(address: number): number {
    const key = address >>> 0;
    return this.#refer(key) ?? this.#add(key, Uint8Array.of(key >>> 24, key >>> 16, key >>> 8, key), undefined);
  }

  /** The number of a next hop of 4 or 16 octets, with a link-local address perhaps; counts a reference. */
  intern(address: Uint8Array, linkLocal?: Uint8Array): number {
    if (address.length === 4)
      return this.intern4((address[0] << 24) | (address[1] << 16) | (address[2] << 8) | address[3]);
    const key = linkLocal ? `${address.join('.')}+${linkLocal.join('.')}` : address.join('.');
    return this.#refer(key) ?? this.#add(key, address, linkLocal);
  }

  /** Counts a reference more to a next hop that is there. */
  hold(id: number): void {
    if (id !== 0) this.#hops[id]!.references++;
  }

  /** Distinct next hops that routes have. */
  get count(): number {
    return this.#byKey.size;
  }

  get(id: number): NextHop | undefined {
    return this.#hops[id];
  }

  /** Whether a route may use it: it can be reached and is not this node (RFC 4271 section 6.3 a). */
  isUsable(id: number): boolean {
    return id === 0 || (this.#hops[id]!.state.reachable && !this.#hops[id]!.isOwn);
  }

  /** The node's own addresses from now on. */
  setOwn(addresses: ReadonlySet<string>): void {
    this.#own = addresses;
    for (const hop of this.#hops) if (hop) hop.isOwn = addresses.has(hop.address.toString());
  }

  metric(id: number): number {
    return id === 0 ? 0 : this.#hops[id]!.state.metric;
  }

  release(id: number): void {
    if (id === 0 || --this.#hops[id]!.references > 0) return;
    this.#byKey.delete(this.#hops[id]!.key);
    this.#hops[id] = undefined;
    this.#free.push(id);
  }

  /** What is known of an address from now on; undefined: nothing, it counts as reachable at no cost. True where that is news. */
  setState(address: IpAddress, state: NextHopState | undefined): boolean {
    const name = address.toString(),
      before = this.#states.get(name) ?? REACHABLE,
      after = state ?? REACHABLE;
    if (state) this.#states.set(name, state);
    else this.#states.delete(name);
    if (before.reachable === after.reachable && before.metric === after.metric) return false;
    for (const hop of this.#hops) if (hop?.address.equals(address)) hop.state = after;
    return true;
  }

  #refer(key: number | string): number | undefined {
    const id = this.#byKey.get(key);
    if (id !== undefined) this.#hops[id]!.references++;
    return id;
  }

  #add(key: number | string, bytes: Uint8Array, linkLocal: Uint8Array | undefined): number {
    const address = IpAddress.fromBytes(bytes),
      id = this.#free.pop() ?? this.#hops.length;
    this.#hops[id] = {
      address,
      linkLocal: linkLocal && IpAddress.fromBytes(linkLocal),
      list: [address],
      state: this.#states.get(address.toString()) ?? REACHABLE,
      isOwn: this.#own.has(address.toString()),
      references: 1,
      key,
    };
    this.#byKey.set(key, id);
    return id;
  }
}
