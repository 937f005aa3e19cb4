import { type Form, readForm } from '../codec/form';
import { i32 } from '../codec/octets';
import { ROUTE_FLAG, type RouteView } from '../codec/route';

/** A form of one hop, by the octets that it was read from. */
interface Entry {
  readonly type: number;
  readonly onlink: number;
  readonly interface: number;
  readonly gateway: Uint8Array;
  readonly form: number;
}

/**
 * Forms of routes that are read, by number. On the way of a million routes: all but a few have one of a handful of single hops,
 * which is found again without a text or an object being made.
 */
export class FormCache {
  private readonly entries = new Map<number, Entry>();

  /** `groupOf`: the form of a nexthop object of ours; undefined where it is none. */
  constructor(
    private readonly intern: (form: Form) => number,
    private readonly groupOf: (nexthopId: number) => number | undefined = () => undefined,
  ) {}

  /** The number of the form of a route. */
  read(bytes: Uint8Array, route: RouteView): number {
    if (route.nexthopId !== 0) return this.groupOf(route.nexthopId) ?? this.intern(readForm(bytes, route));
    if (route.multipath >= 0 || route.encapsulated || route.tos !== 0) return this.intern(readForm(bytes, route));
    const hash = hashOf(bytes, route),
      known = this.entries.get(hash);
    if (known && isOf(known, bytes, route)) return known.form;
    const entry = {
      type: route.type,
      onlink: route.flags & ROUTE_FLAG.onlink,
      interface: route.outputInterface,
      gateway: bytes.slice(Math.max(0, route.gateway), Math.max(0, route.gateway) + route.gatewayLength),
      form: this.intern(readForm(bytes, route)),
    };
    this.entries.set(hash, entry);
    return entry.form;
  }
}

function hashOf(bytes: Uint8Array, { type, outputInterface, gateway, gatewayLength }: RouteView): number {
  let hash = Math.imul(outputInterface, 31) + type;
  for (let i = 0; i < gatewayLength; i += 4) hash = Math.imul(hash, 0x9e3779b1) ^ i32(bytes, gateway + i);
  return hash;
}

function isOf(entry: Entry, bytes: Uint8Array, route: RouteView): boolean {
  if (entry.type !== route.type || entry.interface !== route.outputInterface) return false;
  if (entry.onlink !== (route.flags & ROUTE_FLAG.onlink) || entry.gateway.length !== route.gatewayLength) return false;
  for (let i = 0; i < entry.gateway.length; i++) if (entry.gateway[i] !== bytes[route.gateway + i]) return false;
  return true;
}
