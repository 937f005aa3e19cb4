import { ATTRIBUTES } from '../../../lib/bgp/wire/attribute';
import { type PathAttributes, SEGMENT } from '../../../lib/bgp/wire/path-attributes';
import { decodeUpdate, encodeAttributes } from '../../../lib/bgp/wire/update';
import { session } from './arbitraries';
import { update } from './updates';

/** One value of each: the compiler asks for that of a new field. */
const EVERY: Required<Omit<PathAttributes, 'nextHopLinkLocal'>> = {
  origin: 1,
  asPath: [{ type: SEGMENT.sequence, members: [65001, 4200000001] }],
  nextHop: new Uint8Array([192, 0, 2, 1]),
  med: 5,
  localPref: 200,
  atomicAggregate: true,
  aggregator: { as: 4200000001, address: new Uint8Array([192, 0, 2, 9]) },
  communities: [0xfde80001],
  originatorId: 0xc0000207,
  clusterList: [0xc0000208],
  extendedCommunities: [new Uint8Array([0, 2, 0xfd, 0xe8, 0, 0, 0, 9])],
  largeCommunities: [[65001, 1, 2]],
  onlyToCustomer: 65001,
  unknown: [{ type: 199, flags: 0xe0, value: new Uint8Array([1, 2]) }],
};

test('the sample has each attribute that a route keeps in a field', () => {
  const fields = Object.values(ATTRIBUTES).flatMap(({ field }) => field ?? []);
  expect(Object.keys(EVERY).sort()).toEqual([...fields, 'unknown'].sort());
});

test.each([true, false])(
  'a route with every attribute is encoded with all of them, four-octet AS numbers: %s',
  (as4) => {
    const context = session({ session: 'ibgp', as4 });
    const octets = Buffer.from(encodeAttributes(EVERY, context)).toString('hex');
    const body = update('', octets, '080a');
    const { verdict, attributes } = decodeUpdate(body, 0, body.length, context);
    expect(verdict.kind).toBe('accept');
    expect(attributes).toEqual(EVERY);
  },
);
