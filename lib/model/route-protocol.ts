import { Problem } from './problem';

/** Origin of a kernel route: rtm_protocol, with the names in iproute2's rt_protos. */
export const ROUTE_PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  8: 'gated',
  9: 'ra',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  13: 'dnrouted',
  14: 'xorp',
  15: 'ntk',
  16: 'dhcp',
  17: 'mrouted',
  18: 'keepalived',
  42: 'babel',
  84: 'ovn',
  99: 'openr',
  114: 'peerform',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
};

/** Number of a route protocol, by name or number; undefined if it is neither. */
function protocolNumber(text: string): number | undefined {
  const known = Object.entries(ROUTE_PROTOCOLS).find(([, name]) => name === text);
  if (known) return Number(known[0]);
  return /^\d{1,3}$/.test(text) && Number(text) < 256 ? Number(text) : undefined;
}

/** The protocol of a kernel route, as `ip route` shows it: a name or number. */
export class RouteProtocol {
  private constructor(readonly number: number) {}

  static parse(input: unknown): RouteProtocol | Problem {
    if (input instanceof RouteProtocol) return input;
    const number = typeof input === 'string' ? protocolNumber(input) : undefined;
    return number === undefined
      ? Problem.of('protocol', `${JSON.stringify(input)} is not a kernel route protocol`)
      : new RouteProtocol(number);
  }

  toString(): string {
    return ROUTE_PROTOCOLS[this.number] ?? String(this.number);
  }

  toJSON(): string {
    return this.toString();
  }
}
