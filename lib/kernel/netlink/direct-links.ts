import { IpAddress } from '../../model/address';
import { Prefix } from '../../model/prefix';
import { NLM_FLAG, netlinkMessage, TYPE } from '../codec/header';
import { addressRequest, decodeInterfaceAddress } from '../codec/interface-address';
import { decodeLink, type Link, oneLinkRequest } from '../codec/link';
import { putU32 } from '../codec/octets';
import { emptyRoute, ROUTE_FLAG, readRoute } from '../codec/route';
import { readRouteInfo } from '../codec/route-info';
import { routeLookupRequest } from '../codec/route-request';
import { KernelError } from '../system/error';
import type { Requests } from './driver';
import { GROUP, NetlinkSocket } from './socket';

/** Octets of buffers: all addresses of a node that has many interfaces. */
const BUFFER = 1 << 20;
/** Milliseconds for which the kernel's answer on a route is used: unlike addresses, routes are not followed. */
const ROUTE_HOLDS = 1_000;

/** A subnet of an interface. */
interface Subnet {
  readonly prefix: Prefix;
  readonly link: number;
}

/** The interfaces that lead to an address, by index. */
interface Ways {
  readonly links: ReadonlySet<number>;
  readonly until: number;
}

/**
 * At which interfaces neighbours on the link are: those with a subnet that holds the neighbour's address or, if there
 * is none, that of a route to it without a gateway. Follows addresses as they come and go, also with their interfaces.
 * All requests are answered at once, as the kernel does so within the system call.
 */
export class DirectLinks {
  private subnets: readonly Subnet[] = [];
  private isStale = true;
  private readonly ways = new Map<string, Ways>();
  private readonly names = new Map<number, string>();

  /** `events`: of the addresses of this machine. `now`: milliseconds of a monotonic clock. */
  constructor(
    private readonly requests: Pick<Requests, 'send' | 'read' | 'close'>,
    private readonly events: Pick<NetlinkSocket, 'read' | 'close'>,
    private readonly now: () => number,
  ) {}

  static open(now: () => number): DirectLinks | KernelError {
    const buffers = { receiveBuffer: BUFFER, sendBuffer: BUFFER };
    const requests = NetlinkSocket.open(buffers);
    if (requests instanceof KernelError) return requests;
    const events = NetlinkSocket.open({ ...buffers, groups: [GROUP.ipv4Address, GROUP.ipv6Address] });
    if (!(events instanceof KernelError)) return new DirectLinks(requests, events, now);
    requests.close();
    return events;
  }

  /** Whether the neighbour is directly connected at the interface of this index. */
  leadTo(neighbour: string, link: number): boolean {
    this.follow();
    const known = this.ways.get(neighbour);
    if (known && this.now() < known.until) return known.links.has(link);
    const ways = this.waysTo(neighbour);
    this.ways.set(neighbour, ways);
    return ways.links.has(link);
  }

  /** The name of an interface, or its index if it is gone. */
  nameOf(link: number): string {
    const known = this.names.get(link);
    if (known !== undefined) return known;
    const name = this.linkAt(link)?.name ?? `interface ${link}`;
    this.names.set(link, name);
    return name;
  }

  close(): void {
    this.requests.close();
    this.events.close();
  }

  /** Addresses changed before a packet arrived if, and only if, the kernel has said so before. */
  private follow(): void {
    for (;;) {
      const end = this.events.read(() => {
        this.isStale = true;
      });
      if (end === 'lost') this.isStale = true;
      if (end === 'empty' || end instanceof KernelError) break;
    }
    if (!this.isStale) return;
    const subnets: Subnet[] = [];
    const isAnswered = this.ask(TYPE.getAddress, addressRequest(), (bytes, { type, start, end }) => {
      const own = type === TYPE.newAddress ? decodeInterfaceAddress(bytes, start, end) : undefined;
      if (own) subnets.push({ prefix: Prefix.of(own.peer ?? own.address, own.length), link: own.interface });
    });
    this.subnets = subnets;
    this.ways.clear();
    this.names.clear();
    this.isStale = !isAnswered;
  }

  private waysTo(neighbour: string): Ways {
    const address = IpAddress.parse(neighbour);
    if (!(address instanceof IpAddress)) return { links: new Set(), until: Number.POSITIVE_INFINITY };
    const host = Prefix.host(address);
    const own = this.subnets.filter(({ prefix }) => prefix.contains(host)).map(({ link }) => link);
    if (own.length > 0) return { links: this.withMasters(own), until: Number.POSITIVE_INFINITY };
    return { links: this.withMasters(this.routeTo(address)), until: this.now() + ROUTE_HOLDS };
  }

  /** In a VRF the kernel reports either the interface or the VRF, depending on its version and the family. */
  private withMasters(links: readonly number[]): ReadonlySet<number> {
    return new Set(links.flatMap((link) => [link, this.linkAt(link)?.master ?? link]));
  }

  private linkAt(index: number): Link | undefined {
    let link: Link | undefined;
    this.ask(TYPE.getLink, oneLinkRequest(index), (bytes, { type, start, end }) => {
      if (type === TYPE.newLink) link = decodeLink(bytes, start, end);
    });
    return link;
  }

  /** The interface of the route to an address, if it has no gateway. */
  private routeTo(address: IpAddress): number[] {
    const route = emptyRoute();
    const request = routeLookupRequest(address.bytes);
    putU32(request, 8, ROUTE_FLAG.lookupTable); // the path, also of a route on a nexthop object
    let links: number[] = [];
    this.ask(TYPE.getRoute, request, (bytes, { type, start, end }) => {
      if (type !== TYPE.newRoute || !readRoute(bytes, start, end, route)) return;
      const { type: kind, hops } = readRouteInfo(bytes, route);
      if (kind === 'unicast') links = hops.filter(({ gateway }) => !gateway).map((hop) => hop.interface);
    });
    return links;
  }

  /** A dump, unless the request is for one thing. Returns whether all was read. */
  private ask(type: number, payload: Uint8Array, visit: Parameters<NetlinkSocket['read']>[0]): boolean {
    const flags = NLM_FLAG.request | (type === TYPE.getAddress ? NLM_FLAG.dump : 0);
    if (this.requests.send(netlinkMessage(type, flags, 1, payload)) < 0) return false;
    for (;;) {
      const end = this.requests.read(visit);
      if (end !== 'more') return end === 'empty';
    }
  }
}
