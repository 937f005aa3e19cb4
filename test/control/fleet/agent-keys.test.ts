import type { EtcdClient } from '../../../lib/control/etcd/client';
import { readAgents } from '../../../lib/control/fleet/agent-keys';
import { FleetKeys } from '../../../lib/control/fleet/keys';

test('answers that come to be waited for while the nodes are read are read with them', async () => {
  const keys = new FleetKeys('lab');
  const [agent, answer] = [keys.agent('n1'), keys.answer('n1', 'a')];
  const awaited: string[] = [];
  const etcd = {
    names: async () => {
      awaited.push(answer);
      return { revision: 7, keys: [{ key: agent, octets: Buffer.from(agent) }], more: false };
    },
    read: async (names: readonly string[], revision: number) => names.map((key) => ({ key, modRevision: revision })),
  } as unknown as EtcdClient;
  const found = await readAgents(etcd, keys, () => awaited);
  expect([found.nodes, found.keys.map(({ key }) => key)]).toEqual([['n1'], [agent, answer]]);
});
