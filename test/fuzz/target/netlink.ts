import { nameAttribute, tableFor, unnameAttribute } from '../../../lib/cli/debug/netlink-attribute';
import { decodeRouteMessage, encodeRouteMessage } from '../../../lib/cli/debug/netlink-message';
import { decodeAcknowledgement } from '../../../lib/kernel/codec/acknowledgement';
import { attribute, attributeU32, readAttributes, writeNetlinkAttributes } from '../../../lib/kernel/codec/attribute';
import {
  emptyMessage,
  NLM_FLAG,
  netlinkMessage,
  nextMessage,
  readMessage,
  TYPE,
} from '../../../lib/kernel/codec/header';
import { decodeInterfaceAddress } from '../../../lib/kernel/codec/interface-address';
import { decodeLink } from '../../../lib/kernel/codec/link';
import { decodeNexthop, encodeNexthop } from '../../../lib/kernel/codec/nexthop';
import { emptyRoute, FAMILY, RTA, readRoute } from '../../../lib/kernel/codec/route';
import { readRouteInfo, routeInfo, routeInfoKey, writeRouteInfo } from '../../../lib/kernel/codec/route-info';
import { IpAddress } from '../../../lib/model/address';
import { sure } from '../../../lib/model/problem';
import type { Dice } from '../dice';
import { mix } from '../digest';
import { mutateNetlink } from '../mutation/netlink';
import { concat, mutateOctets, mutateOften } from '../mutation/octets';
import { decodeInPlace, fail, hold, same } from '../oracle';
import { address } from '../seeds';
import { bucket, type Note, type Target } from '../target';

const ip = (text: string): IpAddress => sure(IpAddress.parse(text));

const ROUTES = [
  routeInfo('unicast', [{ interface: 2, gateway: ip('192.0.2.1'), weight: 1, onlink: false }]),
  routeInfo('unicast', [
    { interface: 2, gateway: ip('192.0.2.1'), weight: 1, onlink: true },
    { interface: 3, gateway: ip('2001:db8::1'), weight: 20, onlink: false },
  ]),
  routeInfo('unicast', [{ interface: 4, weight: 1, onlink: false }]),
  routeInfo('blackhole'),
];

function routeSeeds(): Uint8Array[] {
  const seeds: Uint8Array[] = [];
  for (const [family, destination] of [
    [FAMILY.ipv4, '10.1.0.0'],
    [FAMILY.ipv6, '2001:db8::'],
  ] as const)
    for (const one of ROUTES) {
      const octets = address(destination);
      const { type, flags, attributes } = writeRouteInfo(one, octets.length);
      seeds.push(
        concat(
          [family, 16, 0, 0, 254, 114, 0, type, flags, 0, 0, 0],
          writeNetlinkAttributes([attribute(RTA.destination, octets), attributeU32(RTA.priority, 20)]),
          attributes,
        ),
      );
    }
  const metrics = writeNetlinkAttributes([attributeU32(2, 1400), attributeU32(10, 64)]);
  const labels = writeNetlinkAttributes([attribute(1, Uint8Array.of(0, 6, 0x41, 64))]);
  const segments = writeNetlinkAttributes([
    attribute(1, concat([1, 0, 0, 0, 41, 2, 4, 0, 0, 0, 0, 0], address('2001:db8::7'))),
  ]);
  for (const [type, value] of [
    [1, labels],
    [5, segments],
  ] as const)
    seeds.push(
      concat(
        [FAMILY.ipv4, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0],
        writeNetlinkAttributes([
          attribute(RTA.destination, address('10.2.0.0')),
          attribute(RTA.metrics, metrics, 0x8000),
          attribute(RTA.cacheInfo, new Uint8Array(32).fill(1)),
          attribute(RTA.encapsulationType, Uint8Array.of(type, 0)),
          attribute(RTA.encapsulation, value),
          attribute(RTA.via, concat([FAMILY.ipv6, 0], address('2001:db8::1'))),
          attributeU32(RTA.table, 1000),
        ]),
      ),
    );
  return seeds;
}

const routes: Target = {
  name: 'netlink-route',
  about: 'a kernel route message: as the fast reader, the whole decoder and the printed form have it',
  share: 6,
  seeds: routeSeeds,
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateNetlink(bytes, other, 12, dice)),
  run(input, note) {
    const found = decodeInPlace(input, (bytes, start, end) => {
      const route = emptyRoute();
      if (!readRoute(bytes, start, end, route)) return undefined;
      const read = readRouteInfo(bytes, route);
      const relative = (offset: number) => (offset < 0 ? -1 : offset - start);
      return {
        info: { ...read, key: routeInfoKey(read) },
        route: {
          ...route,
          ...{ destination: relative(route.destination), gateway: relative(route.gateway) },
          ...{ multipath: relative(route.multipath), multipathEnd: relative(route.multipathEnd) },
        },
      };
    });
    const whole = decodeInPlace(input, (bytes, start, end) => decodeRouteMessage(bytes.subarray(start, end)));
    if (found && !whole) fail('the fast reader takes a route that the decoder refuses');
    if (found) {
      note(mix(found.route.family, mix(found.info.hops.length, found.info.type.length)));
      checkRouteInfo(found.info.key, found.route.family, found.info);
    }
    if (!whole) return;
    const octets = encodeRouteMessage(whole);
    const again = decodeRouteMessage(octets);
    same(whole, again, 'a route message written and read');
    const table = tableFor(whole.family, whole.attributes);
    for (const one of whole.attributes) {
      const named = nameAttribute(one, table);
      note(mix(Math.min(one.type, 63), named.type === undefined ? 1 : 2));
      same(one, unnameAttribute(JSON.parse(JSON.stringify(named)), table), `attribute ${one.type} printed and read`);
    }
  },
};

/** What we would write for a route info that was read must read as the same route info. */
function checkRouteInfo(key: string, family: number, read: ReturnType<typeof readRouteInfo>): void {
  if (read.type === 'other' || (family !== FAMILY.ipv4 && family !== FAMILY.ipv6)) return;
  if (read.hops.length > 200) return; // longer than an attribute can be
  const { type, flags, attributes } = writeRouteInfo(read, family === FAMILY.ipv4 ? 4 : 16);
  const octets = concat([family, 0, 0, 0, 254, 114, 0, type, flags, 0, 0, 0], attributes);
  const route = emptyRoute();
  hold(readRoute(octets, 0, octets.length, route), 'a route of ours is no route');
  hold(
    routeInfoKey(readRouteInfo(octets, route)) === key,
    `${key} is written and read as ${routeInfoKey(readRouteInfo(octets, route))}`,
  );
}

/** Decoders of the other payloads, by the first octet of the input; how many octets stand before the attributes. */
const PAYLOADS: readonly {
  name: string;
  head: number;
  decode: (bytes: Uint8Array, start: number, end: number) => object | undefined;
}[] = [
  { name: 'link', head: 16, decode: decodeLink },
  { name: 'address', head: 8, decode: decodeInterfaceAddress },
  { name: 'nexthop', head: 8, decode: decodeNexthop },
  {
    name: 'attributes',
    head: 0,
    decode: (bytes, start, end) =>
      readAttributes(bytes, start, end)?.map((one) => ({ ...one, value: one.value.slice() })),
  },
];

const payloadOf = (input: Uint8Array) => PAYLOADS[(input[0] ?? 0) % PAYLOADS.length];

const payloads: Target = {
  name: 'netlink-payload',
  about: 'links, addresses and nexthop objects of the kernel, and bare attributes',
  share: 6,
  seeds: () => [
    concat(
      [0],
      [0, 0, 1, 0, 2, 0, 0, 0, 0x43, 0, 1, 0, 0, 0, 0, 0],
      writeNetlinkAttributes([attribute(3, Buffer.from('eth0\0'))]),
    ),
    concat(
      [1],
      [2, 24, 0, 0, 2, 0, 0, 0],
      writeNetlinkAttributes([attribute(1, address('192.0.2.1')), attribute(2, address('192.0.2.2'))]),
    ),
    concat([1], [10, 64, 0, 0, 2, 0, 0, 0], writeNetlinkAttributes([attribute(1, address('2001:db8::1'))])),
    concat([2], encodeNexthop({ id: 7, protocol: 114, interface: 2, gateway: ip('2001:db8::1') })),
    concat(
      [2],
      encodeNexthop({
        id: 8,
        protocol: 114,
        group: [
          { id: 7, weight: 1 },
          { id: 9, weight: 256 },
        ],
      }),
    ),
    concat([2], encodeNexthop({ id: 9, protocol: 114, blackhole: true })),
    concat([3], writeNetlinkAttributes([attributeU32(1, 2), attribute(2, Uint8Array.of(1, 2, 3), 0x8000)])),
  ],
  mutate: (input, other, dice) =>
    concat(
      [dice.once(20) ? dice.below(4) : (input[0] ?? 0)],
      mutateOften(input.subarray(1), dice, (bytes) =>
        mutateNetlink(bytes, other.subarray(1), payloadOf(input).head, dice),
      ),
    ),
  run(input, note) {
    const { name, decode } = payloadOf(input);
    const value = decodeInPlace(input.subarray(1), decode);
    note(mix(input[0] & 3, value === undefined ? 0 : 1 + bucket(JSON.stringify(value).length)));
    if (value === undefined) return;
    if (name === 'nexthop') {
      const nexthop = value as Parameters<typeof encodeNexthop>[0];
      const octets = encodeNexthop(nexthop);
      note(mix(50, Object.keys(nexthop).length));
      same(nexthop, decodeNexthop(octets, 0, octets.length), 'a nexthop written and read');
    }
    if (name === 'attributes') {
      const octets = writeNetlinkAttributes(value as Parameters<typeof writeNetlinkAttributes>[0]);
      same(value, readAttributes(octets, 0, octets.length), 'attributes written and read');
    }
  },
};

const ACKNOWLEDGEMENTS = [
  concat([0, 0, 0, 0], [36, 0, 0, 0, 24, 0, 5, 4, 7, 0, 0, 0, 0, 0, 0, 0]),
  concat(
    [0xef, 0xff, 0xff, 0xff],
    [20, 0, 0, 0, 24, 0, 5, 4, 7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
    writeNetlinkAttributes([attribute(1, Buffer.from('File exists\0'))]),
  ),
];

const datagrams: Target = {
  name: 'netlink-datagram',
  about: 'a datagram of netlink messages: headers, acknowledgements and what the kernel says of errors',
  share: 5,
  seeds: () => [
    netlinkMessage(TYPE.error, NLM_FLAG.capped, 7, ACKNOWLEDGEMENTS[0]),
    netlinkMessage(TYPE.error, NLM_FLAG.ackAttributes, 8, ACKNOWLEDGEMENTS[1]),
    netlinkMessage(TYPE.error, NLM_FLAG.ackAttributes | NLM_FLAG.capped, 8, ACKNOWLEDGEMENTS[1]),
    concat(
      netlinkMessage(TYPE.newRoute, NLM_FLAG.multi, 9, routeSeeds()[0]),
      netlinkMessage(TYPE.done, NLM_FLAG.multi, 9, new Uint8Array(4)),
    ),
  ],
  mutate: (input, other, dice) => mutateOften(input, dice, (bytes) => mutateDatagram(bytes, other, dice)),
  run(input, note) {
    const found = decodeInPlace(input, (bytes, start, end) => walk(bytes, start, end));
    note(bucket(found.length));
    for (const { type, answer } of found) noteAnswer(type, answer, note);
  },
};

function walk(bytes: Uint8Array, start: number, end: number) {
  const into = emptyMessage();
  const found: { type: number; length: number; answer: ReturnType<typeof decodeAcknowledgement> }[] = [];
  let at = start;
  for (let one = readMessage(bytes, at, end, into); one; one = readMessage(bytes, at, end, into)) {
    hold(one.end <= end, 'a netlink message exceeds its datagram');
    const answer = one.type === TYPE.error ? decodeAcknowledgement(bytes, one) : undefined;
    found.push({ type: one.type, length: one.end - one.start, answer });
    at = nextMessage(one);
    hold(found.length <= input16(start, end), 'there are more messages than octets allow');
  }
  return found;
}

const input16 = (start: number, end: number): number => (end - start) / 16;

function noteAnswer(type: number, answer: ReturnType<typeof decodeAcknowledgement>, note: Note): void {
  note(mix(type & 255, answer ? mix(answer.error === 0 ? 0 : 1, bucket(answer.detail.length)) : 9));
}

function mutateDatagram(bytes: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  if (dice.once(3)) return concat(bytes, other).subarray(0, 2048);
  const changed = dice.once(2) ? mutateOctets(bytes, other, dice, 2048) : mutateNetlink(bytes, other, 36, dice);
  if (changed.length < 16 || !dice.once(2)) return changed;
  // The length of the first message is made to fit.
  const fitted = changed.slice();
  [fitted[0], fitted[1], fitted[2], fitted[3]] = [fitted.length & 255, fitted.length >>> 8, 0, 0];
  return fitted;
}

export const NETLINK_TARGETS: readonly Target[] = [routes, payloads, datagrams];
