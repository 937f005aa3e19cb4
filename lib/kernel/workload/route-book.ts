import { IpAddress } from '../../model/address';
import { isLike } from '../../model/interface-pattern';
import { martianOf } from '../../model/martian';
import { Prefix } from '../../model/prefix';

/** Selects the foreign routes that are workload routes: those that match any of the lists. */
export interface WorkloadSelector {
  /** Names of output interfaces, with `*` as a wildcard: `cali*`. Subnets of the interface itself do not count. */
  readonly interfaces?: readonly string[];
  /** Names of interfaces whose own subnets count. */
  readonly connected?: readonly string[];
  /** Route protocol numbers. */
  readonly protocols?: readonly number[];
  /** Routes to these prefixes and to more specific ones, except subnets of interfaces. */
  readonly prefixes?: readonly Prefix[];
  /** Tables to search. Default: the one of the watch. */
  readonly tables?: readonly number[];
  /** Names of output interfaces whose routes never count. */
  readonly ignored?: readonly string[];
}

/** A foreign route, as far as selection needs it. */
export interface CandidateRoute {
  readonly prefix: Prefix;
  readonly protocol: number;
  readonly metric: number;
  /** Index of the output interface; 0 if there are several or none. */
  readonly interface: number;
  /**
   * Id of its nexthop object, which may move to another interface later; 0 or absent if it contains its hops itself.
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
 * The current workload routes. Two routes to one prefix (with two metrics, say) appear once, with the interface of the
 * first; a prefix that moves to another interface appears again. Pure: reports appearance and disappearance through two
 * functions.
 */
export class RouteBook {
  private readonly byPrefix = new Map<string, Entry[]>();
  private generation = 0;
  /** Removed during the current dump, which may still contain them. */
  private gone: Set<string> | undefined;

  constructor(
    private readonly appeared: (prefix: Prefix, link: number) => void,
    private readonly disappeared: (prefix: Prefix) => void,
  ) {}

  /** The current prefixes. */
  prefixes(): Prefix[] {
    return [...this.byPrefix.values()].map(([{ prefix }]) => prefix);
  }

  /** Whether a prefix has any route. */
  knows(prefix: Prefix): boolean {
    return this.byPrefix.has(String(prefix));
  }

  /** Adds a workload route. */
  add(route: CandidateRoute): void {
    this.gone?.delete(routeKey(route));
    const key = String(route.prefix);
    const entries = this.byPrefix.get(key);
    const same = entries?.find((entry) => sameRoute(entry, route));
    if (same) {
      same.generation = this.generation;
      if (same.interface === route.interface) return;
      same.interface = route.interface; // its nexthop object has another interface now
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

  /** A route replaced the one with its prefix and metric. `selected`: it is a workload route itself. */
  replace(route: CandidateRoute, selected: boolean): void {
    if (selected) this.add(route); // first, so that the prefix does not disappear and reappear
    this.drop(route.prefix, (entry) => entry.metric === route.metric && !(selected && sameRoute(entry, route)));
  }

  /** An interface went down: the kernel silently deleted its IPv4 routes. */
  linkLost(index: number): void {
    const isOver = (entry: Entry) => entry.interface === index;
    for (const entries of this.byPrefix.values()) {
      const [{ prefix }] = entries;
      if (prefix.family === 'ipv4' && entries.some(isOver)) this.drop(prefix, isOver);
    }
  }

  /** Nexthop objects are gone, and with them every route on them; the kernel does not report IPv4 ones. */
  nexthopsGone(ids: readonly number[]): void {
    const gone = new Set(ids);
    for (const [{ prefix }] of [...this.byPrefix.values()])
      this.drop(prefix, ({ nexthopId = 0 }) => nexthopId !== 0 && gone.has(nexthopId));
  }

  /** A dump begins: {@link dumped} is called for every workload route, then {@link endDump}. */
  beginDump(): void {
    this.generation++;
    this.gone = new Set();
  }

  /** A workload route of the dump, which may be older than an event received meanwhile. */
  dumped(route: CandidateRoute): void {
    if (!this.gone?.has(routeKey(route))) this.add(route);
  }

  /** Removes the routes that the dump did not contain. */
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

/** Identifies where a route leads: the interface, or the object, which may move to another interface. */
const wayOf = ({ nexthopId = 0, interface: link }: CandidateRoute): string =>
  nexthopId === 0 ? `%${link}` : `nhid ${nexthopId}`;

const sameRoute = (a: CandidateRoute, b: CandidateRoute): boolean =>
  a.protocol === b.protocol && a.metric === b.metric && wayOf(a) === wayOf(b);

const routeKey = (route: CandidateRoute): string => `${route.prefix} ${route.protocol} ${route.metric} ${wayOf(route)}`;

/** The prefix of `length` bits at `at` in a message; zeros if absent (-1). */
export const prefixAt = (bytes: Uint8Array, at: number, octets: number, length: number): Prefix =>
  Prefix.of(IpAddress.fromBytes(at < 0 ? new Uint8Array(octets) : bytes.subarray(at, at + octets)), length);
