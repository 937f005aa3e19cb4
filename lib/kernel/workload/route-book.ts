import { IpAddress } from '../../model/address';
import { isLike } from '../../model/interface-pattern';
import { martianOf } from '../../model/martian';
import { Prefix } from '../../model/prefix';

/** Which routes of others are workload routes: those that one of the lists names. */
export interface WorkloadSelector {
  /** Names of output interfaces, with `*` for any letters: `cali*`. Subnets of the interface itself do not count. */
  readonly interfaces?: readonly string[];
  /** Names of interfaces whose own subnets count. */
  readonly connected?: readonly string[];
  /** Route protocol numbers. */
  readonly protocols?: readonly number[];
  /** Routes to these prefixes and to what lies within them, but for subnets of interfaces. */
  readonly prefixes?: readonly Prefix[];
  /** Tables that they stand in; absent: the one of the watch. */
  readonly tables?: readonly number[];
  /** Names of output interfaces whose routes never count. */
  readonly ignored?: readonly string[];
}

/** One route of another writer, as far as selection goes. */
export interface CandidateRoute {
  readonly prefix: Prefix;
  readonly protocol: number;
  readonly metric: number;
  /** Index of the output interface; 0 where there are several or none. */
  readonly interface: number;
  /**
   * Number of the nexthop object that it is on, which may lead to another interface later; 0 or absent: it has its hops
   * itself.
   */
  readonly nexthopId?: number;
}

const PROTOCOL_KERNEL = 2;

/** Whether a route with an output interface of that name (undefined: none) is a workload route. */
export function selects(selector: WorkloadSelector, route: CandidateRoute, name: string | undefined): boolean {
  if (martianOf(route.prefix)) return false;
  const named = (patterns: readonly string[] = []) =>
    name !== undefined && patterns.some((pattern) => isLike(name, pattern));
  if (named(selector.ignored)) return false;
  if (route.protocol === PROTOCOL_KERNEL) return named(selector.connected);
  return (
    named(selector.interfaces) ||
    (selector.protocols ?? []).includes(route.protocol) ||
    (selector.prefixes ?? []).some((prefix) => prefix.contains(route.prefix))
  );
}

interface Entry extends CandidateRoute {
  interface: number;
  generation: number;
}

/**
 * The workload routes that are there. Two routes to one prefix (of two metrics, say) are one appearance, with the
 * interface of the first; a prefix that continues with another interface appears again. Pure: tells what appears and
 * disappears by the two functions it is given.
 */
export class RouteBook {
  private readonly byPrefix = new Map<string, Entry[]>();
  private generation = 0;
  /** What went while the dump that is running was made: it may still come by in it. */
  private gone: Set<string> | undefined;

  constructor(
    private readonly appeared: (prefix: Prefix, link: number) => void,
    private readonly disappeared: (prefix: Prefix) => void,
  ) {}

  /** The prefixes that are there now. */
  prefixes(): Prefix[] {
    return [...this.byPrefix.values()].map(([{ prefix }]) => prefix);
  }

  /** Whether anything is known of a prefix. */
  knows(prefix: Prefix): boolean {
    return this.byPrefix.has(String(prefix));
  }

  /** A workload route is there. */
  add(route: CandidateRoute): void {
    this.gone?.delete(routeKey(route));
    const key = String(route.prefix);
    const entries = this.byPrefix.get(key);
    const same = entries?.find((entry) => sameRoute(entry, route));
    if (same) {
      same.generation = this.generation;
      if (same.interface === route.interface) return;
      same.interface = route.interface; // its nexthop object leads elsewhere now
      if (entries![0] === same) this.appeared(route.prefix, route.interface);
      return;
    }
    const entry = { ...route, generation: this.generation };
    if (entries) entries.push(entry);
    else {
      this.byPrefix.set(key, [entry]);
      this.appeared(route.prefix, route.interface);
    }
  }

  /** A route is gone. */
  remove(route: CandidateRoute): void {
    this.gone?.add(routeKey(route));
    this.drop(route.prefix, (entry) => sameRoute(entry, route));
  }

  /** A route took the place of what stood at its prefix and metric. `selected`: it is a workload route itself. */
  replace(route: CandidateRoute, selected: boolean): void {
    if (selected) this.add(route); // first, so that the prefix does not go and come
    this.drop(route.prefix, (entry) => entry.metric === route.metric && !(selected && sameRoute(entry, route)));
  }

  /** An interface went down: its IPv4 routes are gone, and the kernel does not say so. */
  linkLost(index: number): void {
    const isOver = (entry: Entry) => entry.interface === index;
    for (const entries of this.byPrefix.values()) {
      const [{ prefix }] = entries;
      if (prefix.family === 'ipv4' && entries.some(isOver)) this.drop(prefix, isOver);
    }
  }

  /** Nexthop objects are gone, and with them every route on them; the kernel reports none of IPv4. */
  nexthopsGone(ids: readonly number[]): void {
    const gone = new Set(ids);
    for (const [{ prefix }] of [...this.byPrefix.values()])
      this.drop(prefix, ({ nexthopId = 0 }) => nexthopId !== 0 && gone.has(nexthopId));
  }

  /** A dump begins: {@link dumped} is called for every workload route there is, then {@link endDump}. */
  beginDump(): void {
    this.generation++;
    this.gone = new Set();
  }

  /** A workload route of the dump, which may be older than what an event has reported meanwhile. */
  dumped(route: CandidateRoute): void {
    if (!this.gone?.has(routeKey(route))) this.add(route);
  }

  /** What did not come by in the dump is gone. */
  endDump(): void {
    this.gone = undefined;
    for (const [{ prefix }] of [...this.byPrefix.values()])
      this.drop(prefix, (entry) => entry.generation !== this.generation);
  }

  private drop(prefix: Prefix, which: (entry: Entry) => boolean): void {
    const key = String(prefix);
    const entries = this.byPrefix.get(key);
    if (!entries) return;
    const left = entries.filter((entry) => !which(entry));
    for (const entry of entries) if (!left.includes(entry)) this.gone?.add(routeKey(entry));
    if (left.length > 0) {
      this.byPrefix.set(key, left);
      if (left[0].interface !== entries[0].interface) this.appeared(prefix, left[0].interface);
    } else {
      this.byPrefix.delete(key);
      this.disappeared(prefix);
    }
  }
}

/** Where a route leads: the interface, or the object, which may lead to another interface meanwhile. */
const wayOf = ({ nexthopId = 0, interface: link }: CandidateRoute): string =>
  nexthopId === 0 ? `%${link}` : `nhid ${nexthopId}`;

const sameRoute = (a: CandidateRoute, b: CandidateRoute): boolean =>
  a.protocol === b.protocol && a.metric === b.metric && wayOf(a) === wayOf(b);

const routeKey = (route: CandidateRoute): string => `${route.prefix} ${route.protocol} ${route.metric} ${wayOf(route)}`;

/** The prefix of `length` bits of octets that a message holds at `at`; zeros where it holds none (-1). */
export const prefixAt = (bytes: Uint8Array, at: number, octets: number, length: number): Prefix =>
  Prefix.of(IpAddress.fromBytes(at < 0 ? new Uint8Array(octets) : bytes.subarray(at, at + octets)), length);
