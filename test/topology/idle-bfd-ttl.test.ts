import type { FabricSpec } from '../../lib/model/fabric';
import type { PeerSpec } from '../../lib/model/peer';
import { idleBfdTtls } from '../../lib/topology/idle-bfd-ttl';
import { valid } from '../model/valid';

const fabric = (up: PeerSpec, more: Partial<FabricSpec> = {}) =>
  valid({ name: 'lab', asNumber: 64512, nodes: { n1: { ipv4Address: '10.0.0.1' } }, peers: { up }, ...more });
const OUTSIDE: PeerSpec = { address: '192.0.2.1', asNumber: 65001 };
const bfd = { minimumTtl: 250 };

describe('a minimum TTL of BFD', () => {
  test.each<[string, PeerSpec, string[]]>([
    ['of an external neighbour on the link', { ...OUTSIDE, bfd }, ['up']],
    ['of one that is 1 hop away by its TTL security', { ...OUTSIDE, ttlSecurity: 1, bfd }, ['up']],
    ['of one that is several hops away', { ...OUTSIDE, multihop: true, bfd }, []],
    ['of an internal one, which may be', { ...OUTSIDE, asNumber: 64512, bfd }, []],
    ['of BFD over several hops', { ...OUTSIDE, bfd: { ...bfd, multihop: true } }, []],
    ['that is the one on the link', { ...OUTSIDE, bfd: { minimumTtl: 255 } }, []],
    ['that is not given', { ...OUTSIDE, bfd: {} }, []],
  ])('%s has no effect: %j', (_what, peer, names) => {
    expect(idleBfdTtls(fabric(peer))).toEqual(names);
  });
});
