/** Types of ICMPv6 messages (RFC 4861 section 4). */
export const MESSAGE_TYPE = { solicitation: 133, advertisement: 134 } as const;

/** A sender that is not a router may be further away: nothing that a router forwarded has this hop limit. */
const HOP_LIMIT = 255;
/** Octets of each message without options. */
const LENGTH = { solicitation: 8, advertisement: 16 } as const;
/** Option: source link-layer address. Lengths of options are in units of 8 octets. */
const SOURCE_LINK_LAYER = 1;
const UNIT = 8;
/** Octets of the longest link-layer address that is remembered: that of IP over InfiniBand (RFC 4391). */
const LONGEST_LINK_LAYER = 20;
const LONGEST_OPTION = Math.ceil((2 + LONGEST_LINK_LAYER) / UNIT) * UNIT;
/** The current hop limit that our advertisements recommend: none. */
const UNSPECIFIED = 0;

/** A router solicitation (RFC 4861 section 4.1) or advertisement (section 4.2), in the parts that discovery needs. */
export type Message =
  | { readonly kind: 'solicitation'; readonly linkLayer?: string }
  | {
      readonly kind: 'advertisement';
      /** Seconds for which the sender is a default router; 0: it is not one, but still a neighbour. */
      readonly routerLifetime: number;
      readonly linkLayer?: string;
    };

/** Why a message is discarded (RFC 4861 sections 6.1.1 and 6.1.2), in the order of the checks. */
type Discard = 'hop-limit' | 'too-short' | 'type' | 'code' | 'source' | 'option';

/** Whether an address, as a string, is a link-local one (RFC 4291 section 2.5.6). */
export const isLinkLocal = (address: string): boolean => /^fe[89ab][0-9a-f]:/i.test(address);

/**
 * Decodes an ICMPv6 message, or returns why it must be discarded. `from` and `hopLimit` are those of its packet. The
 * kernel has checked the checksum, as it does on every raw ICMPv6 socket (RFC 3542 section 3.1).
 */
export function decodeMessage(octets: Uint8Array, from: string, hopLimit: number): Message | Discard {
  if (hopLimit !== HOP_LIMIT) return 'hop-limit';
  if (octets.length < LENGTH.solicitation) return 'too-short';
  const kind = kindOf(octets[0]);
  if (!kind) return 'type';
  if (octets.length < LENGTH[kind]) return 'too-short';
  if (octets[1] !== 0) return 'code';
  // A solicitation may come from a station that has no address yet, which then must not name its link-layer address.
  const isNameless = from === '::' && kind === 'solicitation';
  if (!isLinkLocal(from) && !isNameless) return 'source';
  const options = decodeOptions(octets.subarray(LENGTH[kind]));
  if (!options || (isNameless && options.linkLayer !== undefined)) return 'option';
  if (kind === 'solicitation') return { kind, ...options };
  return { kind, routerLifetime: (octets[6] << 8) | octets[7], ...options };
}

function kindOf(type: number): Message['kind'] | undefined {
  if (type === MESSAGE_TYPE.solicitation) return 'solicitation';
  return type === MESSAGE_TYPE.advertisement ? 'advertisement' : undefined;
}

/** The options of a message; undefined if one of them has no length, or is longer than the message. */
function decodeOptions(octets: Uint8Array): { linkLayer?: string } | undefined {
  let linkLayer: string | undefined;
  for (let at = 0; at < octets.length; ) {
    const length = octets[at + 1] * UNIT;
    // The length of a last octet that stands alone is not a number.
    if (!(length > 0) || at + length > octets.length) return undefined;
    if (octets[at] === SOURCE_LINK_LAYER && length <= LONGEST_OPTION)
      linkLayer ??= linkLayerText(octets.subarray(at + 2, at + length));
    at += length;
  }
  return linkLayer === undefined ? {} : { linkLayer };
}

/** Encodes a message. The kernel writes the checksum. */
export function encodeMessage(message: Message): Uint8Array {
  const { kind, linkLayer } = message;
  const address = linkLayer === undefined ? undefined : linkLayerOctets(linkLayer);
  const option = address ? Math.ceil((2 + address.length) / UNIT) : 0;
  const octets = new Uint8Array(LENGTH[kind] + option * UNIT);
  octets[0] = MESSAGE_TYPE[kind];
  if (message.kind === 'advertisement') {
    octets[4] = UNSPECIFIED;
    octets[6] = message.routerLifetime >>> 8;
    octets[7] = message.routerLifetime;
  }
  if (address) {
    octets.set([SOURCE_LINK_LAYER, option], LENGTH[kind]);
    octets.set(address, LENGTH[kind] + 2);
  }
  return octets;
}

const linkLayerText = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':');

const linkLayerOctets = (text: string): Uint8Array =>
  Uint8Array.from(text.split(':'), (octet) => Number.parseInt(octet, 16));
