import { attribute, writeNetlinkAttributes } from '../../../lib/kernel/codec/attribute';
import { ERRNO } from '../../../lib/kernel/codec/errno';
import {
  emptyMessage,
  type NetlinkMessage,
  NLM_FLAG,
  netlinkMessage,
  nextMessage,
  readMessage,
  TYPE,
} from '../../../lib/kernel/codec/header';
import { decodeNexthop, encodeNexthop, type Nexthop } from '../../../lib/kernel/codec/nexthop';
import { putU32 } from '../../../lib/kernel/codec/octets';
import { emptyRoute, FAMILY, type RouteFields, readRoute } from '../../../lib/kernel/codec/route';
import {
  type Hop,
  readRouteInfo,
  routeInfo,
  routeInfoKey,
  writeNexthopRouteInfo,
  writeRouteInfo,
} from '../../../lib/kernel/codec/route-info';
import { writeRouteRequest } from '../../../lib/kernel/codec/route-request';
import type { NetlinkDriver, Requests } from '../../../lib/kernel/netlink/driver';
import type { DumpRequest } from '../../../lib/kernel/netlink/dump';
import type { MonitorEvents } from '../../../lib/kernel/netlink/monitor';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { ip, prefix } from '../routing-world';

const ENOSPC = 28;
const ENETUNREACH = 101;
const KERNEL = 2;
const MAIN = 254;

/** A route of somebody else: over a gateway and a link, or on the link itself. */
export interface Stranger {
  readonly via?: string;
  readonly link?: number;
  readonly metric?: number;
  readonly protocol?: number;
  readonly table?: number;
  /** The nexthop object that it is on, instead of a gateway and a link. */
  readonly object?: number;
  /** Who writes it. */
  readonly port?: number;
}

/**
 * A kernel without a kernel, behind a netlink driver: links, addresses, routes and nexthop objects of one network
 * namespace, as messages of our own codec. It tells of what others do, and not of what our sockets ask for.
 */
export class FakeKernel implements NetlinkDriver {
  /** By table, prefix and metric, the message that tells of a route. */
  private readonly routes = new Map<string, Uint8Array>();
  private readonly links = new Map<number, Uint8Array>();
  private readonly addresses = new Map<string, Uint8Array>();
  readonly objects = new Map<number, Nexthop>();
  private events: MonitorEvents | undefined;
  /** Others do things of which nothing is told. */
  isDeaf = false;
  /** Links change, and it neither acts on it nor tells of it yet, as before its link watch runs. */
  isSlow = false;
  /** Errors that requests about routes to a prefix get. */
  readonly errors = new Map<string, number>();
  /** It has no room for nexthop objects. */
  refusesObjects = false;
  /** How many routes it was asked to write or delete. */
  requests = 0;

  // ---- What others do

  /** A link comes or changes. */
  link(index: number, name: string, { up = true, carrier = true } = {}): void {
    const header = new Uint8Array(16);
    putU32(header, 4, index);
    putU32(header, 8, (up ? 1 : 0) | (carrier ? 0x10000 : 0));
    const octets = netlinkMessage(
      TYPE.newLink,
      0,
      0,
      joined(header, [attribute(3, new TextEncoder().encode(`${name}\0`))]),
    );
    this.links.set(index, octets);
    if (this.isSlow) return;
    // told by the link alone
    if (!up) for (const [key, one] of [...this.routes]) if (this.isOver(one, index)) this.routes.delete(key);
    if (!carrier) for (const one of [...this.objects.values()]) if (one.interface === index) this.dropObject(one.id);
    this.tell(octets);
  }

  /** A link gets an address, and with it the route to its subnet. */
  address(text: string, index: number): void {
    const { bytes } = ip(text.split('/')[0]);
    const header = Uint8Array.of(
      bytes.length === 4 ? FAMILY.ipv4 : FAMILY.ipv6,
      Number(text.split('/')[1]),
      0,
      0,
      0,
      0,
      0,
      0,
    );
    putU32(header, 4, index);
    const octets = netlinkMessage(TYPE.newAddress, 0, 0, joined(header, [attribute(2, bytes), attribute(1, bytes)]));
    this.addresses.set(text, octets);
    this.tell(octets);
    this.add(String(Prefix.of(ip(text.split('/')[0]), header[1])), {
      link: index,
      protocol: KERNEL,
      metric: 0,
      port: 0,
    });
  }

  /** Somebody writes a route; `replaces`: in the place of what has its prefix and metric, as `ip route replace`. */
  add(to: string, stranger: Stranger, replaces = false): void {
    const octets = messageOf(to, stranger, replaces);
    this.routes.set(keyOf(octets), octets);
    this.tell(octets, stranger.port);
  }

  /** Somebody deletes the route to a prefix at a metric. */
  remove(to: string, metric = 200, port = 4711): void {
    const key = [...this.routes.keys()].find((one) => one === `${MAIN} ${to} ${metric}`)!;
    const octets = this.routes.get(key)!.slice();
    this.routes.delete(key);
    octets[4] = TYPE.delRoute;
    this.tell(octets, port);
  }

  /** Somebody deletes a nexthop object, and with it the routes on it. */
  removeObject(id: number, port = 4711): void {
    const object = this.objects.get(id)!;
    this.dropObject(id);
    this.tell(netlinkMessage(TYPE.delNexthop, 0, 0, encodeNexthop(object)), port);
  }

  /** The routes of a protocol, as `prefix info`, sorted; on a nexthop group: what it leads to. */
  routesOf(protocol = 114): string[] {
    const shown: string[] = [];
    for (const octets of this.routes.values()) {
      const { view, to } = read(octets);
      if (view.protocol === protocol) shown.push(`${to} ${this.leads(octets, view)}`);
    }
    return shown.sort();
  }

  // ---- What it is asked

  readonly open = (): Requests => {
    let answers: Uint8Array[] = [];
    const send = (bytes: Uint8Array, length = bytes.length): number => {
      const one = emptyMessage();
      for (let at = 0; readMessage(bytes, at, length, one); at = nextMessage(one)) {
        if (one.type === TYPE.getRoute) answers.push(this.lookUp(bytes, one));
        else {
          const error = this.perform(bytes, one);
          if (error !== 0 || (one.flags & NLM_FLAG.ack) !== 0) answers.push(answer(-error, one.sequence));
        }
      }
      return 0;
    };
    return {
      port: 1,
      privileged: true,
      send,
      sendAsync(bytes, length, done) {
        send(bytes, length);
        setImmediate(() => done(0));
      },
      read(visit) {
        for (const bytes of answers.splice(0)) visit(bytes, readMessage(bytes, 0, bytes.length, emptyMessage())!);
        return 'empty';
      },
      close: () => {
        answers = [];
      },
    };
  };

  readonly monitor = (_filter: Uint8Array, events: MonitorEvents): { drain(): void; close(): void } => {
    this.events = events;
    return { drain: () => {}, close: () => {} };
  };

  readonly dump = async ({ type, payload, begin, visit }: DumpRequest): Promise<undefined> => {
    begin?.();
    const all = {
      [TYPE.getLink]: () => [...this.links.values()],
      [TYPE.getAddress]: () => [...this.addresses.values()],
      [TYPE.getRoute]: () => [...this.routes.values()].filter((octets) => octets[16] === payload[0]),
      [TYPE.getNexthop]: () =>
        [...this.objects.values()].map((one) => netlinkMessage(TYPE.newNexthop, 0, 0, encodeNexthop(one))),
    }[type];
    for (const one of all?.() ?? []) {
      const octets = one.slice();
      octets[6] = NLM_FLAG.multi;
      octets[7] = 0;
      visit(octets, readMessage(octets, 0, octets.length, emptyMessage())!);
    }
    await new Promise((turn) => setImmediate(turn));
    return undefined;
  };

  /** Answers 0 or an errno. */
  private perform(bytes: Uint8Array, one: NetlinkMessage): number {
    if (one.type === TYPE.newNexthop || one.type === TYPE.delNexthop) {
      const object = decodeNexthop(bytes, one.start, one.end)!;
      if (one.type === TYPE.newNexthop && this.refusesObjects) return ENOSPC;
      if (one.type === TYPE.newNexthop) this.objects.set(object.id, object);
      else this.dropObject(object.id);
      return 0;
    }
    this.requests++;
    const octets = netlinkMessage(TYPE.newRoute, 0, 0, bytes.slice(one.start, one.end));
    const { view, to } = read(octets);
    const key = keyOf(octets);
    const before = this.routes.get(key);
    const error = this.errors.get(to);
    if (error !== undefined) return error;
    if (one.type === TYPE.delRoute) {
      if (!before || read(before).view.protocol !== view.protocol) return ERRNO.ESRCH;
      this.routes.delete(key);
      return 0;
    }
    if (before && (one.flags & NLM_FLAG.exclusive) !== 0) return ERRNO.EEXIST;
    if (!before && (one.flags & NLM_FLAG.create) === 0) return ERRNO.ENOENT;
    if (view.nexthopId !== 0 && !this.objects.has(view.nexthopId)) return ERRNO.EINVAL;
    this.routes.set(key, octets);
    return 0;
  }

  /** Which route leads to an address: the longest match in the main table, of the lowest metric. */
  private lookUp(bytes: Uint8Array, one: NetlinkMessage): Uint8Array {
    const { view } = read(netlinkMessage(TYPE.newRoute, 0, 0, bytes.slice(one.start, one.end)));
    const octets = view.family === FAMILY.ipv4 ? 4 : 16;
    const at = one.start - 16 + view.destination;
    const wanted = IpAddress.fromBytes(bytes.slice(at, at + octets));
    const matches = [...this.routes.values()]
      .map((route) => ({ route, ...read(route) }))
      .filter((match) => match.view.table === MAIN && prefix(match.to).contains(Prefix.host(wanted)))
      .sort((a, b) => b.view.length - a.view.length || a.view.priority - b.view.priority);
    return matches[0]?.route ?? answer(-ENETUNREACH, one.sequence);
  }

  private dropObject(id: number): void {
    this.objects.delete(id);
    for (const [key, octets] of [...this.routes]) if (read(octets).view.nexthopId === id) this.routes.delete(key);
  }

  private isOver(octets: Uint8Array, link: number): boolean {
    const { view } = read(octets);
    return view.family === FAMILY.ipv4 && view.outputInterface === link;
  }

  private leads(octets: Uint8Array, view: RouteFields): string {
    const { group } = this.objects.get(view.nexthopId) ?? {};
    if (!group) return routeInfoKey(readRouteInfo(octets, view));
    const hops = group.map(({ id, weight }): Hop => {
      const { interface: index = 0, gateway } = this.objects.get(id)!;
      return { interface: index, ...(gateway && { gateway }), weight, onlink: false };
    });
    return `group ${routeInfoKey(routeInfo('unicast', hops))}`;
  }

  private tell(octets: Uint8Array, port = 0): void {
    if (this.isDeaf || !this.events) return;
    const told = octets.slice();
    putU32(told, 12, port);
    this.events.message(told, readMessage(told, 0, told.length, emptyMessage())!);
  }
}

function messageOf(
  to: string,
  { via, link, object, metric = 0, protocol = 4, table = MAIN }: Stranger,
  replaces: boolean,
): Uint8Array {
  const { address, length } = prefix(to);
  const octets = address.bytes.length;
  const view = new DataView(address.bytes.slice().buffer);
  const key = Int32Array.from({ length: octets / 4 }, (_, word) => view.getInt32(4 * word));
  const hop = { interface: link ?? 0, weight: 1, onlink: false, ...(via && { gateway: ip(via) }) };
  const info = link === undefined ? routeInfo('blackhole') : routeInfo('unicast', [hop]);
  const bytes = new Uint8Array(256);
  const owner = { table, metric, protocol };
  const octetsOfInfo = object === undefined ? writeRouteInfo(info, octets) : writeNexthopRouteInfo(object);
  const end = writeRouteRequest(bytes, 0, 'add', 0, owner, key, octets, length, octetsOfInfo);
  bytes[6] = 0;
  bytes[7] = replaces ? NLM_FLAG.replace >> 8 : 0;
  return bytes.slice(0, end);
}

function read(octets: Uint8Array): { view: RouteFields; to: string } {
  const view = emptyRoute();
  readRoute(octets, 16, octets.length, view);
  const length = view.family === FAMILY.ipv4 ? 4 : 16;
  const bytes =
    view.destination < 0 ? new Uint8Array(length) : octets.slice(view.destination, view.destination + length);
  return { view, to: String(Prefix.of(IpAddress.fromBytes(bytes), view.length)) };
}

function keyOf(octets: Uint8Array): string {
  const { view, to } = read(octets);
  return `${view.table} ${to} ${view.priority}`;
}

function joined(header: Uint8Array, attributes: Parameters<typeof writeNetlinkAttributes>[0]): Uint8Array {
  const octets = writeNetlinkAttributes(attributes);
  const payload = new Uint8Array(header.length + octets.length);
  payload.set(header);
  payload.set(octets, header.length);
  return payload;
}

function answer(error: number, sequence: number): Uint8Array {
  const payload = new Uint8Array(20);
  const view = new DataView(payload.buffer);
  view.setInt32(0, error, true);
  view.setUint32(12, sequence, true);
  return netlinkMessage(TYPE.error, NLM_FLAG.capped, sequence, payload);
}
