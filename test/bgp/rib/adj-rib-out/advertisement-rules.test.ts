import type { Edit } from '../../../../lib/bgp/policy/edit';
import { familyOfSet, nextHopFor } from '../../../../lib/bgp/rib/adj-rib-out/advertisement-rules';
import { PeerState, type RibPeer } from '../../../../lib/bgp/rib/peer';
import { IPV4 } from '../../../../lib/bgp/rib/table/prefix-table';
import type { WireContext } from '../../../../lib/bgp/wire/context';
import { IpAddress } from '../../../../lib/model/address';
import { Phases } from '../phases';
import { context, ip, OWN_AS, peer } from '../world';

const [SELF, GIVEN] = ['192.0.2.254', '10.0.0.1'];

/** The next hop that a neighbour is told of a route whose next hop is 10.0.0.1, as text. */
function told(as: number, more: Partial<RibPeer> = {}, given?: IpAddress | 'self', wire: Partial<WireContext> = {}) {
  const world = new Phases(1);
  const config = peer(9, as, more);
  const to = new PeerState(9, config);
  const set = world.set(world.peers[0], 100);
  to.setContext(context(config, wire));
  expect(familyOfSet(world.tables.attributes, set)).toBe(IPV4);
  const octets = nextHopFor(world.tables, set, to, given && ({ nextHop: given } as Edit));
  return octets && String(IpAddress.fromBytes(octets));
}

describe('the next hop that is advertised', () => {
  test('is the node itself to an external neighbour, and unchanged to an internal one (RFC 4271 section 5.1.3)', () => {
    expect([told(65001), told(OWN_AS)]).toEqual([SELF, GIVEN]);
  });

  test('is what the session says', () => {
    expect([told(65001, { nextHop: 'keep' }), told(OWN_AS, { nextHop: 'self' })]).toEqual([GIVEN, SELF]);
  });

  test('is never the neighbour itself', () => {
    expect(told(OWN_AS, { address: ip(GIVEN) })).toBe(SELF);
  });

  test('is what a rule says, where the neighbour can use that', () => {
    const [four, six, linkLocal] = ['198.51.100.1', '2001:db8::1', 'fe80::1'].map(ip);
    expect(told(65001, {}, four)).toBe('198.51.100.1');
    expect(told(OWN_AS, {}, 'self')).toBe(SELF);
    expect(told(65001, {}, six)).toBe(SELF);
    expect(told(65001, {}, six, { extendedNextHop: new Set(['ipv4 unicast']) })).toBe('2001:db8::1'); // RFC 8950
    expect(told(65001, {}, linkLocal, { extendedNextHop: new Set(['ipv4 unicast']) })).toBe(SELF);
  });

  test('is none where the node has no address of the family', () => {
    const localAddresses = { ipv6: ip('2001:db8::254') };
    expect(told(65001, { localAddress: ip('2001:db8::254'), localAddresses })).toBeUndefined();
  });
});
