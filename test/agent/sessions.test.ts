import { runningSessions } from '../../lib/agent/sessions';
import { changeOf as speakerChangeOf } from '../../lib/bgp/session/config';
import type { FabricSpec } from '../../lib/model/fabric';
import type { PeerSpec } from '../../lib/model/peer';
import { readFabric } from '../../lib/model/read';
import { changeOf } from '../../lib/topology/change';

const fabric = (spec: Partial<FabricSpec> = {}) =>
  readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } }, ...spec })
    .fabric!;

describe('the sessions that an agent runs', () => {
  test('are none without an active release', () => {
    expect(runningSessions({ staged: fabric() }, 'n1')).toEqual([]);
  });

  test('accept the AS numbers of the active, the staged and the retiring release, in this order', () => {
    const [{ config }] = runningSessions(
      { active: fabric(), staged: fabric({ asNumber: 67111 }), retiring: fabric({ asNumber: 65000 }) },
      'n1',
    );
    expect(config.acceptable).toEqual([
      { localAs: 64512, remoteAs: 64512 },
      { localAs: 67111, remoteAs: 67111 },
      { localAs: 65000, remoteAs: 65000 },
    ]);
  });

  test('go on as retiring where only the former release has them, and are not asked for where only the staged one does', () => {
    const off = fabric({ nodeToNodeMesh: false });
    expect(runningSessions({ active: off, retiring: fabric() }, 'n1').map(({ config }) => config.retiring)).toEqual([
      true,
    ]);
    expect(runningSessions({ active: off, staged: fabric() }, 'n1')).toEqual([]);
  });

  test('have the router id of the node and its addresses', () => {
    const [{ config }] = runningSessions({ active: fabric() }, 'n2');
    expect(config).toMatchObject({
      routerId: 0x0a000002,
      dial: 'first',
      families: ['ipv4 unicast'],
      reason: 'nodeToNodeMesh',
      name: 'n1',
    });
  });

  const withPeer = (more: Partial<PeerSpec> = {}) => {
    const peers = { tor: { node: 'n1', address: '10.0.0.254', asNumber: 65000, ...more } };
    const filters = { f: { import: [{ action: 'accept' as const }] } };
    return runningSessions({ active: fabric({ nodeToNodeMesh: false, peers, filters }) }, 'n1')[0];
  };

  test('have what their peer says', () => {
    expect(withPeer().config).toMatchObject({ allowOwnAs: 0, maxPrefixes: 2_000_000 });
    const { config } = withPeer({
      ttlSecurity: 2,
      role: 'customer',
      maxPrefixes: 10,
      allowOwnAs: 1,
      addPath: 'receive',
      extendedNextHop: true,
    });
    expect(config).toMatchObject({
      gtsmHops: 2,
      role: 'customer',
      maxPrefixes: 10,
      allowOwnAs: 1,
      addPath: { receive: ['ipv4 unicast'], send: [] },
      extendedNextHop: true,
    });
    expect(withPeer({ addPath: 'both' }).config.addPath).toEqual({ receive: ['ipv4 unicast'], send: ['ipv4 unicast'] });
  });

  test.each<Partial<PeerSpec>>([
    { ttlSecurity: 2 },
    { role: 'customer' },
    { maxPrefixes: 10 },
    { allowOwnAs: 1 },
    { addPath: 'send' },
    { extendedNextHop: true },
    { nextHop: 'self' },
    { multihop: true },
    { holdTime: 30 },
    { asNumber: 65001 },
    { filters: ['f'] },
  ])('are told in the impact as the speaker treats them: %j', (more) => {
    const [before, after] = [withPeer(), withPeer(more)];
    const told = changeOf(before.session, after.session)?.change;
    const [pair] = before.config.acceptable;
    expect({ reset: 'reset', retuned: 'retune' }[told as 'reset' | 'retuned']).toBe(
      speakerChangeOf(before.config, after.config, pair),
    );
  });
});
