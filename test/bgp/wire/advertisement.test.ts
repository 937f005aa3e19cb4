import { ATTRIBUTES } from '../../../lib/bgp/wire/attribute';
import { Advertisement, type AdvertisementRule } from '../../../lib/bgp/wire/attribute/advertisement';
import { hex, octets } from './arbitraries';

const OUTSIDE: Partial<Advertisement> = { isExternal: true, localAs: 64512, localPref: 100 };
const INSIDE: Partial<Advertisement> = { localAs: 64512, localPref: 100, keepsMed: true };
const REFLECTED: Partial<Advertisement> = {
  ...INSIDE,
  isReflected: true,
  originator: 0x0a000001,
  clusterId: 0x0a0000fe,
};

/** What a neighbour gets of an attribute that came as these octets, '' for one that did not come. */
function sent(rule: AdvertisementRule | undefined, to: Partial<Advertisement>, came: string): string {
  const bytes = octets(came);
  const out = new Uint8Array(512);
  const value = bytes.length === 0 ? 0 : 3;
  const end = rule!.write(Object.assign(new Advertisement(), to), bytes, 0, value, bytes.length, out, 0);
  return hex(out.subarray(0, end));
}

describe('an attribute that goes on', () => {
  test.each([
    ['AS_PATH', ATTRIBUTES.asPath, OUTSIDE, '40020602010000fde9', '40020a02020000fc000000fde9'],
    ['AS_PATH that is empty', ATTRIBUTES.asPath, OUTSIDE, '400200', '40020602010000fc00'],
    [
      'AS_PATH that begins with a set',
      ATTRIBUTES.asPath,
      OUTSIDE,
      '40020601010000fde9',
      '40020c02010000fc0001010000fde9',
    ],
    ['AS_PATH with a confederation', ATTRIBUTES.asPath, OUTSIDE, '40020603010000fde9', '40020602010000fc00'],
    ['AS_PATH', ATTRIBUTES.asPath, INSIDE, '40020602010000fde9', '40020602010000fde9'],
    ['NEXT_HOP', ATTRIBUTES.nextHop, { ...OUTSIDE, nextHop: octets('c0000201') }, '4003040a000001', '400304c0000201'],
    ['NEXT_HOP of MP_REACH_NLRI', ATTRIBUTES.nextHop, OUTSIDE, '4003040a000001', ''],
    ['MULTI_EXIT_DISC', ATTRIBUTES.med, OUTSIDE, '80040400000007', ''],
    [
      'MULTI_EXIT_DISC of this node',
      ATTRIBUTES.med,
      { ...OUTSIDE, keepsMed: true },
      '80040400000007',
      '80040400000007',
    ],
    ['LOCAL_PREF', ATTRIBUTES.localPref, OUTSIDE, '400504000000c8', ''],
    ['LOCAL_PREF', ATTRIBUTES.localPref, INSIDE, '', '40050400000064'],
    ['ORIGINATOR_ID', ATTRIBUTES.originatorId, INSIDE, '', ''],
    ['ORIGINATOR_ID', ATTRIBUTES.originatorId, REFLECTED, '', '8009040a000001'],
    ['CLUSTER_LIST', ATTRIBUTES.clusterList, REFLECTED, '', '800a040a0000fe'],
    ['CLUSTER_LIST', ATTRIBUTES.clusterList, REFLECTED, '800a040a000002', '800a080a0000fe0a000002'],
    ['CLUSTER_LIST', ATTRIBUTES.clusterList, OUTSIDE, '800a040a000002', ''],
    [
      'EXTENDED COMMUNITIES',
      ATTRIBUTES.extendedCommunities,
      OUTSIDE,
      'c010080002fde900000001',
      'c010080002fde900000001',
    ],
    ['EXTENDED COMMUNITIES', ATTRIBUTES.extendedCommunities, OUTSIDE, 'c010084002fde900000001', ''],
    [
      'EXTENDED COMMUNITIES',
      ATTRIBUTES.extendedCommunities,
      INSIDE,
      'c010084002fde900000001',
      'c010084002fde900000001',
    ],
    ['ONLY_TO_CUSTOMER', ATTRIBUTES.onlyToCustomer, OUTSIDE, 'c023040000fde9', 'c023040000fde9'],
    ['ONLY_TO_CUSTOMER', ATTRIBUTES.onlyToCustomer, { ...OUTSIDE, onlyToCustomer: 64512 }, '', 'c023040000fc00'],
    ['ONLY_TO_CUSTOMER', ATTRIBUTES.onlyToCustomer, OUTSIDE, '', ''],
  ])('%s', (_, row, to, came, wanted) => {
    expect(sent(row.advertised, to, came)).toBe(wanted);
  });

  test('goes as it came where its row has no rule, and only some are written where none came', () => {
    const rows = Object.values(ATTRIBUTES);
    expect(rows.filter(({ advertised }) => advertised?.isAdded).map(({ name }) => name)).toEqual([
      ...['NEXT_HOP', 'LOCAL_PREF', 'ORIGINATOR_ID', 'CLUSTER_LIST', 'ONLY_TO_CUSTOMER'],
    ]);
    expect(rows.filter(({ advertised }) => advertised && !advertised.isAdded).map(({ name }) => name)).toEqual([
      ...['AS_PATH', 'MULTI_EXIT_DISC', 'EXTENDED COMMUNITIES'],
    ]);
  });
});
