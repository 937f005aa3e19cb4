import { constants } from 'node:os';
import type { IpAddress } from '../../model/address';
import { decodeAcknowledgement } from '../codec/acknowledgement';
import { NLM_FLAG, netlinkMessage, TYPE } from '../codec/header';
import { putU32 } from '../codec/octets';
import { emptyRoute, ROUTE_FLAG, ROUTE_TYPE, readRoute } from '../codec/route';
import { type RouteInfo, readRouteInfo } from '../codec/route-info';
import { routeLookupRequest } from '../codec/route-request';
import type { Requests } from '../netlink/driver';
import { KernelError } from '../system/error';
import { type Links, type Way, wayOf } from './resolution/resolution';
import type { Reason } from './state/nexthop-set';

/** Asks the kernel how it reaches an address, including policy rules and on-link routes. */
export class KernelLookup {
  private readonly route = emptyRoute();

  constructor(
    private readonly socket: Pick<Requests, 'send' | 'read'>,
    private readonly protocol: number,
  ) {}

  /** The kernel's answer, checked against these links; `ours` if the route is one of ours. */
  ask(address: IpAddress, links: Links): Way | Reason | 'ours' {
    const matched = this.lookup(address, true);
    const { route } = this;
    const { length, priority: metric, type, protocol, nexthopId } = route;
    if (typeof matched === 'string') return matched;
    if (protocol === this.protocol) return 'ours';
    // A foreign route on a nexthop object may be reported only by the object's id: the path chosen now is used instead.
    const info = matched.type === 'other' && nexthopId !== 0 ? this.lookup(address, false) : matched;
    if (typeof info === 'string') return info;
    if (type === ROUTE_TYPE.local) return `next hop ${address} is an address of this node`;
    if (info.type !== 'unicast') return `next hop ${address} is behind a route that drops traffic`;
    return wayOf(address, info, { length, metric }, links);
  }

  private lookup(address: IpAddress, match: boolean): RouteInfo | Reason {
    const payload = routeLookupRequest(address.bytes);
    if (!match) putU32(payload, 8, ROUTE_FLAG.lookupTable);
    const sent = this.socket.send(netlinkMessage(TYPE.getRoute, NLM_FLAG.request, 1, payload));
    let answer: RouteInfo | Reason = `no route to next hop ${address}`;
    if (sent < 0) return String(KernelError.of(`look up ${address}`, sent));
    this.socket.read((bytes, one) => {
      if (one.type === TYPE.newRoute && readRoute(bytes, one.start, one.end, this.route)) {
        answer = readRouteInfo(bytes, this.route);
      } else if (one.type === TYPE.error) {
        const error = decodeAcknowledgement(bytes, one)?.error ?? 0;
        if (-error !== constants.errno.ENETUNREACH)
          answer = String(KernelError.of(`no route to next hop ${address}`, error));
      }
    });
    return answer;
  }
}
