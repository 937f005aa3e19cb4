import { runningSessions } from '../../lib/agent/sessions';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';

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
});
