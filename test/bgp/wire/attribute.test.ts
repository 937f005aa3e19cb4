import fc from 'fast-check';
import { ATTRIBUTES } from '../../../lib/bgp/wire/attribute';
import { hasSets } from '../../../lib/bgp/wire/attribute/02-as-path';
import { decodeAttributeList, encodeAttributeList } from '../../../lib/bgp/wire/attribute-list';
import { encodeAttributes, routeAttributes } from '../../../lib/bgp/wire/route-attributes';
import { hex, octets, pathAttributes, session } from './arbitraries';

const ibgp = session({ session: 'ibgp' });
const judged = (text: string, context = ibgp) => {
  const bytes = octets(text);
  const { verdict, discarded } = decodeAttributeList(bytes, 0, bytes.length, context);
  return discarded.length > 0 ? [verdict.kind, ...discarded] : [verdict.kind];
};

describe('path attributes', () => {
  test('of a route are read as they were written, with four-octet AS numbers', () => {
    fc.assert(
      fc.property(pathAttributes, (route) => {
        const bytes = encodeAttributes(route, ibgp);
        const list = decodeAttributeList(bytes, 0, bytes.length, ibgp);
        expect(list.verdict).toEqual({ kind: 'accept' });
        expect(routeAttributes(list.attributes, ibgp)).toEqual(route);
      }),
    );
  });

  test('are written in the order of their types', () => {
    fc.assert(
      fc.property(pathAttributes, (route) => {
        const bytes = encodeAttributes(route, ibgp);
        const types = decodeAttributeList(bytes, 0, bytes.length, ibgp).attributes.map(({ row }) => row.type);
        expect(types).toEqual([...types].sort((a, b) => a - b));
      }),
    );
  });

  test('of a message come out in the order and with the flags they came with', () => {
    fc.assert(
      fc.property(
        pathAttributes.chain((route) => {
          const bytes = encodeAttributes(route, ibgp);
          return fc.shuffledSubarray([...decodeAttributeList(bytes, 0, bytes.length, ibgp).attributes]);
        }),
        fc.constantFrom(0, 0x10, 0x20, 0x30),
        (list, more) => {
          const strange = list.map((attribute) => ({ ...attribute, flags: attribute.flags | more }));
          const bytes = encodeAttributeList(strange, ibgp);
          expect(hex(encodeAttributeList(decodeAttributeList(bytes, 0, bytes.length, ibgp).attributes, ibgp))).toBe(
            hex(bytes),
          );
        },
      ),
    );
  });

  test('that this speaker does not read go on with the Partial bit if they are transitive, else not', () => {
    const unknown = [
      { type: 99, flags: 0xc0, value: octets('01') },
      { type: 26, flags: 0x80, value: octets('01000b0000000000000001') },
    ];
    expect(hex(encodeAttributes({ unknown }, ibgp))).toBe('e0630101');
  });

  test('have one row each', () => {
    const types = Object.values(ATTRIBUTES).map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
  });
});

describe('a malformed attribute (RFC 7606 section 7)', () => {
  test.each([
    ['ORIGIN of two octets', '4001020000', ['treat-as-withdraw']],
    ['ORIGIN 3', '40010103', ['treat-as-withdraw']],
    ['an AS_PATH with a segment of no type', '40020605010000fde9', ['treat-as-withdraw']],
    ['an AS_PATH with an empty segment', '4002020200', ['treat-as-withdraw']],
    ['an AS_PATH with a segment too long', '40020602020000fde9', ['treat-as-withdraw']],
    ['an AS_PATH with an octet too many', '40020702010000fde902', ['treat-as-withdraw']],
    ['an AS_PATH with AS 0 (RFC 7607)', '400206020100000000', ['treat-as-withdraw']],
    ['an empty AS_PATH', '400200', ['accept']],
    ['NEXT_HOP of 5 octets', '4003050a00000100', ['treat-as-withdraw']],
    ['MULTI_EXIT_DISC of 3 octets', '800403000001', ['treat-as-withdraw']],
    ['LOCAL_PREF of 0 octets', '400500', ['treat-as-withdraw']],
    ['ATOMIC_AGGREGATE of 1 octet', '40060100', ['attribute-discard', 6]],
    ['AGGREGATOR of 6 octets', 'c00706fde90a000001', ['attribute-discard', 7]],
    ['AGGREGATOR of AS 0 (RFC 7607)', 'c00708000000000a000001', ['attribute-discard', 7]],
    ['no COMMUNITIES', 'c00800', ['treat-as-withdraw']],
    ['COMMUNITIES of 6 octets', 'c00806ffff00010000', ['treat-as-withdraw']],
    ['ORIGINATOR_ID of 3 octets', '8009030a0000', ['treat-as-withdraw']],
    ['CLUSTER_LIST of 5 octets', '800a050a00000100', ['treat-as-withdraw']],
    ['EXTENDED COMMUNITIES of 7 octets', 'c010070002fde9000000', ['treat-as-withdraw']],
    ['an extended community of an unknown type', 'c010083f3f000000000001', ['accept']],
    ['IPv6 extended communities of 8 octets', 'c019080002fde900000001', ['treat-as-withdraw']],
    ['Tunnel Encapsulation without a TLV (RFC 9012)', 'c01700', ['treat-as-withdraw']],
    ['Traffic Engineering of 4 octets', '80180400000000', ['treat-as-withdraw']],
    ['an ATTR_SET with routes in it', 'c08008 0000fde9 800f01 00', ['treat-as-withdraw']],
    ['an ATTR_SET with an attribute cut short', 'c08007 0000fde9 400101', ['treat-as-withdraw']],
    ['an ATTR_SET', 'c08008 0000fde9 40010100', ['accept']],
    ['AIGP with a TLV of 5 octets', '801a050100050000', ['attribute-discard', 26]],
    ['AIGP', '801a0b01000b0000000000000001', ['accept']],
    ['a BGP-LS attribute with a TLV too long', '801d05040000ff00', ['attribute-discard', 29]],
    ['large communities of 4 octets (RFC 8092)', 'c0200400000001', ['treat-as-withdraw']],
    ['ONLY_TO_CUSTOMER of 3 octets (RFC 9234)', 'c023030000fd', ['treat-as-withdraw']],
    ['a Prefix-SID with a label index of 0 octets', 'c02803010000', ['attribute-discard', 40]],
  ])('%s', (_, text, expected) => {
    expect(judged(text)).toEqual(expected);
  });
});

describe('attribute flags (RFC 7606 section 3 c)', () => {
  test.each([
    ['an optional ORIGIN', 'c0010100', ['treat-as-withdraw']],
    ['non-transitive COMMUNITIES', '800804ffff0001', ['treat-as-withdraw']],
    ['a transitive CLUSTER_LIST', 'c00a040a000001', ['treat-as-withdraw']],
    ['an optional ATOMIC_AGGREGATE (3 f)', 'c00600', ['attribute-discard', 6]],
    ['a transitive AIGP (RFC 7311)', 'c01a0b01000b0000000000000001', ['attribute-discard', 26]],
    ['a partial ORIGIN: the Partial bit does not count', '60010100', ['accept']],
    ['unused flag bits do not count', '4f010100', ['accept']],
    ['extended length where none is needed', '5001000100', ['accept']],
  ])('%s', (_, text, expected) => {
    expect(judged(text)).toEqual(expected);
  });
});

describe('an attribute out of place', () => {
  test('is discarded from an external neighbour where it is an internal one (RFC 7606 sections 7.5, 7.9, 7.10)', () => {
    for (const [type, text] of [
      [5, '40050400000064'],
      [9, '8009040a000001'],
      [10, '800a040a000001'],
    ] as const) {
      expect(judged(text, session())).toEqual(['attribute-discard', type]);
      expect(judged(text, ibgp)).toEqual(['accept']);
    }
  });

  test('that comes twice is discarded the second time (RFC 7606 section 3 g)', () => {
    const bytes = octets('80040400000001 80040400000002');
    const list = decodeAttributeList(bytes, 0, bytes.length, ibgp);
    expect(list).toMatchObject({ verdict: { kind: 'attribute-discard' }, discarded: [4] });
    expect(routeAttributes(list.attributes, ibgp)).toEqual({ med: 1 });
  });

  test('AS4_PATH and AS4_AGGREGATOR are discarded where AS numbers have four octets (RFC 6793 section 6)', () => {
    expect(judged('c01106020100010000')).toEqual(['attribute-discard', 17]);
    expect(judged('c01208000100000a000001')).toEqual(['attribute-discard', 18]);
  });

  test('confederation segments from outside make AS_PATH malformed (RFC 5065)', () => {
    const text = '400206030100 00fde9';
    expect(judged(text, session())).toEqual(['treat-as-withdraw']);
    expect(judged(text, ibgp)).toEqual(['accept']);
  });
});

describe('an attribute that is not recognised', () => {
  test('is kept if it is transitive, discarded if not, and the end of the session if it says it is well-known', () => {
    expect(judged('c0630401020304')).toEqual(['accept']);
    expect(judged('80630401020304')).toEqual(['attribute-discard', 99]);
    expect(judged('40630401020304')).toEqual(['session-reset']);
  });

  test('well-known: the notification carries it (RFC 4271 section 6.3)', () => {
    const bytes = octets('40630101');
    expect(decodeAttributeList(bytes, 0, 4, ibgp).verdict).toMatchObject({
      notification: { code: 3, subcode: 2, data: bytes },
    });
  });
});

test('a path with a set in it is accepted and marked (RFC 9774)', () => {
  const marked = (text: string) => {
    const bytes = octets(text);
    const { verdict, attributes } = decodeAttributeList(bytes, 0, bytes.length, ibgp);
    return [verdict.kind, hasSets(routeAttributes(attributes, ibgp).asPath!)];
  };
  expect(marked('40020c 0201 0000fde9 0101 0000fdea')).toEqual(['accept', true]);
  expect(marked('40020c 0301 0000fde9 0401 0000fdea')).toEqual(['accept', true]);
  expect(marked('400206 0201 0000fde9')).toEqual(['accept', false]);
});

describe('several errors', () => {
  test('the strictest verdict stands (RFC 7606 section 3 h)', () => {
    expect(judged('40060100 40010103')).toEqual(['treat-as-withdraw', 6]);
    expect(judged('40630101 40010103')).toEqual(['session-reset']);
  });

  test('attributes that do not fit their total length are treat-as-withdraw (RFC 7606 section 4)', () => {
    expect(judged('40010100 4002')).toEqual(['treat-as-withdraw']);
    expect(judged('40010100 50020001')).toEqual(['treat-as-withdraw']);
    expect(judged('40010100 400204')).toEqual(['treat-as-withdraw']);
  });
});
