import { fromHex, hex } from '../../kernel/codec/octets';
import { protocolName } from '../../kernel/codec/route-protocol';
import { nameAttribute, tableFor, unnameAttribute } from './netlink-attribute';
import { decodeRouteMessage, encodeRouteMessage } from './netlink-message';

/**
 * `peerform debug netlink`: one line in, one out. In: `{"hex":"…","kind":"route"}`, a route message without its
 * nlmsghdr. Out: `{"route":{…},"reencoded":"…"}`, the latter encoded from the former, or `{"error":{code,message}}`.
 */
export function netlinkLine(input: unknown): unknown {
  const { hex: digits, kind = 'route' } = (typeof input === 'object' && input !== null ? input : {}) as {
    hex?: unknown;
    kind?: unknown;
  };
  if (kind !== 'route') return failure('kind', `${JSON.stringify(kind)} is not a kind of message; use "route"`);
  const bytes = typeof digits === 'string' ? fromHex(digits) : undefined;
  if (!bytes) return failure('hex', 'hex must be an even number of hexadecimal digits');
  const message = decodeRouteMessage(bytes);
  if (!message) return failure('route', 'the octets are not a route message');
  const table = tableFor(message.family, message.attributes);
  const shown = message.attributes.map((attribute) => nameAttribute(attribute, table));
  const attributes = shown.map((named) => unnameAttribute(named, table));
  return {
    route: { ...message, protocolName: protocolName(message.protocol), attributes: shown },
    reencoded: hex(encodeRouteMessage({ ...message, attributes })),
  };
}

const failure = (code: string, message: string) => ({ error: { code, message } });
