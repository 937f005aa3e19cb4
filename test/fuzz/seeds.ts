import type { WireContext } from '../../lib/bgp/wire/context';
import { KEEPALIVE } from '../../lib/bgp/wire/keepalive';
import { encodeNotification, notification, shutdown } from '../../lib/bgp/wire/notification';
import { encodeOpen, type Open } from '../../lib/bgp/wire/open';
import { type PathAttributes, SEGMENT } from '../../lib/bgp/wire/path-attributes';
import { encodeRouteRefresh, encodeRouteRefreshOf } from '../../lib/bgp/wire/route-refresh';
import { encodeAttributes, endOfRib, UpdateWriter } from '../../lib/bgp/wire/update';
import { IpAddress } from '../../lib/model/address';
import { Prefix } from '../../lib/model/prefix';
import { sure } from '../../lib/model/problem';
import { CONTEXTS, PEER_AS } from './contexts';
import { writeAttributes } from './mutation/attributes';
import { concat } from './mutation/octets';

export const address = (text: string): Uint8Array => sure(IpAddress.parse(text)).bytes;
export const prefix = (text: string): Prefix => sure(Prefix.parse(text));

/** The body of a message. */
export const bodyOf = (message: Uint8Array): Uint8Array => message.slice(19);

const sequence = (...members: number[]) => ({ type: SEGMENT.sequence, members });

const PLAIN: PathAttributes = { origin: 0, asPath: [sequence(PEER_AS, 65002)], nextHop: address('192.0.2.1') };
const RICH: PathAttributes = {
  ...PLAIN,
  origin: 2,
  asPath: [sequence(PEER_AS, 4200000001), { type: SEGMENT.set, members: [7, 8] }],
  med: 50,
  localPref: 200,
  atomicAggregate: true,
  aggregator: { as: 4200000001, address: address('192.0.2.9') },
  communities: [0xfde80001, 0xffffff01],
  originatorId: 0x0a000009,
  clusterList: [0x0a000008, 0x0a000007],
  extendedCommunities: [Uint8Array.of(0, 2, 0xfd, 0xe8, 0, 0, 0, 1), Uint8Array.of(0x40, 2, 0, 1, 0, 0, 0, 2)],
  largeCommunities: [[64512, 1, 2]],
  onlyToCustomer: PEER_AS,
  unknown: [{ type: 99, flags: 0xc0, value: Uint8Array.of(1, 2, 3) }],
};
/** Nothing but what most routes have: what the RIB reads in its fast way. */
const { unknown: _, onlyToCustomer: __, ...COMMON } = RICH;
const CONFEDERATION: PathAttributes = {
  ...PLAIN,
  localPref: 100,
  asPath: [{ type: SEGMENT.confedSequence, members: [64600, 64601] }, sequence(PEER_AS)],
};

/** Attributes that are checked and not read, each with a value that passes. */
export const CHECKED: readonly Uint8Array[] = [
  [22, 0xc0, [0, 0, 0, 0, 0]],
  [23, 0xc0, [0, 13, 0, 2, 1, 2]],
  [24, 0x80, new Array(36).fill(1)],
  [25, 0xc0, new Array(20).fill(2)],
  [26, 0x80, [1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 9]],
  [29, 0x80, [4, 1, 0, 1, 7]],
  [40, 0xc0, [1, 0, 7, 0, 0, 0, 0, 0, 0, 1, 3, 0, 8, 0, 0, 1, 2, 3, 4, 5, 6]],
  [128, 0xc0, [0, 0, 0xfd, 0xe8, 0x40, 1, 1, 0]],
].map(([type, flags, value]) =>
  writeAttributes([{ type: type as number, flags: flags as number, value: Uint8Array.from(value as number[]) }]),
);

/** Bodies of UPDATE messages that a neighbour may send in this session. */
export function updates(context: WireContext): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  const internal = context.session === 'ibgp';
  const routes = {
    'ipv4 unicast': ['10.0.0.0/8', '10.0.1.0/24', '0.0.0.0/0'],
    'ipv6 unicast': ['2001:db8::/32', '::/0'],
  };
  for (const attributes of [PLAIN, COMMON, RICH, CONFEDERATION])
    for (const family of context.families) {
      const writer = new UpdateWriter(context);
      const nextHop = family === 'ipv4 unicast' ? PLAIN.nextHop! : concat(address('2001:db8::1'), address('fe80::1'));
      const known = internal ? { ...attributes, localPref: attributes.localPref ?? 100 } : external(attributes);
      writer.announce(family, encodeAttributes({ ...known, nextHop }, context, family), nextHop);
      for (const [i, text] of routes[family].entries()) {
        const { address: network, length } = prefix(text);
        writer.addBytes(network.bytes, length, i);
      }
      writer.withdraw(family);
      writer.addBytes(prefix(routes[family][0]).address.bytes, prefix(routes[family][0]).length, 1);
      bodies.push(...split(writer.take()));
    }
  for (const family of context.families) bodies.push(bodyOf(endOfRib(family)));
  bodies.push(...unusual(context));
  const plain = encodeAttributes({ ...PLAIN, ...(internal && { localPref: 100 }) }, context);
  for (const checked of CHECKED) {
    const block = concat(plain, checked);
    const path = context.addPathReceive.has('ipv4 unicast') ? [0, 0, 0, 1] : [];
    bodies.push(concat([0, 0, block.length >>> 8, block.length & 255], block, path, [24, 10, 9, 8]));
  }
  return bodies;
}

/** Without what an external neighbour may not say. */
function external({ localPref: _, originatorId: __, clusterList: ___, ...rest }: PathAttributes): PathAttributes {
  return rest;
}

/**
 * Routes of MP_REACH_NLRI behind MP_UNREACH_NLRI and the other way round; segments as long as they may be; a full
 * message.
 */
function unusual(context: WireContext): Uint8Array[] {
  const family = context.families.has('ipv6 unicast') ? 'ipv6 unicast' : 'ipv4 unicast';
  const addPath = context.addPathReceive.has('ipv4 unicast') || context.addPathReceive.has('ipv6 unicast');
  const internal = context.session === 'ibgp' && { localPref: 100 };
  const nlri = concat(addPath ? [0, 0, 0, 1] : [], [24, 10, 9, 8]);
  const whole = (block: Uint8Array, routes = nlri) =>
    concat([0, 0, block.length >>> 8, block.length & 255], block, routes);
  const plain = encodeAttributes({ ...PLAIN, ...internal, med: 9 }, context);
  const [first, second] = [plain.subarray(0, 4), plain.subarray(4)];
  const path = addPath ? [0, 0, 0, 1] : [];
  const reach = mp(14, concat([0, 2, 1, 16], address('2001:db8::1'), [0], path, [32, 0x20, 1, 0x0d, 0xb8]));
  const unreach = mp(15, concat([0, 2, 1], path, [48, 0x20, 1, 0x0d, 0xb8, 0, 1]));
  const long = (count: number) =>
    encodeAttributes(
      {
        ...PLAIN,
        ...internal,
        asPath: [sequence(...new Array(count).fill(65001)), sequence(...new Array(255).fill(70000))],
      },
      context,
    );
  const writer = new UpdateWriter(context);
  const nextHop = family === 'ipv4 unicast' ? PLAIN.nextHop! : address('2001:db8::1');
  writer.announce(family, encodeAttributes({ ...PLAIN, ...internal, nextHop }, context, family), nextHop);
  for (let i = 0; i < (addPath ? 430 : 780); i++) writer.add(0x20010000 + i, 0, 0, 0, 32, 1);
  return [
    whole(concat(first, reach, second, unreach)),
    whole(concat(unreach, first, reach, second)),
    whole(concat(first, unreach, second), concat()),
    whole(long(254)),
    whole(long(255)),
    ...(context.as4 ? [] : [whole(MERGED)]),
    ...(context.extendedMessage ? [whole(LONGEST)] : []),
    ...split(writer.take()),
  ];
}

/**
 * AS_PATH of two octets with two members more than the 255 of AS4_PATH: no segment has room for both (RFC 6793 section
 * 4.2.3).
 */
const MERGED = writeAttributes([
  { flags: 0x40, type: 1, value: Uint8Array.of(0) },
  { flags: 0x40, type: 2, value: concat([2, 2, 0xfd, 0xe9, 0xfd, 0xe9, 2, 255], ...new Array(255).fill([0x5b, 0xa0])) },
  { flags: 0x40, type: 3, value: Uint8Array.of(192, 0, 2, 1) },
  { flags: 0x40, type: 5, value: Uint8Array.of(0, 0, 0, 100) },
  { flags: 0xc0, type: 17, value: concat([2, 255], ...new Array(255).fill([0, 1, 0x11, 0x70])) },
]);

/** AS_PATH that has room in an extended message, with AS numbers of two octets, but not with four. */
const LONGEST = writeAttributes([
  { flags: 0x40, type: 1, value: Uint8Array.of(0) },
  { flags: 0x50, type: 2, value: concat(...new Array(90).fill(concat([2, 255], new Uint8Array(510).fill(7)))) },
  { flags: 0x40, type: 3, value: Uint8Array.of(192, 0, 2, 1) },
]);

const mp = (type: number, value: Uint8Array): Uint8Array => writeAttributes([{ flags: 0x80, type, value }]);

function split(octets: Uint8Array): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += (octets[at + 16] << 8) | octets[at + 17])
    bodies.push(octets.slice(at + 19, at + ((octets[at + 16] << 8) | octets[at + 17])));
  return bodies;
}

/** Sessions whose octets look different from each other: the others are among their mixtures. */
export const CHOSEN = [0, 1, 2, 3, 16, 19, 32 + 1, 64, 8 + 64, 4].map((bits) => ({ bits, context: CONTEXTS[bits] }));

export const OPEN: Open = {
  version: 4,
  as: PEER_AS,
  holdTime: 90,
  routerId: 0x0a000002,
  capabilities: [
    { code: 1, afi: 1, safi: 1 },
    { code: 1, afi: 2, safi: 1 },
    { code: 2 },
    { code: 5, entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
    { code: 6 },
    {
      code: 64,
      restarted: false,
      notification: true,
      restartTime: 120,
      families: [{ afi: 1, safi: 1, forwarding: true }],
    },
    { code: 65, as: PEER_AS },
    { code: 69, families: [{ afi: 1, safi: 1, receive: true, send: true }] },
    { code: 70 },
  ],
};

export const OPENS: readonly Open[] = [
  OPEN,
  { ...OPEN, capabilities: [] },
  {
    ...OPEN,
    as: 4200000001,
    capabilities: [
      { code: 65, as: 4200000001 },
      { code: 9, role: 3 },
    ],
  },
  { ...OPEN, parameters: [3, 1, 5] },
  {
    ...OPEN,
    capabilities: Array.from({ length: 4 }, (_, i) => ({ code: 200 + i, value: new Uint8Array(100).fill(i) })),
  },
];

export const NOTIFICATIONS: readonly Uint8Array[] = [
  notification(1, 2, Uint8Array.of(0, 18)),
  notification(2, 6),
  notification(3, 1, Uint8Array.of(1, 2, 3)),
  notification(4, 0),
  shutdown(2, 'maintenance: back at 10 ✓'),
  notification(6, 9, Uint8Array.of(6, 4, 3, 0x61, 0x62, 0x63)),
  notification(7, 1),
].map(encodeNotification);

export const REFRESHES: readonly Uint8Array[] = [
  encodeRouteRefresh('ipv4 unicast'),
  encodeRouteRefresh('ipv6 unicast', 1),
  encodeRouteRefreshOf({ afi: 25, safi: 65, subtype: 0, filters: Uint8Array.of(1, 64, 0, 1, 0) }),
];

export { KEEPALIVE };
export const openMessages = (): Uint8Array[] => OPENS.map(encodeOpen);
