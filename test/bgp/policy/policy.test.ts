import fc from 'fast-check';
import {
  ACCEPT_ALL,
  CompiledPolicy,
  matchesAny,
  type Policy,
  REJECT_ALL,
  samePolicy,
} from '../../../lib/bgp/policy/policy';
import { REJECTED } from '../../../lib/bgp/policy/prefix-rules';
import { ADDRESS_BITS, IpAddress } from '../../../lib/model/address';
import type { FilterRule } from '../../../lib/model/filter';
import { Prefix } from '../../../lib/model/prefix';
import { prefixOf } from '../rib/world';

const rulesOf = (policy: Policy) => CompiledPolicy.of(policy).prefixRules!;
const accepts = (policy: Policy, text: string) => rulesOf(policy).outcome(prefixOf(text)) === 0;

describe('a policy', () => {
  const policy: Policy = {
    rules: [
      { prefix: prefixOf('10.1.0.0/16'), ge: 20, le: 24, action: 'reject' },
      { prefix: prefixOf('10.0.0.0/8'), action: 'accept' },
      { prefix: prefixOf('2001:db8::/32'), le: 48, action: 'accept' },
    ],
    otherwise: 'reject',
  };

  test('is decided by the first rule that matches', () => {
    expect(accepts(policy, '10.1.16.0/20')).toBe(false);
    expect(accepts(policy, '10.1.16.0/19')).toBe(true);
    expect(accepts(policy, '10.1.16.128/25')).toBe(true);
    expect(accepts(policy, '10.2.0.0/24')).toBe(true);
  });

  test('says of what no rule matches what stands for the rest', () => {
    expect(accepts(policy, '0.0.0.0/0')).toBe(false);
    expect(accepts(policy, '192.0.2.0/24')).toBe(false);
    expect(accepts({ ...policy, otherwise: 'accept' }, '192.0.2.0/24')).toBe(true);
  });

  test('keeps the families apart', () => {
    expect(accepts(policy, '2001:db8:1::/48')).toBe(true);
    expect(accepts(policy, '2001:db8:1::/49')).toBe(false);
    expect(accepts(policy, 'a00::/8')).toBe(false);
  });

  test('is over with a rule without a prefix', () => {
    const all: Policy = { rules: [{ action: 'accept' }, ...policy.rules], otherwise: 'reject' };
    expect(accepts(all, '10.1.16.0/20')).toBe(true);
    expect(rulesOf(all).usesPrefix).toBe(false);
  });

  test('depends on prefixes only where its rules say different things', () => {
    const of = (rules: FilterRule[], otherwise: Policy['otherwise']) => rulesOf({ rules, otherwise });
    const rule = (action: FilterRule['action']) => ({ prefix: prefixOf('10.0.0.0/8'), action });
    expect(of([rule('accept')], 'accept').usesPrefix).toBe(false);
    expect(of([rule('accept')], 'accept').otherwise).toBe(0);
    expect(of([rule('reject')], 'accept').usesPrefix).toBe(true);
    expect(of([rule('accept'), rule('reject')], 'accept').usesPrefix).toBe(true);
    expect(rulesOf(REJECT_ALL).otherwise).toBe(REJECTED);
    expect(rulesOf(ACCEPT_ALL).otherwise).toBe(0);
  });

  test('says the same as rules read one by one', () => {
    const prefix = fc.oneof(
      fc.tuple(fc.constantFrom('10.0.0.0', '10.1.0.0', '10.1.128.0', '255.255.255.255'), fc.nat(32)),
      fc.tuple(fc.constantFrom('2001:db8::', '2001:db8:0:1::', '2001:db8::8000:0:0:1', 'ffff::'), fc.nat(128)),
    );
    const value = prefix.map(([address, length]) => Prefix.of(IpAddress.parse(address) as IpAddress, length));
    const rule: fc.Arbitrary<FilterRule> = fc
      .record({
        prefix: fc.option(value, { nil: undefined }),
        bounds: fc.option(fc.tuple(fc.nat(128), fc.nat(128)), { nil: undefined }),
        action: fc.constantFrom('accept' as const, 'reject' as const),
      })
      .map(({ prefix: within, bounds, action }) => {
        if (!within) return { action };
        const bits = ADDRESS_BITS[within.family];
        const [ge, le] = (bounds ?? [])
          .map((bound) => Math.min(bits, Math.max(within.length, bound)))
          .sort((a, b) => a - b);
        return { prefix: within, action, ...(ge !== undefined && { ge, le }) };
      });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 60 }), // short lists are walked, long ones looked up
        fc.constantFrom('accept' as const, 'reject' as const),
        value,
        (rules, otherwise, asked) => {
          const first = rules.find(
            (each) =>
              !each.prefix ||
              (each.prefix.contains(asked) && asked.length >= (each.ge ?? 0) && asked.length <= (each.le ?? 128)),
          );
          expect(rulesOf({ rules, otherwise }).outcome(asked) === 0).toBe((first?.action ?? otherwise) === 'accept');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('ranges of prefixes', () => {
  test('hold a prefix where one of them does', () => {
    const ranges = [{ prefix: prefixOf('10.0.0.0/8'), ge: 10, le: 12 }, { prefix: prefixOf('192.0.2.0/24') }];
    expect(
      ['10.0.0.0/10', '10.1.0.0/11', '10.16.0.0/12', '192.0.2.0/24', '192.0.2.9/32'].map((text) =>
        matchesAny(ranges, prefixOf(text)),
      ),
    ).toEqual(new Array(5).fill(true));
    expect(
      ['10.0.0.0/9', '10.0.0.0/13', '11.0.0.0/11', '192.0.2.0/23', '::/0'].map((text) =>
        matchesAny(ranges, prefixOf(text)),
      ),
    ).toEqual(new Array(5).fill(false));
  });
});

describe('two policies', () => {
  const policy = (le: number): Policy => ({
    rules: [{ prefix: prefixOf('10.0.0.0/8'), le, action: 'accept' }],
    otherwise: 'reject',
  });

  test('are the same where they say the same, not only where they are one', () => {
    expect(samePolicy(policy(24), policy(24))).toBe(true);
    expect(samePolicy(policy(24), policy(25))).toBe(false);
    expect(samePolicy(policy(24), { ...policy(24), otherwise: 'accept' })).toBe(false);
    expect(samePolicy(policy(24), undefined)).toBe(false);
    expect(samePolicy(undefined, undefined)).toBe(true);
  });
});
