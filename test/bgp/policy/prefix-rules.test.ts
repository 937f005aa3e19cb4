import fc from 'fast-check';
import { type PrefixRange, PrefixRules, REJECTED, type RuleOutcome } from '../../../lib/bgp/policy/prefix-rules';
import { IpAddress } from '../../../lib/model/address';
import { Prefix } from '../../../lib/model/prefix';
import { prefixOf } from '../rib/world';

type Rule = PrefixRange & { readonly outcome: RuleOutcome };

/** Prefixes of few bits that differ, so that many are within each other. */
const prefixes = fc
  .record({ is6: fc.boolean(), bits: fc.array(fc.nat(3), { minLength: 16, maxLength: 16 }), length: fc.nat(128) })
  .map(({ is6, bits, length }) => {
    const bytes = Uint8Array.from(bits.slice(0, is6 ? 16 : 4), (bit) => [0, 0x80, 0x0a, 0x40][bit]);
    return Prefix.of(IpAddress.fromBytes(bytes), is6 ? length : length % 33);
  });
const most = (prefix: Prefix) => (prefix.family === 'ipv4' ? 32 : 128);
const rules: fc.Arbitrary<Rule> = fc
  .record({
    prefix: prefixes,
    ge: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    le: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    outcome: fc.integer({ min: REJECTED, max: 3 }),
    isGeneral: fc.nat(40).map((n) => n === 0),
  })
  .map(({ prefix, ge, le, outcome, isGeneral }) => {
    if (isGeneral) return { outcome };
    const room = most(prefix) - prefix.length;
    const least = ge === undefined ? prefix.length : prefix.length + Math.floor(ge * room);
    return {
      prefix,
      ...(ge !== undefined && { ge: least }),
      ...(le !== undefined && { le: least + Math.floor(le * (most(prefix) - least)) }),
      outcome,
    };
  });

/** The first rule that matches, as one would read the list. */
const first = (list: readonly Rule[], otherwise: RuleOutcome, asked: Prefix): RuleOutcome =>
  list.find(({ prefix, ge = prefix?.length ?? 0, le = 128 }) =>
    prefix ? prefix.contains(asked) && asked.length >= ge && asked.length <= le : true,
  )?.outcome ?? otherwise;

describe('rules about prefixes', () => {
  test.each([
    ['short', 0, 12],
    ['long', 25, 80],
  ])('decide by the first that matches, in %s lists', (_, minLength, maxLength) => {
    const list = fc.array(rules, { minLength, maxLength });
    const asked = fc.array(prefixes, { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(list, asked, fc.integer({ min: REJECTED, max: 0 }), (all, some, otherwise) => {
        const compiled = new PrefixRules(all, otherwise);
        // Those of the rules as well, since few others are within one.
        for (const prefix of [...some, ...all.flatMap((one) => one.prefix ?? [])])
          expect([String(prefix), compiled.outcome(prefix)]).toEqual([String(prefix), first(all, otherwise, prefix)]);
      }),
    );
  });

  test('do not ask for the prefix where it makes no difference', () => {
    const all = prefixOf('10.0.0.0/8');
    expect(new PrefixRules([{ prefix: all, outcome: 0 }], 0).usesPrefix).toBe(false);
    expect(new PrefixRules([{ outcome: 2 }, { prefix: all, outcome: REJECTED }], 0)).toMatchObject({
      usesPrefix: false,
      otherwise: 2,
    });
    expect(new PrefixRules([{ prefix: all, outcome: REJECTED }, { outcome: 0 }], REJECTED)).toMatchObject({
      usesPrefix: true,
      otherwise: 0,
    });
  });
});
