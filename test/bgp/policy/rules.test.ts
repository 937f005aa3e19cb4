import fc from 'fast-check';
import { Edit } from '../../../lib/bgp/policy/edit';
import { CompiledPolicy } from '../../../lib/bgp/policy/policy';
import { RouteView } from '../../../lib/bgp/policy/route-view';
import { fromCanonical, toCanonical } from '../../../lib/bgp/rib/table/canonical';
import { type PathAttributes, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import type { FilterRule, FilterRuleSpec } from '../../../lib/model/filter';
import { filterRuleSchema, type RouteSettings } from '../../../lib/model/filter';
import { attributesText } from '../rib/reference';
import { ip, prefixOf } from '../rib/world';
import { changed } from './reference';

const rule = (spec: Omit<FilterRuleSpec, 'action'>): FilterRule =>
  filterRuleSchema.parse({ ...spec, action: 'accept' });

const ROUTE: PathAttributes = {
  origin: 0,
  asPath: [
    { type: SEGMENT.sequence, members: [65001, 65002] },
    { type: SEGMENT.set, members: [65003, 4200000000] },
  ],
  communities: [0xfc000064, 0xffffff01],
  extendedCommunities: [Uint8Array.of(0, 2, 0xfc, 0, 0, 0, 0, 100)],
  largeCommunities: [[64512, 1, 2]],
};

function view(attributes: PathAttributes, more: Partial<RouteView> = {}): RouteView {
  const octets = toCanonical(attributes);
  return Object.assign(new RouteView().read(octets, 0, octets.length), { nextHop: ip('192.0.2.1') }, more);
}

const matches = (spec: Omit<FilterRuleSpec, 'action'>, route: RouteView) =>
  CompiledPolicy.of({ rules: [rule(spec)], otherwise: 'reject' })
    .rulesFor(route)
    .outcome(prefixOf('10.0.0.0/8')) === 0;

describe('a rule', () => {
  test.each<[Omit<FilterRuleSpec, 'action'>, boolean]>([
    [{ communities: ['64512:100'] }, true],
    [{ communities: ['64512:101'] }, false],
    [{ communities: ['64512:100', 'no-export'] }, true],
    [{ communities: ['64512:100', 'no-advertise'] }, false],
    [{ communities: ['rt:64512:100', '64512:1:2'] }, true],
    [{ communities: ['soo:64512:100'] }, false],
    [{ communities: ['64512:1:3'] }, false],
    [{ asPathBeginsWith: [65001] }, true],
    [{ asPathBeginsWith: [65001, 65002, 4200000000] }, true],
    [{ asPathBeginsWith: [65001, 65002, 65004] }, false],
    [{ asPathBeginsWith: [65001, 65002, 65003, 4200000000] }, false],
    [{ asPathBeginsWith: [65002] }, false],
    [{ asPathContains: [65002] }, true],
    [{ asPathContains: [4200000000, 65001] }, true],
    [{ asPathContains: [65002, 65009] }, false],
    [{ asPathMatches: '^65001 65002 \\{65003,4200000000\\}$' }, true],
    [{ asPathMatches: '_65003_' }, true],
    [{ asPathMatches: '_6500_' }, false],
    [{ localPreference: 100 }, true],
    [{ localPreference: 101 }, false],
    [{ peerType: 'ebgp' }, true],
    [{ peerType: 'ibgp' }, false],
    [{ nextHop: '192.0.2.0/24' }, true],
    [{ nextHop: '192.0.3.0/24' }, false],
    [{ nextHop: '::/0' }, false],
    [{ source: 'bgp' }, true],
    [{ source: 'workload' }, false],
    [{ interface: '*' }, false],
    [{ communities: ['no-export'], asPathContains: [65001], prefix: '10.0.0.0/8' }, true],
    [{ communities: ['no-export'], asPathContains: [65001], prefix: '10.0.0.0/8', ge: 9 }, false],
  ])('of %j for a learned route: %s', (spec, expected) => {
    expect(matches(spec, view(ROUTE))).toBe(expected);
  });

  test.each([
    ['cali*', true],
    ['cali1', false],
    ['*12', true],
    ['c*1*', true],
    ['cali12*12', false],
    ['*', true],
  ])('for interface %j and a workload route of cali12: %s', (pattern, expected) => {
    const route = view({ origin: 0, asPath: [] }, { isWorkload: true, interface: 'cali12', nextHop: undefined });
    expect(matches({ interface: pattern }, route)).toBe(expected);
  });

  test('about the AS path of a route without one matches where nothing is asked of it', () => {
    const route = view({ origin: 0, asPath: [] });
    expect(matches({ asPathMatches: '^$' }, route)).toBe(true);
    expect(matches({ asPathBeginsWith: [65001] }, route)).toBe(false);
    expect(matches({ asPathContains: [65001] }, route)).toBe(false);
  });
});

describe('the rules of a policy', () => {
  const policy = CompiledPolicy.of({
    rules: [
      { ...rule({ communities: ['no-export'] }), action: 'reject' },
      rule({ prefix: '10.0.0.0/8', set: { med: 1 } }),
      rule({ asPathContains: [65009], set: { med: 2 } }),
      rule({ prefix: '10.0.0.0/8', le: 8, set: { med: 2 } }),
    ],
    otherwise: 'reject',
  });
  const med = (attributes: PathAttributes, prefix: string) => {
    const outcome = policy.rulesFor(view(attributes)).outcome(prefixOf(prefix));
    return outcome < 0 ? 'rejected' : policy.settings[outcome]?.med;
  };
  const plain: PathAttributes = { origin: 0, asPath: [{ type: SEGMENT.sequence, members: [65001] }] };
  const through: PathAttributes = { origin: 0, asPath: [{ type: SEGMENT.sequence, members: [65001, 65009] }] };

  test('are tried in order, whatever they ask for', () => {
    expect(med(ROUTE, '10.0.0.0/8')).toBe('rejected');
    expect(med(plain, '10.1.0.0/16')).toBe(1);
    expect(med(through, '10.1.0.0/16')).toBe(1);
    expect(med(through, '192.0.2.0/24')).toBe(2);
    expect(med(plain, '192.0.2.0/24')).toBe('rejected');
  });

  test('share what they set', () => {
    expect(policy.settings).toEqual([undefined, { med: 1 }, { med: 2 }]);
  });
});

describe('what a rule sets', () => {
  const result = (set: NonNullable<FilterRuleSpec['set']>, attributes = ROUTE, isExternal = true) => {
    const edit = new Edit(rule({ set }).set!, { prependedAs: 64512, isExternal });
    const octets = toCanonical(attributes);
    const out = new Uint8Array(octets.length + edit.room);
    const end = edit.write(octets, 0, octets.length, out, 0, edit.localPref);
    return fromCanonical(out, 0, end);
  };
  const path = ({ asPath }: PathAttributes) => asPath!.map(({ members }) => members);

  test('may be communities of all kinds', () => {
    expect(result({ addCommunities: ['64512:100', '64512:7', '1:2:3', 'rt:1:1'] })).toEqual({
      ...ROUTE,
      communities: [0xfc000064, 0xffffff01, 0xfc000007],
      largeCommunities: [
        [64512, 1, 2],
        [1, 2, 3],
      ],
      extendedCommunities: [...ROUTE.extendedCommunities!, Uint8Array.of(0, 2, 0, 1, 0, 0, 0, 1)],
    });
    expect(result({ removeCommunities: ['no-export', '64512:1:2'] })).toEqual({
      ...ROUTE,
      communities: [0xfc000064],
      largeCommunities: undefined,
    });
    const { origin, asPath } = ROUTE;
    expect(result({ communities: ['1:2'] })).toEqual({ origin, asPath, communities: [0x00010002] });
    expect(result({ communities: [] })).toEqual({ origin, asPath });
  });

  test('may be AS numbers in front of the path, own ones only between autonomous systems', () => {
    expect(path(result({ prepend: 2 }))[0]).toEqual([64512, 64512, 65001, 65002]);
    expect(path(result({ prepend: 2 }, ROUTE, false))[0]).toEqual([65001, 65002]);
    expect(path(result({ prepend: 1, prependAsNumbers: [7, 8] }))[0]).toEqual([64512, 7, 8, 65001, 65002]);
    expect(path(result({ prepend: 1 }, { origin: 0, asPath: [] }))).toEqual([[64512]]);
    const full = { origin: 0 as const, asPath: [{ type: SEGMENT.sequence, members: new Array(254).fill(7) }] };
    expect(path(result({ prepend: 2 }, full)).map(({ length }) => length)).toEqual([2, 254]);
    expect(path(result({ prepend: 1 }, full)).map(({ length }) => length)).toEqual([255]);
  });

  test('may be LOCAL_PREF and MED', () => {
    expect(result({ localPreference: 4294967295, med: 0 })).toEqual({ ...ROUTE, localPref: 4294967295, med: 0 });
    expect(result({ med: 5 }, { ...ROUTE, med: 9, localPref: 7 }).med).toBe(5);
  });

  test('is what the plain reading gives, for any attributes', () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff });
    const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const communities = fc.subarray(['1:1', '1:2', 'no-export', '1:1:1', '1:1:2', 'rt:1:1', 'rt:1:2']);
    const attributes = fc.record({
      origin: fc.constant(0 as const),
      asPath: fc.array(
        fc.record({
          type: fc.constantFrom(SEGMENT.sequence, SEGMENT.set),
          members: fc.oneof(
            fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
            fc.constantFrom(254, 255).map((length) => new Array<number>(length).fill(9)),
          ),
        }),
        { maxLength: 3 },
      ),
      med: some(uint32),
      communities: some(fc.array(fc.constantFrom(0x10001, 0x10002, 0xffffff01), { minLength: 1, maxLength: 90 })),
      largeCommunities: some(
        fc.constantFrom<[number, number, number][]>(
          [[1, 1, 1]],
          [
            [1, 1, 2],
            [9, 9, 9],
          ],
        ),
      ),
      extendedCommunities: some(fc.constant([Uint8Array.of(0, 2, 0, 1, 0, 0, 0, 1)])),
      unknown: some(fc.constantFrom(30, 99).map((type) => [{ type, flags: 0xe0, value: Uint8Array.of(1, 2) }])),
    });
    const settings = fc.record(
      {
        addCommunities: communities,
        removeCommunities: communities,
        prepend: fc.integer({ min: 1, max: 10 }),
        prependAsNumbers: fc.constantFrom<number[]>([5, 6], [7]),
        localPreference: uint32,
        med: uint32,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(attributes, settings, some(communities), fc.boolean(), (drawn, set, all, isExternal) => {
        const { addCommunities: _a, removeCommunities: _r, ...rest } = set;
        const spec = all ? { ...rest, communities: all } : set;
        const before = Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
        const read = rule({ set: spec }).set as RouteSettings;
        expect(attributesText(result(spec, before, isExternal))).toEqual(
          attributesText(changed(before, read, isExternal ? 64512 : undefined, 'ipv4')),
        );
      }),
      { numRuns: 500 },
    );
  });
});
