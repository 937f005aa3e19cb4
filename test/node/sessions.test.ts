import type { Fabric, FabricSpec } from '../../lib/model/fabric';
import type { PeerSpec } from '../../lib/model/peer';
import { readFabric } from '../../lib/model/read';
import type { Held, HeldFabric } from '../../lib/node/held';
import { localAsAfter } from '../../lib/node/local-as';
import { routingOf } from '../../lib/node/routing';
import { runningSessions as run } from '../../lib/node/sessions';

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

  test('accept last the AS numbers by which a session with a neighbour outside is up, where no release has them', () => {
    const to = (asNumber: number) =>
      fabric({ nodeToNodeMesh: false, peers: { up: { address: '192.0.2.1', asNumber } } });
    const numbers = (active: Fabric, staged?: Fabric) => {
      const upBy = { '10.0.0.1 192.0.2.1 179': { localAs: 64512, remoteAs: 65199 } };
      const [{ config }] = runningSessions({ active, ...(staged && { staged }) }, 'n1', { upBy });
      return config.acceptable.map(({ remoteAs }) => remoteAs);
    };
    expect(numbers(to(65100))).toEqual([65100, 65199]);
    expect(numbers(to(65100), to(65200))).toEqual([65100, 65200, 65199]);
    expect(numbers(to(65199))).toEqual([65199]);
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
    const [n1] = runningSessions({ active: fabric(), staged: fabric({ holdTime: 300 }) }, 'n1');
    const [n2] = runningSessions({ active: fabric(), staged: fabric({ holdTime: 300 }) }, 'n2');
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
    const before = fabric({ peers: { tor: tor(64512) } });
    const key = '10.0.0.1 10.0.0.254 179';
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

    test('keep it whatever else is edited in the entry of the neighbour, and under another name of the entry', () => {
      const under = (peers: Record<string, object>) => fabric({ asNumber: 67111, peers } as Partial<FabricSpec>);
      const held = { fabric: under({ tor: tor(64512) }), localAs: { [key]: 64512 } };
      const edits: object[] = [{ keepaliveTime: 5 }, { holdTime: 30 }, { nextHop: 'self' }, { maxPrefixes: 100 }];
      for (const more of edits)
        expect(localAsAfter(held, under({ tor: { ...tor(64512), ...more } }), 'n1')).toEqual({ [key]: 64512 });
      expect(localAsAfter(held, under({ switch: tor(64512) }), 'n1')).toEqual({ [key]: 64512 });
      for (const localAsNumber of [67111, 65000])
        expect(localAsAfter(held, under({ tor: { ...tor(64512), localAsNumber } }), 'n1')).toEqual({});
    });

    test('keep it when their rack gets another switch, and take the new one with the number of the rack', () => {
      const nodes = (asNumber?: number) => ({
        n1: { ipv4Address: '10.0.0.1', rack: 'a', ...(asNumber !== undefined && { asNumber }) },
      });
      const rack = (asNumber: number, ...more: object[]) => ({
        a: { asNumber, topOfRack: [...more, { ipv4Address: '10.0.0.254', asNumber: 65100 }] },
      });
      const from = { fabric: fabric({ nodes: nodes(), racks: rack(65010) }) };
      const at = (asNumber: number | undefined, racks: ReturnType<typeof rack>) =>
        localAsAfter(from, fabric({ nodes: nodes(asNumber), racks }), 'n1');
      expect(at(65020, rack(65010))).toEqual({ [key]: 65010 });
      expect(at(65020, rack(65010, { ipv4Address: '10.0.0.253', asNumber: 65100 }))).toEqual({ [key]: 65010 });
      expect(at(undefined, rack(65020))).toEqual({});
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
    expect(withPeer().config).toMatchObject({ allowOwnAs: 0, maxPrefixes: 2_000_000, maxRouteMemory: 500 });
    const { config } = withPeer({
      ttlSecurity: 2,
      role: 'customer',
      maxPrefixes: 10,
      maxRouteMemory: 7,
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
      maxRouteMemory: 7,
      allowOwnAs: 1,
      addPath: { receive: ['ipv4 unicast'], send: [] },
      extendedNextHop: true,
      localAsPrepend: 'import',
    });
    expect(withPeer({ addPath: 'both' }).config.addPath).toEqual({ receive: ['ipv4 unicast'], send: ['ipv4 unicast'] });
  });

  test('have the bound of memory that their rack or group of reflectors says, and the node that of the fabric', () => {
    const f = fabric({
      nodeToNodeMesh: false,
      maxRouteMemory: 300,
      racks: { r: { asNumber: 64600, topOfRack: [{ ipv4Address: '10.0.0.254', asNumber: 65000, maxRouteMemory: 8 }] } },
      nodes: { n1: { ipv4Address: '10.0.0.1', rack: 'r' }, n2: { ipv4Address: '10.0.0.2', rack: 'r' } },
      routeReflectors: { group: { reflectors: ['n2'], maxRouteMemory: 9 } },
    });
    const bounds = runningSessions({ active: f }, 'n1').map(({ config }) => [config.reason, config.maxRouteMemory]);
    expect(Object.fromEntries(bounds)).toEqual({ 'racks.r': 8, 'routeReflectors.group': 9 });
    expect(routingOf(f, 'n1').maxRouteMemory).toBe(300);
    expect(routingOf(fabric(), 'n1').maxRouteMemory).toBe(1000);
  });

  test.each([0, 1.5, 2001, '7'])('have no bound of memory of %p', (maxRouteMemory) => {
    const peers = { tor: { address: '10.0.0.254', asNumber: 65000, maxRouteMemory: maxRouteMemory as number } };
    expect(String(readFabric({ name: 'lab', peers }).problems)).toContain('a whole number from 1 to 2000 MB');
  });
});
