import fc from 'fast-check';
import { dropCausedBy, dropRoutesOf } from '../../../lib/kernel/codec/filter';
import { emptyMessage, readMessage } from '../../../lib/kernel/codec/header';
import { hex } from '../../../lib/kernel/codec/octets';
import { emptyRoute, readRoute } from '../../../lib/kernel/codec/route';
import {
  type Hop,
  type RouteInfo,
  readRouteInfo,
  routeInfo,
  routeInfoKey,
  writeRouteInfo,
} from '../../../lib/kernel/codec/route-info';
import { protocolName } from '../../../lib/kernel/codec/route-protocol';
import { writeRouteRequest } from '../../../lib/kernel/codec/route-request';
import { RouteInfoCache } from '../../../lib/kernel/fib/state/route-info-cache';
import { IpAddress } from '../../../lib/model/address';
import { RouteProtocol } from '../../../lib/model/route-protocol';

const address = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((b) => IpAddress.fromBytes(b));
const hop: fc.Arbitrary<Hop> = fc.record(
  {
    interface: fc.integer({ min: 1, max: 0x7fffffff }),
    gateway: fc.oneof(address(4), address(16)),
    weight: fc.integer({ min: 1, max: 256 }),
    onlink: fc.boolean(),
  },
  { requiredKeys: ['interface', 'weight', 'onlink'] },
);
const anyRouteInfo: fc.Arbitrary<RouteInfo> = fc.oneof(
  fc.constantFrom(routeInfo('blackhole'), routeInfo('unreachable'), routeInfo('throw')),
  hop.map((one) => routeInfo('unicast', [{ ...one, weight: 1 }])),
  fc.array(hop, { minLength: 2, maxLength: 5 }).map((hops) => routeInfo('unicast', hops)),
);
const owner = fc.record({
  table: fc.integer({ min: 1, max: 0xffffffff }),
  protocol: fc.nat(255),
  metric: fc.integer({ min: 1 }),
});

function written(
  verb: 'add' | 'replace' | 'delete',
  who: { table: number; protocol: number; metric: number },
  octets: number,
  wanted: RouteInfo,
) {
  const bytes = new Uint8Array(1024);
  const key = Int32Array.of(0x0a320000, 0x20010db8, 3, 0xfffffffe);
  const end = writeRouteRequest(bytes, 0, verb, 77, who, key, octets, octets * 8, writeRouteInfo(wanted, octets));
  const message = readMessage(bytes, 0, end, emptyMessage())!;
  const route = emptyRoute();
  expect(message.end).toBe(end);
  expect(readRoute(bytes, message.start, message.end, route)).toBe(true);
  return { bytes, message, route };
}

describe('a route request', () => {
  test('says what it was given', () => {
    fc.assert(
      fc.property(
        anyRouteInfo,
        owner,
        fc.constantFrom(4, 16),
        fc.constantFrom('add', 'replace'),
        (wanted, who, octets, verb) => {
          const { bytes, message, route } = written(verb as 'add', who, octets, wanted);
          expect(message).toMatchObject({ type: 24, sequence: 77, flags: verb === 'add' ? 0x601 : 0x101 });
          expect(route).toMatchObject({
            table: who.table,
            protocol: who.protocol,
            priority: who.metric,
            length: octets * 8,
          });
          expect(hex(bytes.subarray(route.destination, route.destination + octets))).toBe(
            '0a32000020010db800000003fffffffe'.slice(0, octets * 2),
          );
          expect(routeInfoKey(readRouteInfo(bytes, route))).toBe(routeInfoKey(wanted));
          const infos: RouteInfo[] = [];
          const cache = new RouteInfoCache((one) => infos.push(one));
          expect(cache.read(bytes, route)).toBe(1);
          if (wanted.hops.length < 2) expect(cache.read(bytes, route)).toBe(1);
          expect(routeInfoKey(infos[0])).toBe(routeInfoKey(wanted));
        },
      ),
    );
  });

  test('that deletes names the place and the owner, and no next hop', () => {
    fc.assert(
      fc.property(anyRouteInfo, owner, fc.constantFrom(4, 16), (wanted, who, octets) => {
        const { message, route } = written('delete', who, octets, wanted);
        expect(message).toMatchObject({ type: 25, flags: 1 });
        expect(route).toMatchObject({
          table: who.table,
          protocol: who.protocol,
          priority: who.metric,
          scope: 255,
          type: 0,
          gateway: -1,
          outputInterface: 0,
          multipath: -1,
        });
      }),
    );
  });
});

describe('two route infos', () => {
  test('are one when only the order of their hops differs', () => {
    fc.assert(
      fc.property(fc.array(hop, { minLength: 1, maxLength: 5 }), (hops) => {
        expect(routeInfoKey(routeInfo('unicast', hops))).toBe(routeInfoKey(routeInfo('unicast', [...hops].reverse())));
      }),
    );
  });
});

describe('route protocols', () => {
  test('have names, and numbers where they have none', () => {
    expect([protocolName(114), protocolName(12), protocolName(200)]).toEqual(['peerform', 'bird', '200']);
    const numbers = ['static', '42', '256', 'x'].map((text) => {
      const found = RouteProtocol.parse(text);
      return found instanceof RouteProtocol ? found.number : undefined;
    });
    expect(numbers).toEqual([4, 42, undefined, undefined]);
  });
});

/** Runs a classic BPF program as the kernel does: octets big-endian. Answers whether the message is let through. */
function passes(program: Uint8Array, message: Uint8Array): boolean {
  const view = new DataView(message.buffer);
  const code = new DataView(program.buffer);
  let accumulator = 0;
  for (let at = 0; ; at += 8) {
    const [value, skip] = [code.getUint32(at + 4, true), (taken: boolean) => 8 * program[at + (taken ? 2 : 3)]];
    if (program[at] === 0x06) return value > 0;
    if (program[at] === 0x20) accumulator = view.getUint32(value);
    else if (program[at] === 0x28) accumulator = view.getUint16(value);
    else if (program[at] === 0x30) accumulator = view.getUint8(value);
    else at += skip(accumulator === value);
  }
}

describe('filters', () => {
  const event = (type: number, port: number, protocol: number) => {
    const bytes = new Uint8Array(28);
    const view = new DataView(bytes.buffer);
    view.setUint16(4, type, true);
    view.setUint32(12, port, true);
    bytes[21] = protocol;
    return bytes;
  };

  test('drop what one port caused, and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), (port, other) => {
        expect(passes(dropCausedBy(port), event(24, other, 114))).toBe(port !== other);
        expect(passes(dropCausedBy(port), event(25, port, 4))).toBe(false);
      }),
    );
  });

  test('drop routes of one protocol, and nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom(16, 17, 20, 21, 24, 25, 0x1800), fc.constantFrom(4, 114), (type, protocol) => {
        expect(passes(dropRoutesOf(114), event(type, 0, protocol))).toBe(
          !((type === 24 || type === 25) && protocol === 114),
        );
      }),
    );
  });
});
