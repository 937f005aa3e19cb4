import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import { sessionsOf } from '../../lib/topology/derive';
import { valid } from '../model/valid';

const fabric = (spec: Partial<FabricSpec> = {}): Fabric => valid({ name: 'lab', nodes: NODES, ...spec });
const NODES: FabricSpec['nodes'] = {
  n1: { ipv4Address: '10.0.0.1', ipv6Address: 'fd00::1' },
  n2: { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2' },
  n3: { ipv4Address: '10.0.0.3' },
};
const keys = (f: Fabric, node: string) => sessionsOf(f, node).map(({ key, kind }) => `${kind} ${key}`);

describe('the sessions of a node', () => {
  test('are one with every other node in each family that both have, while the mesh is on', () => {
    expect(keys(fabric(), 'n1')).toEqual([
      'mesh 10.0.0.1 10.0.0.2 179',
      'mesh fd00::1 fd00::2 179',
      'mesh 10.0.0.1 10.0.0.3 179',
    ]);
    expect(keys(fabric({ nodeToNodeMesh: false }), 'n1')).toEqual([]);
    expect(keys(fabric(), 'nobody')).toEqual([]);
  });

  test('come from global peers on every node of that family and from node peers on one', () => {
    const f = fabric({
      nodeToNodeMesh: false,
      peers: {
        tor: { address: '192.20.30.40', asNumber: 67111 },
        six: { node: 'n1', address: 'aa:bb::ff', asNumber: 67111 },
      },
    });
    expect(['n1', 'n2', 'n3'].flatMap((node) => keys(f, node))).toEqual([
      'global 10.0.0.1 192.20.30.40 179',
      'node fd00::1 aa:bb::ff 179',
      'global 10.0.0.2 192.20.30.40 179',
      'global 10.0.0.3 192.20.30.40 179',
    ]);
  });

  test('of a peer that is a node have what both ends must agree on at the other end, too', () => {
    const f = fabric({
      nodeToNodeMesh: false,
      nodes: { ...NODES, n3: { ipv4Address: '10.0.0.3', asNumber: 65003 } },
      peers: {
        up: {
          ...{ node: 'n1', address: '10.0.0.3', asNumber: 65003, role: 'customer', addPath: 'send', ttlSecurity: 3 },
          ...{ extendedNextHop: true, maxPrefixes: 5, allowOwnAs: 2 },
        },
      },
    });
    const common = { ttlSecurity: 3, extendedNextHop: true };
    expect(sessionsOf(f, 'n1')).toMatchObject([
      { ...common, role: 'customer', addPath: 'send', maxPrefixes: 5, allowOwnAs: 2 },
    ]);
    const [back] = sessionsOf(f, 'n3');
    expect(back).toMatchObject({ ...common, role: 'provider', addPath: 'receive' });
    expect([back.maxPrefixes, back.allowOwnAs]).toEqual([undefined, undefined]);
  });

  test('exchange nothing with an outside eBGP neighbour that has no filter (RFC 8212), and everything inside', () => {
    const f = fabric({
      peers: { tor: { address: '10.0.0.254', asNumber: 65000 }, inner: { address: '10.0.0.253', asNumber: 64512 } },
    });
    const policies = sessionsOf(f, 'n3').map((s) => [
      s.remoteAddress.toString(),
      s.importPolicy.otherwise,
      s.exportPolicy.otherwise,
      s.isInside,
    ]);
    expect(policies).toEqual([
      ['10.0.0.253', 'accept', 'accept', false],
      ['10.0.0.254', 'reject', 'reject', false],
      ['10.0.0.1', 'accept', 'accept', true],
      ['10.0.0.2', 'accept', 'accept', true],
    ]);
  });

  test('reject in a direction with rules what no rule matches, and keep the default in a direction without', () => {
    const f = fabric({
      filters: { out: { export: [{ prefix: '10.1.0.0/16', action: 'accept' }] } },
      peers: { tor: { address: '10.0.0.254', asNumber: 64512, filters: ['out'] } },
    });
    const [tor] = sessionsOf(f, 'n3');
    expect([tor.importPolicy.otherwise, tor.exportPolicy.otherwise, tor.exportPolicy.rules.length]).toEqual([
      'accept',
      'reject',
      1,
    ]);
  });

  test('are explicit where an explicit peer and the mesh would make the same one, and the other end follows', () => {
    const f = fabric({ peers: { pair: { node: 'n1', address: '10.0.0.2', asNumber: 64512, holdTime: 9 } } });
    const at = (node: string, remote: string) =>
      sessionsOf(f, node).filter((s) => s.remoteAddress.toString() === remote);
    expect(at('n1', '10.0.0.2').map((s) => [s.kind, s.origin, s.holdTime])).toEqual([['node', 'peers.pair', 9]]);
    expect(at('n2', '10.0.0.1').map((s) => [s.kind, s.origin, s.holdTime])).toEqual([['node', 'peers.pair', 9]]);
  });

  test('have exactly one end that dials first', () => {
    const f = fabric();
    const ends = ['n1', 'n2', 'n3'].flatMap((node) => sessionsOf(f, node));
    expect(ends.filter((s) => s.dial === 'first').length).toBe(ends.length / 2);
  });
});
