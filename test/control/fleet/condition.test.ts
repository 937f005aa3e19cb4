import type { EtcdClient } from '../../../lib/control/etcd/client';
import { fleetCondition, troublesOf } from '../../../lib/control/fleet/condition';

describe('the etcd of a fleet', () => {
  const healthy = {
    authentication: true,
    alarms: [],
    keys: 1,
    agents: [{ node: 'n1', version: '1' }],
    unfit: [],
    burdens: [],
    strays: [],
  };
  const at = { prefix: 'lab', hasTls: true };

  test('with rights, no alarm and an agent has no trouble', () => expect(troublesOf(healthy, at)).toEqual([]));

  test.each([
    [{ ...healthy, alarms: ['NOSPACE'] }, 'etcd has raised the alarm NOSPACE, and no deploy is possible: compact'],
    [{ ...healthy, alarms: ['CORRUPT'] }, 'etcd has raised the alarm CORRUPT, and no deploy is possible: compare'],
    [{ ...healthy, alarms: ['number 9'] }, 'see etcdctl alarm list'],
    [{ ...healthy, authentication: false }, 'the certificate of any node may command all nodes'],
    [
      { ...healthy, unfit: [{ node: 'n4', why: 'version: is not a version' }] },
      'the key by which the agent of n4 is connected is not in order: version: is not a version',
    ],
    [
      { ...healthy, burdens: [{ node: 'n4', keys: 300, unleased: 64 }] },
      'n4 has 300 keys in etcd, at least 64 of them without a lease, which no agent writes: they stay until they are removed',
    ],
    [{ ...healthy, burdens: [{ node: 'n4', keys: 1, unleased: 1 }] }, 'n4 has 1 key in etcd, without a lease'],
    [
      { ...healthy, burdens: [{ node: 'n4', keys: 300, unleased: 0 }] },
      'n4 has 300 keys in etcd, more than an agent writes. Anyone who has its certificate can write them. Remove them with peerform fleet prune, or all of them with etcdctl del --prefix /peerform/v1/lab/nodes/n4/',
    ],
    [
      { ...healthy, strays: [{ below: '/peerform/v1/lab/requests/', keys: 1 }] },
      'etcd has 1 key without a lease below /peerform/v1/lab/requests/, which no agent or deployer writes: it stays until it is removed',
    ],
    [
      { ...healthy, strays: [{ below: '/peerform/v1/lab/', keys: 1024, isPart: true as const }] },
      'etcd has at least 1024 keys without a lease below /peerform/v1/lab/, which no agent or deployer writes: they stay until they are removed',
    ],
  ])('%j', (condition, text) => expect(troublesOf(condition, at)).toEqual([expect.stringContaining(text)]));

  test('says that an agent connects again once its keys are removed, where there is one', () => {
    const [connected, gone] = ['n1', 'n4'].map((node) =>
      troublesOf({ ...healthy, burdens: [{ node, keys: 300, unleased: 0 }] }, at).join(),
    );
    expect(connected).toMatch(/nodes\/n1\/, after which its agent connects again$/);
    expect(gone).toMatch(/nodes\/n4\/$/);
  });

  test('has no agent of the fabric, and perhaps not the fabric either', async () => {
    const agents = { ...healthy, agents: [] };
    expect(troublesOf(agents, at)).toEqual(['no agent is connected below lab']);
    const names = async () => ({ revision: 1, keys: [], more: false });
    const empty = {
      ...{ connection: { access: {} }, alarms: async () => [], hasRights: async () => true, names },
      ...{ read: async () => [], counts: async (prefixes: string[]) => prefixes.map(() => 0) },
    } as unknown as EtcdClient;
    expect(troublesOf(await fleetCondition(empty, 'lba'), { ...at, prefix: 'lba' })).toEqual([
      'no agent is connected below lba: etcd has no keys below /peerform/v1/lba/. Check the prefix; a fabric has keys while its agents are connected',
    ]);
  });

  test('has no rights to apply without TLS, which was asked for', () =>
    expect(troublesOf({ ...healthy, authentication: false }, { ...at, hasTls: false })).toEqual([]));
});
