import { ROUTE_PROTOCOLS } from '../../model/route-protocol';

export { protocolNumber, ROUTE_PROTOCOLS } from '../../model/route-protocol';

/** Our own number: unused in iproute2's table, so that every route of ours is known by it and none of anybody else's. */
export const OWN_PROTOCOL = 114;

/** The name of a route protocol, or its number as text. */
export const protocolName = (protocol: number): string => ROUTE_PROTOCOLS[protocol] ?? String(protocol);
