import { ROUTE_PROTOCOLS } from '../../model/route-protocol';

/** Our own protocol number: unassigned in iproute2's table, so that it identifies our routes and no others. */
export const OWN_PROTOCOL = 114;

/** The name of a route protocol, or its number as a string. */
export const protocolName = (protocol: number): string => ROUTE_PROTOCOLS[protocol] ?? String(protocol);

/** The owner of a protocol number by iproute2's table, if it is not us; 0 has none. */
export const ownerOfProtocol = (protocol: number): string | undefined =>
  protocol === OWN_PROTOCOL ? undefined : protocol === 0 ? 'an unspecified program' : ROUTE_PROTOCOLS[protocol];
