import { localAsAfter } from '../../lib/agent/local-as';
import { type Held, type HeldFabric, runningSessions as run } from '../../lib/agent/sessions';
import { changeOf as speakerChangeOf } from '../../lib/bgp/session/config';
import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import type { PeerSpec } from '../../lib/model/peer';
import { readFabric } from '../../lib/model/read';
import { changeOf } from '../../lib/topology/change';

const fabric = (spec: Partial<FabricSpec> = {}) =>
  readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' } }, ...spec })
    .fabric!;

interface Fabrics {
  active?: Fabric;
  staged?: Fabric;
  retiring?: Fabric;
}
const runningSessions = ({ active, staged, retiring }: Fabrics, node: string, more: Partial<Held> = {}) =>
  run(
    {
      ...(active && { active: { fabric: active } }),
      ...(staged && { staged: { fabric: staged } }),
      ...(retiring && { retiring: { fabric: retiring, phase: 'kept' as const, behind: [] } }),
      ...more,
    },
    node,
  );

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

  test('drain when the release is final, and end but for those with nodes that are behind', () => {
    const off = fabric({ nodeToNodeMesh: false });
    const retiring = (phase: 'draining' | 'closed', behind: string[] = []) =>
      runningSessions({ active: off }, 'n1', { retiring: { fabric: fabric(), phase, behind } }).map(
        ({ config }) => config,
      );
    expect(retiring('draining')).toMatchObject([
      {
        retiring: true,
        gracefulShutdown: true,
        importPolicy: { rules: [{ action: 'accept', set: { localPreference: 0 } }] },
      },
    ]);
    expect(retiring('draining', ['n2'])[0].gracefulShutdown).toBeUndefined();
    expect(retiring('closed', ['n2'])).toHaveLength(1);
    expect(retiring('closed')).toEqual([]);
  });

  test('accept what a former release said only until this one is final, or with nodes that are behind', () => {
    const former = fabric({ asNumber: 65000 });
    const numbers = (phase: 'kept' | 'draining', behind: string[] = []) =>
      runningSessions({ active: fabric() }, 'n1', { retiring: { fabric: former, phase, behind } })[0].config.acceptable;
    expect(numbers('kept')).toHaveLength(2);
    expect(numbers('draining')).toEqual([{ localAs: 64512, remoteAs: 64512 }]);
    expect(numbers('draining', ['n2'])).toHaveLength(2);
  });

  test('go on reflecting to former clients until the release is final, or while these are behind', () => {
    const former = fabric({ routeReflectors: { all: { reflectors: ['n1'] } } });
    const reflects = (phase: 'kept' | 'draining', behind: string[] = []) =>
      runningSessions({ active: fabric() }, 'n1', { retiring: { fabric: former, phase, behind } })[0].config
        .routeReflectorClient;
    expect(reflects('kept')).toBe(true);
    expect(reflects('draining', ['n2'])).toBe(true);
    expect(reflects('draining')).toBe(false);
    expect(runningSessions({ active: former }, 'n1')[0].config.routeReflectorClient).toBe(true);
  });

  test('offer the most of all releases where the other side is the one to reset', () => {
    const [n1] = runningSessions({ active: fabric(), staged: fabric({ holdTime: 300 }) }, 'n1'),
      [n2] = runningSessions({ active: fabric(), staged: fabric({ holdTime: 300 }) }, 'n2');
    expect([n1.config, n2.config]).toMatchObject([{ holdTime: 300, yields: true }, { holdTime: 90 }]);
    expect(n2.config.yields).toBeUndefined();
  });

  test('of a node out of service ask to be gone round, then tell nothing', () => {
    const config = (service: 'leaving' | 'none') => runningSessions({ active: fabric() }, 'n1', { service })[0].config;
    expect(config('leaving')).toMatchObject({ gracefulShutdown: true, exportPolicy: { otherwise: 'accept' } });
    expect(config('none')).toMatchObject({
      exportPolicy: { rules: [], otherwise: 'reject' },
      importPolicy: { otherwise: 'accept' },
    });
  });

  describe('with neighbours outside', () => {
    const tor = (asNumber: number) => ({ node: 'n1', address: '10.0.0.254', asNumber });
    const before = fabric({ peers: { tor: tor(64512) } }),
      key = '10.0.0.1 10.0.0.254 179';
    const sessionTo = (held: HeldFabric) =>
      run({ active: held }, 'n1').find(({ session }) => session.key === key)!.config;

    test('keep the AS number that these know when the fabric takes another (RFC 7705)', () => {
      const after = fabric({ asNumber: 67111, peers: { tor: tor(64512) } });
      const localAs = localAsAfter({ fabric: before }, after, 'n1');
      expect(localAs).toEqual({ [key]: 64512 });
      expect(sessionTo({ fabric: after, localAs })).toMatchObject({
        acceptable: [{ localAs: 64512, remoteAs: 64512 }],
        nodeAs: 67111,
        importPolicy: { otherwise: 'accept' }, // still internal: RFC 8212 is not for it
      });
      const later = fabric({ asNumber: 67111, holdTime: 30, peers: { tor: tor(64512) } });
      expect(localAsAfter({ fabric: after, localAs }, later, 'n1')).toEqual(localAs);
    });

    test('take the new one with the entry of the neighbour, or when it is the old one again', () => {
      const after = fabric({ asNumber: 67111, peers: { tor: tor(67111) } });
      expect(localAsAfter({ fabric: before }, after, 'n1')).toEqual({});
      const between = { fabric: fabric({ asNumber: 67111, peers: { tor: tor(64512) } }), localAs: { [key]: 64512 } };
      expect(localAsAfter(between, before, 'n1')).toEqual({});
      expect(localAsAfter(undefined, after, 'n1')).toEqual({});
    });
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
      localAsNumber: 65009,
      localAsPrepend: 'import',
    });
    expect(config).toMatchObject({
      gtsmHops: 2,
      role: 'customer',
      maxPrefixes: 10,
      allowOwnAs: 1,
      addPath: { receive: ['ipv4 unicast'], send: [] },
      extendedNextHop: true,
      localAsPrepend: 'import',
    });
    expect(withPeer({ addPath: 'both' }).config.addPath).toEqual({ receive: ['ipv4 unicast'], send: ['ipv4 unicast'] });
  });

  test.each<Partial<PeerSpec>>([
    { ttlSecurity: 2 },
    { role: 'customer' },
    { maxPrefixes: 10 },
    { allowOwnAs: 1 },
    { localAsNumber: 65009, localAsPrepend: 'both' },
    { rejectAsSets: true },
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
