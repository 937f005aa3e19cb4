import fc from 'fast-check';
import type { WireContext } from '../../../lib/bgp/wire/context';
import type { Family } from '../../../lib/bgp/wire/family';
import type { Nlri } from '../../../lib/bgp/wire/nlri';
import { type AsPathSegment, type PathAttributes, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';

const BOTH: ReadonlySet<Family> = new Set<Family>(['ipv4 unicast', 'ipv6 unicast']);
const NONE: ReadonlySet<Family> = new Set();

/** A session of both families between AS 65000 and AS 65001, and what is said otherwise. */
export const session = (given: Partial<WireContext> = {}): WireContext => ({
  session: 'ebgp',
  as4: true,
  addPathReceive: NONE,
  addPathSend: NONE,
  extendedMessage: false,
  localAs: 65000,
  peerAs: 65001,
  families: BOTH,
  extendedNextHop: NONE,
  ...given,
});

export const withAddPath = (given: Partial<WireContext> = {}): WireContext =>
  session({ addPathReceive: BOTH, addPathSend: BOTH, ...given });

export const octets = (hex: string): Uint8Array => {
  const bare = hex.replace(/\s/g, '');
  return Uint8Array.from({ length: bare.length / 2 }, (_, i) => Number.parseInt(bare.slice(2 * i, 2 * i + 2), 16));
};
export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
export const address = (text: string): Uint8Array => sure(IpAddress.parse(text)).bytes;
export const prefix = (text: string): Prefix => sure(Prefix.parse(text));

export const uint32 = fc.integer({ min: 0, max: 0xffffffff });
export const asNumber = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 0xffffffff }));
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

export const prefixOfFamily = (family: 'ipv4' | 'ipv6'): fc.Arbitrary<Prefix> => {
  const size = family === 'ipv4' ? 4 : 16;
  return fc
    .tuple(bytes(size), fc.integer({ min: 0, max: 8 * size }))
    .map(([all, length]) => Prefix.of(IpAddress.fromBytes(all), length));
};

export const nlriOf = (family: 'ipv4' | 'ipv6', addPath: boolean): fc.Arbitrary<Nlri[]> =>
  fc.array(
    addPath
      ? fc.record({ prefix: prefixOfFamily(family), pathId: uint32 })
      : fc.record({ prefix: prefixOfFamily(family) }),
    { maxLength: 20 },
  );

/** Segments such as one message carries: neither empty nor longer than 255. `types` to choose from. */
export const asPath = (types: readonly AsPathSegment['type'][], member = asNumber): fc.Arbitrary<AsPathSegment[]> =>
  fc.array(fc.record({ type: fc.constantFrom(...types), members: fc.array(member, { minLength: 1, maxLength: 6 }) }), {
    maxLength: 4,
  });

export const ipv4Host = fc
  .tuple(fc.integer({ min: 1, max: 223 }), bytes(3))
  .filter(([first]) => first !== 127)
  .map(([first, rest]) => Uint8Array.of(first, ...rest));

const someOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { minLength: 1, maxLength: 5 });

/** What an internal session may carry of a route: everything, confederation segments too. */
export const pathAttributes: fc.Arbitrary<PathAttributes> = fc.record(
  {
    origin: fc.constantFrom(0 as const, 1 as const, 2 as const),
    asPath: asPath(Object.values(SEGMENT)),
    nextHop: ipv4Host,
    med: uint32,
    localPref: uint32,
    atomicAggregate: fc.constant(true),
    aggregator: fc.record({ as: asNumber, address: bytes(4) }),
    communities: someOf(uint32),
    originatorId: uint32,
    clusterList: someOf(uint32),
    extendedCommunities: someOf(bytes(8)),
    largeCommunities: someOf(fc.tuple(uint32, uint32, uint32)),
    onlyToCustomer: uint32,
    // Type 99 has no meaning here; optional, transitive, passed on before.
    unknown: fc
      .tuple(fc.uint8Array({ maxLength: 300 }))
      .map(([value]) => [{ type: 99, flags: value.length > 255 ? 0xf0 : 0xe0, value }]),
  },
  { requiredKeys: ['origin', 'asPath', 'nextHop', 'localPref'] },
);
