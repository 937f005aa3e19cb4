import type { NetlinkMessage } from '../codec/header';
import { FAMILY, ROUTE_FLAG, ROUTE_TYPE, type RouteFields, readRoute } from '../codec/route';

/** Reads a route into `route` if it is in a table and for all types of service; false for anything else. */
export const readTableRoute = (bytes: Uint8Array, one: NetlinkMessage, route: RouteFields): boolean =>
  readRoute(bytes, one.start, one.end, route) && counts(route);

const counts = ({ family, flags, tos, type }: RouteFields): boolean =>
  (family === FAMILY.ipv4 || family === FAMILY.ipv6) &&
  (flags & ROUTE_FLAG.cloned) === 0 &&
  tos === 0 &&
  type !== ROUTE_TYPE.multicast;
