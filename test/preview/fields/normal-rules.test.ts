import fc from 'fast-check';
import { CompiledPolicy } from '../../../lib/bgp/policy/policy';
import { RouteView } from '../../../lib/bgp/policy/route-view';
import { type FilterRule, filterSchema } from '../../../lib/model/filter';
import { martianOf } from '../../../lib/model/martian';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { normalRules, type RuleContext } from '../../../lib/preview/fields/normal-rules';

const ranges = ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '0.0.0.0/8', '::/0', '2001:db8::/32'];
const asked = [...ranges, '10.1.2.3/32', '10.2.0.0/16', '0.1.0.0/16', '0.0.0.0/32', '2001:db8:1::/48', '192.0.2.0/24'];

const rule = fc.record(
  {
    prefix: fc.constantFrom(...ranges),
    ge: fc.constantFrom(16, 24, 32),
    le: fc.constantFrom(16, 24, 32),
    peerType: fc.constantFrom('ebgp', 'ibgp'),
    source: fc.constantFrom('workload', 'bgp'),
    action: fc.constantFrom('accept', 'accept', 'reject'),
    set: fc.constantFrom({}, { addCommunities: [] }, { med: 1 }, { med: 1, removeCommunities: [] }, { med: 2 }),
  },
  { requiredKeys: ['action'] },
);
const rules = fc.array(rule, { maxLength: 6 }).map((all) => {
  const valid = all.flatMap((one) => {
    const { prefix: _, ge: __, le: ___, set: ____, ...plain } = one;
    return [one, plain].find((each) => filterSchema.safeParse({ export: [each] }).success) ?? [];
  });
  return filterSchema.parse({ export: valid }).export;
});

/** What becomes of a route under these rules. */
function outcome(all: readonly FilterRule[], prefix: Prefix, route: Partial<RouteView>): string {
  const policy = CompiledPolicy.of({ rules: all, otherwise: 'reject' });
  const applied = martianOf(prefix) ? policy.forMartians : policy;
  const view = Object.assign(new RouteView().read(new Uint8Array(0), 0, 0), route);
  const found = applied?.rulesFor(view).outcome(prefix) ?? -1;
  return found < 0 ? 'rejected' : `med ${applied!.settings[found]?.med}`;
}

test('the normal form of rules does the same to every route, and is its own', () => {
  fc.assert(
    fc.property(rules, (all) => {
      const normal = normalRules(all);
      expect(normalRules(normal)).toEqual(normal);
      expect(normal.length === 0).toBe(all.length === 0);
      for (const text of asked)
        for (const peerType of ['ebgp', 'ibgp'] as const)
          for (const isWorkload of [true, false]) {
            const prefix = sure(Prefix.parse(text));
            const route = { peerType, isWorkload };
            expect([text, route, outcome(normal, prefix, route)]).toEqual([text, route, outcome(all, prefix, route)]);
          }
    }),
    { numRuns: 500 },
  );
});

test('the normal form within a context does the same to every route of the context', () => {
  const context = fc.record(
    {
      direction: fc.constantFrom('import' as const, 'export' as const),
      peerType: fc.constantFrom('ebgp' as const, 'ibgp' as const),
      family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(rules, context, (all, one) => {
      const normal = normalRules(all, one);
      expect(normal.length === 0).toBe(all.length === 0);
      for (const text of asked)
        for (const peerType of ['ebgp', 'ibgp'] as const)
          for (const isWorkload of [true, false]) {
            const prefix = sure(Prefix.parse(text));
            if (prefix.family !== (one.family ?? prefix.family) || peerType !== (one.peerType ?? peerType)) continue;
            if (isWorkload && one.direction === 'import') continue;
            const route = { peerType, isWorkload };
            expect([text, route, outcome(normal, prefix, route)]).toEqual([text, route, outcome(all, prefix, route)]);
          }
    }),
    { numRuns: 500 },
  );
});

test('conditions that every route of a context meets do not matter, and rules that none meets are left out', () => {
  const normal = (one: object[], context: RuleContext) =>
    normalRules(filterSchema.parse({ export: one }).export, context);
  const accept = { action: 'accept' };
  const context = { direction: 'import', peerType: 'ebgp', family: 'ipv4' } as const;
  for (const more of [
    { peerType: 'ebgp' },
    { source: 'bgp' },
    { prefix: '0.0.0.0/0' },
    { prefix: '0.0.0.0/0', le: 32 },
  ])
    expect(normal([{ ...accept, ...more }], context)).toEqual(normal([accept], {}));
  for (const more of [{ peerType: 'ibgp' }, { source: 'workload' }, { prefix: '::/0' }])
    expect(normal([{ action: 'reject', ...more }, accept], context)).toEqual(normal([accept], {}));
  for (const more of [
    { prefix: '0.0.0.0/0', le: 24 },
    { prefix: '0.0.0.0/0', ge: 8 },
  ])
    expect(normal([{ ...accept, ...more }], context)).not.toEqual(normal([accept], {}));
  expect(normal([{ ...accept, source: 'bgp' }], { direction: 'export' })).not.toEqual(normal([accept], {}));
});
