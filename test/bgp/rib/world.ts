import { ACCEPT_ALL } from '../../../lib/bgp/policy/policy';
import type { Rib, RibPeer } from '../../../lib/bgp/rib/rib';
import type { WireContext } from '../../../lib/bgp/wire/context';
import type { Family } from '../../../lib/bgp/wire/family';
import { BGP_HEADER_LENGTH } from '../../../lib/bgp/wire/message';
import type { Nlri } from '../../../lib/bgp/wire/nlri';
import type { PathAttributes } from '../../../lib/bgp/wire/path-attributes';
import { decodeUpdate, encodeAttributes, endOfRib, UpdateWriter } from '../../../lib/bgp/wire/update';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { attributesText } from './reference';

export const OWN_AS = 64512;
export const ROUTER_ID = 0x0a000001;
export const BOTH: readonly Family[] = ['ipv4 unicast', 'ipv6 unicast'];

export const ip = (text: string) => sure(IpAddress.parse(text));
export const prefixOf = (text: string) => sure(Prefix.parse(text));
export const familyOf = (prefix: Prefix): Family => (prefix.family === 'ipv4' ? 'ipv4 unicast' : 'ipv6 unicast');

/** A neighbour 192.0.2.n of an AS; inside the fabric, everything accepted, unless said otherwise. */
export function peer(n: number, peerAs: number, more: Partial<RibPeer> = {}): RibPeer {
  return {
    name: `peer${n}`,
    address: ip(`192.0.2.${n}`),
    localAddress: ip('192.0.2.254'),
    localAddresses: { ipv4: ip('192.0.2.254'), ipv6: ip('2001:db8::254') },
    localAs: OWN_AS,
    peerAs,
    inside: true,
    importPolicy: ACCEPT_ALL,
    exportPolicy: ACCEPT_ALL,
    nextHop: 'auto',
    routeReflectorClient: false,
    allowOwnAs: 0,
    ...more,
  };
}

/** What this node negotiated with a neighbour. */
export function context(of: RibPeer, more: Partial<WireContext> = {}): WireContext {
  return {
    session: of.localAs === of.peerAs ? 'ibgp' : 'ebgp',
    as4: true,
    addPathReceive: new Set(),
    addPathSend: new Set(),
    extendedMessage: false,
    localAs: of.localAs,
    peerAs: of.peerAs,
    families: new Set(BOTH),
    extendedNextHop: new Set(),
    ...more,
  };
}

/** The same session from the neighbour's end. */
export function mirrored(of: WireContext): WireContext {
  return {
    ...of,
    localAs: of.peerAs,
    peerAs: of.localAs,
    addPathReceive: of.addPathSend,
    addPathSend: of.addPathReceive,
  };
}

/**
 * The bodies of UPDATE messages that a neighbour sends to announce or (without attributes) withdraw prefixes of one
 * family.
 */
export function updates(of: WireContext, prefixes: readonly Prefix[], attributes?: PathAttributes): Uint8Array[] {
  const sender = mirrored(of);
  const writer = new UpdateWriter(sender);
  const family = familyOf(prefixes[0]);
  if (attributes) writer.announce(family, encodeAttributes(attributes, sender, family), attributes.nextHop!);
  else writer.withdraw(family);
  for (const { address, length } of prefixes) writer.addBytes(address.bytes, length);
  return [...messages(writer.take())];
}

/** The bodies of the messages in a stream of octets. */
export function* messages(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at + 16] << 8) | bytes[at + 17];
    yield bytes.subarray(at + BGP_HEADER_LENGTH, at + length);
    at += length;
  }
}

/** Feeds bodies to a RIB; the last verdict. */
export function feed(rib: Rib, id: number, bodies: readonly Uint8Array[]) {
  let verdict: ReturnType<Rib['update']> = { kind: 'accept' };
  for (const body of bodies) verdict = rib.update(id, body, 0, body.length);
  return verdict;
}

/** What a neighbour knows by the messages it got; complains of messages that make no sense. */
export class Listener {
  /** Prefix (and path identifier under ADD-PATH) → attributes as text. */
  readonly routes = new Map<string, string>();
  readonly attributes = new Map<string, PathAttributes>();
  readonly ended = new Set<Family>();
  messages = 0;

  constructor(private readonly of: WireContext) {}

  /** Takes up to `times` outputs, or all there is. */
  listen(rib: Pick<Rib, 'takeOutput'>, id: number, maxBytes = 65536, times = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < times; i++) {
      const bytes = rib.takeOutput(id, maxBytes);
      if (!bytes) return;
      for (const body of messages(bytes)) this.read(body);
    }
  }

  private read(body: Uint8Array): void {
    this.messages++;
    const update = decodeUpdate(body, 0, body.length, mirrored(this.of));
    if (update.verdict.kind !== 'accept') throw new Error(`a message is not clean: ${JSON.stringify(update.verdict)}`);
    if (update.endOfRib) this.ended.add(update.endOfRib);
    for (const route of update.withdrawn)
      if (!this.routes.delete(keyOf(route))) throw new Error(`${keyOf(route)} is withdrawn, but was never announced`);
    for (const { nextHop, ...route } of update.announced) {
      const attributes = { ...update.attributes, ...(nextHop && { nextHop }) };
      this.attributes.set(keyOf(route), attributes);
      this.routes.set(keyOf(route), attributesText(attributes));
    }
  }
}

const keyOf = ({ prefix, pathId }: Nlri) => (pathId === undefined ? String(prefix) : `${prefix} ${pathId}`);

/** The End-of-RIB of a family as a body. */
export const endOf = (family: Family) => [...messages(endOfRib(family))];
