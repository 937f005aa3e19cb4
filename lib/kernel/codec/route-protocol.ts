import { ROUTE_PROTOCOLS } from '../../model/route-protocol';

export { protocolNumber, ROUTE_PROTOCOLS } from '../../model/route-protocol';

/**
 * Our own number: unused in iproute2's table, so that every route of ours is known by it and none of anybody else's.
 */
export const OWN_PROTOCOL = 114;

/** The name of a route protocol, or its number as a string. */
export const protocolName = (protocol: number): string => ROUTE_PROTOCOLS[protocol] ?? String(protocol);

/** Whose routes a protocol number marks, where it is somebody else's by the table of iproute2; 0 marks nobody's. */
export const ownerOfProtocol = (protocol: number): string | undefined =>
  protocol === OWN_PROTOCOL ? undefined : protocol === 0 ? 'an unspecified program' : ROUTE_PROTOCOLS[protocol];
