import fc from 'fast-check';
import { mergeAs4, pathLength } from '../../../lib/bgp/wire/as4';
import { decodeAttributeList } from '../../../lib/bgp/wire/attribute-list';
import { AS_TRANS } from '../../../lib/bgp/wire/open';
import { type AsPathSegment, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { encodeAttributes, routeAttributes } from '../../../lib/bgp/wire/route-attributes';
import { address, pathAttributes, session } from './arbitraries';

const old = session({ session: 'ibgp', as4: false });
const sequence = (...members: number[]): AsPathSegment => ({ type: SEGMENT.sequence, members });
const set = (...members: number[]): AsPathSegment => ({ type: SEGMENT.set, members });
const confederation = (...members: number[]): AsPathSegment => ({ type: SEGMENT.confedSequence, members });
const merged = (asPath: AsPathSegment[], as4Path: AsPathSegment[]) => mergeAs4({ asPath, as4Path }).asPath;
const [here, there] = [address('192.0.2.1'), address('192.0.2.2')];

describe('a neighbour of two-octet AS numbers (RFC 6793)', () => {
  test('a route goes through it and loses no AS number outside a confederation', () => {
    fc.assert(
      fc.property(pathAttributes, (given) => {
        const outside = given.asPath!.filter(({ type }) => type === SEGMENT.set || type === SEGMENT.sequence);
        const route = { ...given, asPath: outside };
        const bytes = encodeAttributes(route, old);
        const { verdict, attributes } = decodeAttributeList(bytes, 0, bytes.length, old);
        expect(verdict.kind).toBe('accept');
        expect(routeAttributes(attributes, old)).toEqual(route);
      }),
    );
  });

  test('AS4_PATH comes along only where a number needs it', () => {
    const types = (asPath: AsPathSegment[]) => {
      const bytes = encodeAttributes({ asPath }, old);
      return decodeAttributeList(bytes, 0, bytes.length, old).attributes.map(({ row }) => row.type);
    };
    expect(types([sequence(1, 65535)])).toEqual([2]);
    expect(types([sequence(1, 65536)])).toEqual([2, 17]);
    expect(types([confederation(65536), sequence(1)])).toEqual([2]);
  });
});

describe('merging AS4_PATH (RFC 6793 section 4.2.3)', () => {
  test('what two-octet speakers put in front stays in front', () => {
    expect(merged([sequence(1, 2, AS_TRANS, 3)], [sequence(70000, 3)])).toEqual([sequence(1, 2, 70000, 3)]);
    expect(merged([sequence(AS_TRANS, 3)], [sequence(70000, 3)])).toEqual([sequence(70000, 3)]);
  });

  test('a set counts as one', () => {
    expect(merged([sequence(1), set(5, 6), sequence(AS_TRANS)], [sequence(70000)])).toEqual([
      ...[sequence(1), set(5, 6), sequence(70000)],
    ]);
    expect(merged([sequence(1, AS_TRANS), set(5, AS_TRANS)], [sequence(70000), set(5, 80000)])).toEqual([
      ...[sequence(1, 70000), set(5, 80000)],
    ]);
  });

  test('an AS4_PATH longer than AS_PATH is not believed', () => {
    expect(merged([sequence(1, 2)], [sequence(70000, 80000, 90000)])).toEqual([sequence(1, 2)]);
  });

  test('confederation segments that lead stay, those in AS4_PATH are dropped', () => {
    expect(merged([confederation(9), sequence(AS_TRANS)], [confederation(8), sequence(70000)])).toEqual([
      ...[confederation(9), sequence(70000)],
    ]);
  });

  test('the length of the path stays the same wherever AS4_PATH is believed', () => {
    const part = fc.oneof(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }).map((all) => sequence(...all)),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }).map((all) => set(...all)),
    );
    const path = fc.array(part, { maxLength: 4 });
    fc.assert(
      fc.property(path, path, (asPath, as4Path) => {
        expect(pathLength(merged(asPath, as4Path)!)).toBe(pathLength(asPath));
      }),
    );
  });

  test('AGGREGATOR counts where it is no AS_TRANS, and then AS4_PATH does not', () => {
    const parts = { asPath: [sequence(1, AS_TRANS)], as4Path: [sequence(70000)] };
    const as4Aggregator = { as: 80000, address: there };
    expect(mergeAs4({ ...parts, aggregator: { as: 7, address: here }, as4Aggregator })).toEqual({
      asPath: parts.asPath,
      aggregator: { as: 7, address: here },
    });
    expect(mergeAs4({ ...parts, aggregator: { as: AS_TRANS, address: here }, as4Aggregator })).toEqual({
      asPath: [sequence(1, 70000)],
      aggregator: as4Aggregator,
    });
    expect(mergeAs4({ ...parts, as4Aggregator })).toEqual({ asPath: [sequence(1, 70000)] });
  });
});
