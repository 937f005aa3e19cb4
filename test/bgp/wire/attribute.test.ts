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

// What is malformed, attribute by attribute: verdicts.test.ts.
test.each([
  ['an empty AS_PATH', '400200'],
  ['an ATTR_SET', 'c08008 0000fde9 40010100'],
  ['AIGP', '801a0b01000b0000000000000001'],
])('%s is accepted', (_, text) => {
  expect(judged(text)).toEqual(['accept']);
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
