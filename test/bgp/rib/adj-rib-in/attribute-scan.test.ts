import fc from 'fast-check';
import { found, scanAttributes } from '../../../../lib/bgp/rib/adj-rib-in/attribute-scan';
import { AttributeFacts } from '../../../../lib/bgp/rib/table/attribute-facts';
import { fromCanonical, toCanonical } from '../../../../lib/bgp/rib/table/canonical';
import { type PathAttributes, SEGMENT } from '../../../../lib/bgp/wire/path-attributes';
import { decodeAttributes, encodeAttributes, UpdateSplit } from '../../../../lib/bgp/wire/update';
import { context, peer } from '../world';

const RECEIVER = { localAs: 64512, peerAs: 65001, routerId: 0x0a000001, clusterId: 0x0a0000ff };

const member = fc.constantFrom(64512, 65001, 65002, 4200000000);
const anyAttributes = (external: boolean): fc.Arbitrary<PathAttributes> =>
  fc
    .record({
      origin: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      tail: fc.array(
        fc.record({
          type: fc.constantFrom(SEGMENT.set, SEGMENT.sequence),
          members: fc.array(member, { minLength: 1, maxLength: 4 }),
        }),
        { maxLength: 2 },
      ),
      nextHop: fc.constant(Uint8Array.of(192, 0, 2, 7)),
      med: fc.option(fc.constantFrom(0, 5, 0xffffffff), { nil: undefined }),
      localPref: external ? fc.constant(undefined) : fc.constantFrom(0, 100, 0xffffffff),
      atomicAggregate: fc.option(fc.constant(true), { nil: undefined }),
      aggregator: fc.option(fc.constant({ as: 65001, address: Uint8Array.of(1, 2, 3, 4) }), { nil: undefined }),
      communities: fc.option(
        fc.array(fc.constantFrom(1, 0xffff0000, 0xffffff01, 0xffffff02, 0xffffff03), { minLength: 1 }),
        {
          nil: undefined,
        },
      ),
      originatorId: external
        ? fc.constant(undefined)
        : fc.option(fc.constantFrom(1, RECEIVER.routerId), { nil: undefined }),
      clusterList: external
        ? fc.constant(undefined)
        : fc.option(fc.array(fc.constantFrom(1, RECEIVER.clusterId), { minLength: 1 }), { nil: undefined }),
      largeCommunities: fc.option(fc.constant([[1, 2, 3] as const]), { nil: undefined }),
      onlyToCustomer: fc.option(fc.constantFrom(65001, 65002), { nil: undefined }),
    })
    .map(({ tail, ...rest }) => {
      const asPath = external ? [{ type: SEGMENT.sequence, members: [65001] }, ...tail] : tail;
      return Object.fromEntries(Object.entries({ ...rest, asPath }).filter(([, value]) => value !== undefined));
    });

const cases = fc.boolean().chain((external) =>
  anyAttributes(external).map((attributes) => {
    const config = peer(1, external ? 65001 : 64512);
    const wire = context(config);
    return { external, attributes, wire, octets: encodeAttributes(attributes, wire) };
  }),
);

function scan(octets: Uint8Array, external: boolean) {
  const facts = new AttributeFacts();
  const clean = scanAttributes(octets, 0, octets.length, { ...RECEIVER, isExternal: external }, true, facts);
  return { clean, facts, nextHop: found.nextHop };
}

const octetsOf = (hex: string) => Uint8Array.from(hex.match(/../g)!, (each) => Number.parseInt(each, 16));

describe('the scan of attributes', () => {
  test('knows every clean set of the common kind and reads from it what the careful decoder does', () => {
    fc.assert(
      fc.property(cases, ({ external, attributes, octets }) => {
        const wanted = new AttributeFacts();
        wanted.read(attributes, RECEIVER);
        const { clean, facts, nextHop } = scan(octets, external);
        expect(clean).toBe(true);
        expect(facts).toEqual(wanted);
        expect(nextHop >>> 0).toBe(0xc0000207);
      }),
    );
  });

  const clean = '400101004002060201000000fd400304c0000207';
  test.each<[string, string]>([
    ['an AS 0 in the path', '40010100400206020100000000400304c0000207'],
    ['an empty segment', '400101004002020200400304c0000207'],
    ['a segment that is too long', '400101004002060202000000fd400304c0000207'],
    ['a segment of a confederation', '400101004002060301000000fd400304c0000207'],
    ['an ORIGIN of 3', '400101034002060201000000fd400304c0000207'],
    ['a multicast next hop', '400101004002060201000000fd400304e0000207'],
    ['no next hop', '400101004002060201000000fd'],
    ['no path', '40010100400304c0000207'],
    ['wrong flags', 'c00101004002060201000000fd400304c0000207'],
    ['types that are not in order', '4002060201000000fd40010100400304c0000207'],
    ['a type twice', '40010100400101004002060201000000fd400304c0000207'],
    ['LOCAL_PREF from an external neighbour', `${clean}40050400000064`],
    ['an attribute that is not known', `${clean}c06300`],
    ['communities cut short', `${clean}c00803ffffff`],
    ['an octet left over', `${clean}40`],
    ['an attribute that is longer than the rest', `${clean}800404000000`],
  ])('leaves %s to the careful decoder', (_, text) => {
    expect(scan(octetsOf(clean), true).clean).toBe(true);
    expect(scan(octetsOf(text), true).clean).toBe(false);
  });

  test('takes nothing for clean that the careful decoder finds fault with', () => {
    const damage = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(cases, damage, fc.nat(3), ({ external, wire, octets }, places, cut) => {
        const damaged = octets.slice(0, octets.length - cut);
        for (const [at, value] of places) damaged[at % damaged.length] = value;
        const { clean, facts } = scan(damaged, external);
        if (!clean) return;
        const split = new UpdateSplit();
        split.attributesEnd = damaged.length;
        const decoded = decodeAttributes(damaged, split, wire, 'nlri');
        expect(decoded.verdict.kind).toBe('accept');
        const wanted = new AttributeFacts();
        wanted.read(decoded.attributes, RECEIVER);
        expect(facts).toEqual(wanted);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the canonical form', () => {
  test('gives back all attributes but the next hop', () => {
    fc.assert(
      fc.property(cases, ({ attributes }) => {
        const octets = toCanonical(attributes);
        const { nextHop: _, ...rest } = attributes;
        expect(fromCanonical(octets, 0, octets.length)).toEqual(rest);
      }),
    );
  });
});
