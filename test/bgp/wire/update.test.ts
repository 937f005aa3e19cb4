import fc from 'fast-check';
import type { WireContext } from '../../../lib/bgp/wire/context';
import { BGP_HEADER_LENGTH } from '../../../lib/bgp/wire/message';
import {
  copyAttributes,
  decodeAttributes,
  decodeUpdate,
  encodeAttributes,
  encodeUpdate,
  splitUpdate,
  UpdateSplit,
} from '../../../lib/bgp/wire/update';
import { hex, octets, session, withAddPath } from './arbitraries';
import { update, updateBody } from './updates';

const ORIGIN = '40010100';
const AS_PATH = '4002060201 0000fde9';
const NEXT_HOP = '400304c0000201';
const GOOD = ORIGIN + AS_PATH + NEXT_HOP;
const reach6 = (nlri: string, nextHop = '20010db8000000000000000000000001') => {
  const value = `000201${byte(nextHop.length / 2)}${nextHop}00${nlri.replace(/ /g, '')}`;
  return `800e${byte(value.length / 2)}${value}`;
};
const byte = (value: number) => value.toString(16).padStart(2, '0');
const read = (body: Uint8Array, context: WireContext = session()) => decodeUpdate(body, 0, body.length, context);
const verdict = (body: Uint8Array, context?: WireContext) => {
  const { verdict: found } = read(body, context);
  return found.kind === 'session-reset' ? [found.notification.code, found.notification.subcode] : found.kind;
};

describe('UPDATE', () => {
  test('any clean message comes out as it went in', () => {
    for (const context of [session({ session: 'ibgp' }), withAddPath({ session: 'ibgp' })])
      fc.assert(
        fc.property(updateBody(context), (body) => {
          const decoded = read(body, context);
          expect(decoded.verdict).toEqual({ kind: 'accept' });
          expect(hex(encodeUpdate(decoded.parts, context).subarray(BGP_HEADER_LENGTH))).toBe(hex(body));
        }),
      );
  });

  test('routes of both families in one message have each their own next hop, in any order of attributes', () => {
    const body = update('', NEXT_HOP + AS_PATH + reach6('20 20010db8') + ORIGIN, '08 0a');
    expect(read(body).announced.map((route) => [`${route.prefix}`, hex(route.nextHop!)])).toEqual([
      ['10.0.0.0/8', 'c0000201'],
      ['2001:db8::/32', '20010db8000000000000000000000001'],
    ]);
  });

  test('a link-local next hop is told apart', () => {
    const both = '20010db8000000000000000000000001fe800000000000000000000000000001';
    const { attributes } = read(update('', ORIGIN + AS_PATH + reach6('20 20010db8', both), ''));
    expect(hex(attributes.nextHopLinkLocal!)).toBe(both.slice(32));
  });

  test('End-of-RIB is known by its family (RFC 4724 section 2)', () => {
    expect(read(update('', '', '')).endOfRib).toBe('ipv4 unicast');
    expect(read(update('', '800f03000201', '')).endOfRib).toBe('ipv6 unicast');
    expect(read(update('', '800f03000202', '')).endOfRib).toBeUndefined();
    expect(read(update('08 0a', '', '')).endOfRib).toBeUndefined();
  });

  test('a family that the session does not carry is opaque, and no error', () => {
    const reach = '800e0c 0019 46 04 c0000201 00 010203';
    const decoded = read(update('', ORIGIN + AS_PATH + reach, ''));
    expect(decoded.verdict.kind).toBe('accept');
    expect(decoded.opaque).toEqual([{ afi: 25, safi: 70, nextHop: octets('c0000201'), reach: octets('010203') }]);
    const narrow = session({ families: new Set(['ipv4 unicast']) });
    expect(read(update('', ORIGIN + AS_PATH + reach6('ff'), ''), narrow).verdict.kind).toBe('accept');
  });

  test('path identifiers are read where they were agreed on (RFC 7911)', () => {
    const { announced, withdrawn } = read(update('00000007 08 0b', GOOD, '80000001 08 0a'), withAddPath());
    expect(announced[0]).toMatchObject({ pathId: 0x80000001 });
    expect(withdrawn[0]).toMatchObject({ pathId: 7 });
  });
});

describe('errors of a whole UPDATE', () => {
  test.each([
    ['nothing at all', '', [3, 1]],
    ['withdrawn routes beyond the message', '0003 0000', [3, 1]],
    ['attributes beyond the message', '0000 0004 400101', [3, 1]],
  ])('%s', (_, body, expected) => {
    expect(verdict(octets(body))).toEqual(expected);
  });

  test.each([
    ['NLRI of 33 bits', '', GOOD, '21 0a00000000', [3, 10]],
    ['NLRI cut short', '', GOOD, '18 0a', [3, 10]],
    ['withdrawn routes cut short', '18 0a', '', '', [3, 10]],
    ['MP_REACH_NLRI twice', '', reach6('00') + reach6('00') + GOOD, '', [3, 1]],
    ['MP_UNREACH_NLRI twice', '', '800f03000201800f03000201', '', [3, 1]],
    ['an IPv6 next hop of 15 octets', '', GOOD + reach6('00', '20010db80000000000000000000000'), '', [3, 1]],
    ['a next hop beyond the attribute', '', `${GOOD}800e05 000201 10 00`, '', [3, 1]],
    ['MP_REACH_NLRI of 4 octets', '', `${GOOD}800e04 000201 00`, '', [3, 9]],
    ['MP_UNREACH_NLRI of 2 octets', '', '800f02 0002', '', [3, 9]],
    ['IPv6 NLRI of 129 bits', '', `${GOOD}${reach6('81')}`, '', [3, 9]],
    ['IPv6 withdrawals cut short', '', '800f05 000201 40 20', '', [3, 9]],
    ['a transitive MP_REACH_NLRI', '', GOOD + reach6('00').replace('800e', 'c00e'), '', [3, 4]],
    ['MP_REACH_NLRI beyond the attributes', '', `${GOOD}800eff000201`, '08 0a', [3, 1]],
    ['an attribute beyond the attributes', '', `${GOOD}4006ff`, '08 0a', 'treat-as-withdraw'],
    ['no ORIGIN', '', AS_PATH + NEXT_HOP, '08 0a', 'treat-as-withdraw'],
    ['no AS_PATH', '', ORIGIN + NEXT_HOP, '08 0a', 'treat-as-withdraw'],
    ['no NEXT_HOP', '', ORIGIN + AS_PATH, '08 0a', 'treat-as-withdraw'],
    [
      'no NEXT_HOP for the NLRI field beside MP_REACH_NLRI',
      '',
      ORIGIN + AS_PATH + reach6('00'),
      '08 0a',
      'treat-as-withdraw',
    ],
    ['no NEXT_HOP, only MP_REACH_NLRI', '', ORIGIN + AS_PATH + reach6('00'), '', 'accept'],
    ['a next hop of loopback', '', `${ORIGIN}${AS_PATH}4003047f000001`, '08 0a', 'treat-as-withdraw'],
    [
      'an IPv6 next hop of multicast',
      '',
      ORIGIN + AS_PATH + reach6('00', `ff02${'00'.repeat(14)}`),
      '',
      'treat-as-withdraw',
    ],
    [
      'a bad NEXT_HOP beside MP_REACH_NLRI alone, where it is ignored',
      '',
      `${ORIGIN}${AS_PATH}400300${reach6('00')}`,
      '',
      'accept',
    ],
    ['no attributes for withdrawals', '08 0a', '', '', 'accept'],
    ['a bad ORIGIN and no route (RFC 7606 section 5.2)', '', `40010109${AS_PATH}${NEXT_HOP}`, '', [3, 6]],
    ['a bad ORIGIN and withdrawals alone', '08 0a', `40010109${AS_PATH}`, '', [3, 6]],
    ['a bad AGGREGATOR and no route', '', 'c00701ff', '', 'attribute-discard'],
  ])('%s', (_, withdrawn, attributes, nlri, expected) => {
    expect(verdict(update(withdrawn, attributes, nlri))).toEqual(expected);
  });

  test('LOCAL_PREF must come inside an AS (RFC 4271 section 5.1.5)', () => {
    const inside = session({ session: 'ibgp' });
    expect(verdict(update('', GOOD, '08 0a'), inside)).toBe('treat-as-withdraw');
    expect(verdict(update('', `${GOOD}40050400000064`, '08 0a'), inside)).toBe('accept');
  });

  test('an IPv6 next hop for IPv4 routes needs to be agreed on (RFC 8950)', () => {
    const reach = reach6('08 0a').replace('000201', '000101');
    expect(verdict(update('', ORIGIN + AS_PATH + reach, ''))).toEqual([3, 1]);
    const agreed = session({ extendedNextHop: new Set(['ipv4 unicast']) });
    const decoded = read(update('', ORIGIN + AS_PATH + reach, ''), agreed);
    expect(decoded.announced.map(({ prefix, nextHop }) => [`${prefix}`, nextHop!.length])).toEqual([
      ['10.0.0.0/8', 16],
    ]);
  });
});

describe('attribute sets', () => {
  const context = session({ session: 'ibgp' });
  const keyOf = (body: Uint8Array, source: 'nlri' | 'reach' | 'none') => {
    const [split, into] = [new UpdateSplit(), new Uint8Array(70000)];
    if (splitUpdate(body, 0, body.length, context, split).kind === 'session-reset') return undefined;
    const key = hex(into.subarray(0, copyAttributes(body, split, source, into)));
    return { key, said: decodeAttributes(body, split, context, source) };
  };

  test('the key holds the attributes but for the routes, wherever MP_REACH_NLRI and MP_UNREACH_NLRI stand', () => {
    const parts = [ORIGIN, reach6('20 20010db8'), AS_PATH, '800f03000201'];
    for (const order of [parts, [...parts].reverse(), [parts[1], parts[0], parts[2], parts[3]]]) {
      const rest = order.filter((part) => part === ORIGIN || part === AS_PATH).join('');
      const body = update('', order.join(''), '');
      expect(keyOf(body, 'reach')!.key).toBe(`1020010db8000000000000000000000001${rest.replace(/ /g, '')}`);
      expect(keyOf(body, 'nlri')!.key).toBe(`00${rest.replace(/ /g, '')}`);
    }
  });

  test('what is said depends on the key alone: messages of one key, and its attributes in a message by themselves', () => {
    fc.assert(
      fc.property(updateBody(context), updateBody(context), (one, other) => {
        const [a, b] = [keyOf(one, 'nlri')!, keyOf(other, 'nlri')!];
        if (a.key === b.key) expect(a.said).toEqual(b.said);
        const bare = octets(a.key.slice(2));
        const again = new Uint8Array([0, 0, bare.length >>> 8, bare.length & 255, ...bare]);
        expect(keyOf(again, 'nlri')!.said).toEqual(a.said);
      }),
    );
  });
});

describe('any octets', () => {
  const contexts = [session(), session({ as4: false }), withAddPath({ session: 'ibgp' })];

  test('are read without failing and without a look at what is around them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...contexts).chain((context) => fc.tuple(fc.constant(context), mutated(context))),
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array({ maxLength: 20 }),
        ([context, body], before, behind) => {
          const alone = read(body, context);
          const around = Uint8Array.of(...before, ...body, ...behind);
          expect(decodeUpdate(around, before.length, before.length + body.length, context)).toEqual(alone);
          if (alone.verdict.kind !== 'session-reset') encodeUpdate(alone.parts, context);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('what is accepted comes out with the same meaning', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...contexts).chain((context) => fc.tuple(fc.constant(context), mutated(context))),
        ([context, body]) => {
          const once = read(body, context);
          if (once.verdict.kind !== 'accept') return;
          const twice = read(encodeUpdate(once.parts, context).subarray(BGP_HEADER_LENGTH), context);
          expect(twice).toEqual(once);
        },
      ),
      { numRuns: 1000 },
    );
  });

  /** A clean message with some octets changed, some taken out, or pure noise. */
  function mutated(context: WireContext): fc.Arbitrary<Uint8Array> {
    const change = fc.record({ at: fc.nat(400), to: fc.integer({ min: 0, max: 255 }) });
    return fc.oneof(
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }) },
      {
        weight: 6,
        arbitrary: fc
          .tuple(updateBody(context), fc.array(change, { maxLength: 4 }), fc.nat(4))
          .map(([body, changes, cut]) => {
            const bytes = body.slice(0, Math.max(0, body.length - cut));
            for (const { at, to } of changes) if (bytes.length > 0) bytes[at % bytes.length] = to;
            return bytes;
          }),
      },
    );
  }
});

test('an attribute block for two-octet neighbours decodes under the two-octet context', () => {
  const context = session({ as4: false });
  const block = encodeAttributes(
    { origin: 0, asPath: [{ type: 2, members: [70000] }], nextHop: octets('c0000201') },
    context,
  );
  const body = update('', hex(block), '08 0a');
  expect(read(body, context)).toMatchObject({
    verdict: { kind: 'accept' },
    attributes: { asPath: [{ members: [70000] }] },
  });
});
