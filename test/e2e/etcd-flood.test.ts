import type { EtcdClient } from '../../lib/control/etcd/client';
import { METHODS } from '../../lib/control/etcd/messages';
import { readAgents } from '../../lib/control/fleet/agent-keys';
import { fleetCondition } from '../../lib/control/fleet/condition';
import { FleetKeys } from '../../lib/control/fleet/keys';
import { FleetLink } from '../../lib/control/fleet/link';
import { packReply } from '../../lib/control/fleet/message';
import { prune } from '../../lib/control/fleet/prune';
import { EtcdServer, mayEtcd } from './support/etcd';
import { eventually } from './support/network';

const KEYS = new FleetKeys('lab');
/** Of one node, without a lease. */
const FLOOD = { keys: 150, octets: 200_000 };
const NODES = ['n1', 'n2', 'n3', 'n4', 'n4-b'];

(mayEtcd ? describe : describe.skip)('an etcd that a node fills with keys of its own', () => {
  let server: EtcdServer;
  let client: EtcdClient;
  let lease: number;
  let octets = 0;
  const decoders: { decode(octets: Uint8Array): unknown }[] = [
    METHODS.range.response,
    METHODS.txn.response,
    METHODS.watch.response,
  ];
  const plaintext = process.env.PEERFORM_ETCD_PLAINTEXT;
  const put = (key: string, value: string | Buffer, of = lease) =>
    client.transact([], [{ put: key, value, lease: of }]);
  const agent = (session: string) => JSON.stringify({ session, version: '1' });

  beforeAll(async () => {
    process.env.PEERFORM_ETCD_PLAINTEXT = '1';
    server = await EtcdServer.start();
    client = server.client();
    lease = await client.grant(600);
    for (const node of NODES) await put(KEYS.agent(node), agent(`of ${node}`));
    const value = 'x'.repeat(FLOOD.octets);
    for (let i = 0; i < FLOOD.keys; i++) await put(KEYS.answer('n2', `f${i}`), value, 0);
    await put(`${KEYS.ofNode('n2')}a/b`, value, 0); // before its agent's key
    for (const one of decoders) {
      const { decode } = one;
      jest.spyOn(one, 'decode').mockImplementation((message) => {
        octets += message.length;
        return decode.call(one, message);
      });
    }
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    if (plaintext === undefined) delete process.env.PEERFORM_ETCD_PLAINTEXT;
    client.close();
    await server.remove();
  });

  test('tells which agents are connected, in few octets', async () => {
    octets = 0;
    const { keys } = await readAgents(client, KEYS);
    expect(keys.map(({ key }) => key).sort()).toEqual(NODES.map((node) => KEYS.agent(node)).sort());
    expect(octets).toBeLessThan(50_000);
  });

  test('delivers to who is connected the answer that is waited for, and of other keys nothing that is looked at', async () => {
    octets = 0;
    const replies: string[] = [];
    const link = new FleetLink([server.host], KEYS, {
      awaits: (_, id) => id === 'mine',
      awaited: () => [],
      replied: (node, id) => void replies.push(`${node} ${id}`),
      present: () => {},
      ended: () => {},
    });
    await link.open();
    await eventually(() => expect(link.presence('n4-b')?.session).toBe('of n4-b'));
    expect(octets).toBeLessThan(50_000);
    await put(KEYS.answer('n1', 'foreign'), packReply({ status: 200, body: Buffer.from('{}') }));
    await put(KEYS.answer('n1', 'mine'), packReply({ status: 200, body: Buffer.from('{}') }));
    await eventually(() => expect(replies).toEqual(['n1 mine']));
    await link.close(new Error('over'));
  });

  test('reads an answer that came while the watch was interrupted', async () => {
    const { keys } = await readAgents(client, KEYS, () => [KEYS.answer('n1', 'mine')]);
    expect(keys.map(({ key }) => key)).toContain(KEYS.answer('n1', 'mine'));
  });

  test('has the node named that did it', async () => {
    octets = 0;
    const { burdens, strays } = await fleetCondition(client, 'lab');
    expect(burdens).toEqual([{ node: 'n2', keys: FLOOD.keys + 2, unleased: 63 }]);
    expect(strays).toEqual([]);
    expect(octets).toBeLessThan(50_000);
  });

  test('has what is of no node and has no lease counted, and not what has one', async () => {
    for (const key of ['a', 'nodes/x', 'nodes//x', 'other/x', 'other/y/z', 'zzz'])
      await put(`${KEYS.root}${key}`, 'x', 0);
    await put(KEYS.body('old'), 'x', 0);
    await put(KEYS.body('new'), 'x');
    expect((await fleetCondition(client, 'lab')).strays).toEqual([
      { below: KEYS.root, keys: 2 },
      { below: KEYS.nodes, keys: 1 },
      { below: `${KEYS.nodes}/`, keys: 1 },
      { below: `${KEYS.root}other/`, keys: 2 },
      { below: KEYS.body(''), keys: 1 },
    ]);
  });

  test('is rid of them by pruning, and keeps what agents and deployers wrote', async () => {
    await put(KEYS.request('n3', 'asked'), '{}');
    await put(KEYS.answer('n3', 'asked'), 'x');
    const another = await client.grant(600);
    for (let i = 0; i < 103; i++) await put(KEYS.answer('n4', `own${i}`), 'x', i === 0 ? another : lease);
    const removed = await prune(client, KEYS);
    expect(Object.fromEntries(removed)).toEqual({
      [KEYS.ofNode('n2')]: FLOOD.keys + 1,
      [KEYS.ofNode('n4')]: 3, // one that is not of its agent's lease, and more than an agent leaves for a moment
      [KEYS.body('')]: 1,
      [KEYS.root]: 2,
      [KEYS.nodes]: 1,
      [`${KEYS.nodes}/`]: 1,
      [`${KEYS.root}other/`]: 2,
    });
    const { keys } = await client.list(KEYS.root);
    const isOwn = (key: string) => /nodes\/n(1|4)\/answers\//.test(key);
    expect(keys.filter(({ key }) => isOwn(key))).toHaveLength(102); // which their agents delete
    expect(keys.map(({ key }) => key).filter((key) => !isOwn(key))).toEqual(
      [
        ...NODES.map((node) => KEYS.agent(node)),
        ...[KEYS.answer('n3', 'asked'), KEYS.request('n3', 'asked'), KEYS.body('new')],
      ].sort(),
    );
    expect((await prune(client, KEYS)).size).toBe(0);
  });
});
