import { type NetlinkAttribute, readAttributes, writeNetlinkAttributes } from '../../kernel/codec/attribute';
import { putU32, u32 } from '../../kernel/codec/octets';
import { ROUTE_HEADER } from '../../kernel/codec/route';

/** A complete route message: struct rtmsg and every attribute in order, for users and tests. */
interface RouteMessage {
  readonly family: number;
  readonly destinationLength: number;
  readonly sourceLength: number;
  readonly tos: number;
  readonly table: number;
  readonly protocol: number;
  readonly scope: number;
  readonly type: number;
  readonly flags: number;
  readonly attributes: readonly NetlinkAttribute[];
}

/** Decodes a route message without its nlmsghdr; undefined if invalid. */
export function decodeRouteMessage(bytes: Uint8Array): RouteMessage | undefined {
  if (bytes.length < ROUTE_HEADER) return undefined;
  const attributes = readAttributes(bytes, ROUTE_HEADER, bytes.length);
  if (!attributes) return undefined;
  const [family, destinationLength, sourceLength, tos, table, protocol, scope, type] = bytes;
  const flags = u32(bytes, 8);
  return { family, destinationLength, sourceLength, tos, table, protocol, scope, type, flags, attributes };
}

export function encodeRouteMessage(route: RouteMessage): Uint8Array {
  const attributes = writeNetlinkAttributes(route.attributes);
  const bytes = new Uint8Array(ROUTE_HEADER + attributes.length);
  bytes.set([
    route.family,
    route.destinationLength,
    route.sourceLength,
    route.tos,
    route.table,
    route.protocol,
    route.scope,
    route.type,
  ]);
  putU32(bytes, 8, route.flags);
  bytes.set(attributes, ROUTE_HEADER);
  return bytes;
}
