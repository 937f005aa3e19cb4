import fc from 'fast-check';
import type { WireContext } from '../../../lib/bgp/wire/context';
import type { Family } from '../../../lib/bgp/wire/family';
import { frame } from '../../../lib/bgp/wire/message';
import type { Nlri } from '../../../lib/bgp/wire/nlri';
import {
  type DecodedUpdate,
  decodeUpdate,
  encodeAttributes,
  endOfRib,
  UpdateWriter,
} from '../../../lib/bgp/wire/update';
import { address, hex, pathAttributes, prefixOfFamily, session, uint32, withAddPath } from './arbitraries';

const NEXT_HOPS: Record<Family, Uint8Array> = {
  'ipv4 unicast': address('192.0.2.1'),
  'ipv6 unicast': address('2001:db8::1'),
};

/** Every message in the octets, decoded; each must be whole and accepted. */
function messages(bytes: Uint8Array, context: WireContext, most = 4096): DecodedUpdate[] {
  const all: DecodedUpdate[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = frame(bytes, at, bytes.length, most);
    if (found.kind !== 'message') throw new Error(`at ${at}: ${found.kind}`);
    all.push(decodeUpdate(bytes, found.start, found.end, context));
    at = found.end;
  }
  for (const { verdict } of all) expect(verdict).toEqual({ kind: 'accept' });
  return all;
}

/** Adds all routes, taking the octets whenever there is no room. */
function write(writer: UpdateWriter, routes: readonly Nlri[]): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (const { prefix, pathId } of routes)
    while (!writer.addBytes(prefix.address.bytes, prefix.length, pathId)) taken.push(writer.take());
  return [...taken, writer.take()];
}

const joined = (parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const routesOf = (family: Family, addPath: boolean): fc.Arbitrary<Nlri[]> => {
  const prefix = prefixOfFamily(family === 'ipv4 unicast' ? 'ipv4' : 'ipv6');
  return fc.array(addPath ? fc.record({ prefix, pathId: uint32 }) : fc.record({ prefix }), {
    minLength: 1,
    maxLength: 1500,
    size: 'max',
  });
};
const anyCase = fc
  .tuple(fc.constantFrom<Family>('ipv4 unicast', 'ipv6 unicast'), fc.boolean())
  .chain(([family, addPath]) => fc.tuple(fc.constant(family), fc.constant(addPath), routesOf(family, addPath)));

describe('the writer of UPDATE messages', () => {
  test('announces every route once, in order, with its attributes, in messages that are full', () => {
    fc.assert(
      fc.property(anyCase, pathAttributes, ([family, addPath, routes], given) => {
        const context = addPath ? withAddPath({ session: 'ibgp' }) : session({ session: 'ibgp' });
        const nextHop = NEXT_HOPS[family];
        const route = { ...given, nextHop };
        const writer = new UpdateWriter(context);
        expect(writer.announce(family, encodeAttributes(route, context, family), nextHop)).toBe(true);
        const sent = joined(write(writer, routes));
        const read = messages(sent, context);
        expect(read.flatMap(({ announced }) => announced)).toEqual(routes.map((each) => ({ ...each, nextHop })));
        for (const { attributes } of read) expect(attributes).toEqual(route);
        // All but the last have no room for the longest route.
        const least = 4096 - 17 - (addPath ? 4 : 0);
        expect(sent.length).toBeGreaterThanOrEqual((read.length - 1) * least);
      }),
      { numRuns: 30 },
    );
  });

  test('withdraws every route once, in order', () => {
    fc.assert(
      fc.property(anyCase, ([family, addPath, routes]) => {
        const context = addPath ? withAddPath() : session();
        const writer = new UpdateWriter(context);
        writer.withdraw(family);
        const read = messages(joined(write(writer, routes)), context);
        expect(read.flatMap(({ withdrawn }) => withdrawn)).toEqual(routes);
      }),
      { numRuns: 30 },
    );
  });

  test('refuses what there is no room for, and goes on once the octets are taken', () => {
    const context = session();
    const writer = new UpdateWriter(context, 4096);
    writer.withdraw('ipv4 unicast');
    let count = 0;
    while (writer.add(count << 8, 0, 0, 0, 24)) count++;
    const first = writer.take();
    expect(first.length).toBeLessThanOrEqual(4096);
    expect(writer.add(count << 8, 0, 0, 0, 24)).toBe(true);
    const read = [...messages(first, context), ...messages(writer.take(), context)];
    expect(read.map(({ withdrawn }) => withdrawn.length)).toEqual([count, 1]);
  });

  test('puts groups one after another, and nothing where a group has no routes', () => {
    const context = session();
    const writer = new UpdateWriter(context);
    writer.withdraw('ipv6 unicast');
    writer.withdraw('ipv4 unicast');
    writer.add(0x0a000000, 0, 0, 0, 8);
    writer.withdraw('ipv6 unicast');
    writer.add(0x20010db8, 0, 0, 0, 32);
    expect(writer.endOfRib('ipv6 unicast')).toBe(true);
    const read = messages(writer.take(), context);
    expect(read.map(({ withdrawn }) => withdrawn.map(({ prefix }) => `${prefix}`))).toEqual([
      ['10.0.0.0/8'],
      ['2001:db8::/32'],
      [],
    ]);
    expect(read[2].endOfRib).toBe('ipv6 unicast');
    expect(writer.take()).toHaveLength(0);
  });

  test('puts IPv4 routes with an IPv6 next hop into MP_REACH_NLRI, which comes first (RFC 8950, RFC 7606 section 5.1)', () => {
    const context = session({ extendedNextHop: new Set(['ipv4 unicast']) });
    const writer = new UpdateWriter(context);
    const attributes = encodeAttributes(
      { origin: 0, asPath: [], nextHop: address('2001:db8::1') },
      context,
      'ipv4 unicast',
    );
    writer.announce('ipv4 unicast', attributes, address('2001:db8::1'));
    writer.add(0x0a000000, 0, 0, 0, 8);
    const [{ announced, parts }] = messages(writer.take(), context);
    expect(announced.map(({ prefix, nextHop }) => [`${prefix}`, hex(nextHop!)])).toEqual([
      ['10.0.0.0/8', '20010db8000000000000000000000001'],
    ]);
    expect(parts.attributes.map(({ row }) => row.type)).toEqual([14, 1, 2]);
  });

  test('uses extended messages where they are agreed on, and says where attributes leave no room', () => {
    const communities = Array.from({ length: 1100 }, (_, i) => i);
    const small = session();
    const large = session({ extendedMessage: true });
    const attributes = encodeAttributes({ origin: 0, asPath: [], nextHop: address('192.0.2.1'), communities }, small);
    expect(new UpdateWriter(small).announce('ipv4 unicast', attributes, address('192.0.2.1'))).toBe(false);
    const writer = new UpdateWriter(large);
    expect(writer.announce('ipv4 unicast', attributes, address('192.0.2.1'))).toBe(true);
    expect(writer.add(0x0a000000, 0, 0, 0, 8)).toBe(true);
    expect(messages(writer.take(), large, 65535)[0].attributes.communities).toEqual(communities);
  });

  test('End-of-RIB is an empty message, or an empty MP_UNREACH_NLRI', () => {
    expect(hex(endOfRib('ipv4 unicast')).slice(32)).toBe('00170200000000');
    expect(hex(endOfRib('ipv6 unicast')).slice(32)).toBe('001d0200000006800f03000201');
  });
});
