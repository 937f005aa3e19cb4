import type { EtcdClient, NamedKey, NamesPage } from '../../../lib/control/etcd/client';
import { readAgents } from '../../../lib/control/fleet/agent-keys';
import { FleetKeys } from '../../../lib/control/fleet/keys';
import { straysOf } from '../../../lib/control/fleet/strays';

const keys = new FleetKeys('lab');

/** An etcd that has keys with these leases, as far as their names are asked for. */
function etcdWith(leases: Readonly<Record<string, number>>): EtcdClient {
  const all = Object.entries(leases).map(([name, lease]): NamedKey => {
    const key = `${keys.root}${name}`;
    return { key, octets: Buffer.from(key), lease, createRevision: 1, modRevision: 1 };
  });
  all.sort((a, b) => Buffer.compare(a.octets, b.octets));
  const names = async (from: Uint8Array, end: Uint8Array, { limit }: { limit: number }): Promise<NamesPage> => {
    const found = all.filter(({ octets }) => Buffer.compare(octets, from) >= 0 && Buffer.compare(octets, end) < 0);
    return { revision: 1, keys: found.slice(0, limit), more: found.length > limit };
  };
  return { names, read: async () => [] } as unknown as EtcdClient;
}

const strays = async (leases: Readonly<Record<string, number>>) => {
  const etcd = etcdWith(leases);
  return straysOf(etcd, keys, (await readAgents(etcd, keys)).strays);
};

describe('keys without a lease that no node can have written', () => {
  test('are those outside nodes/, and those in it that belong to no node', async () => {
    const found = { a: 0, 'nodes/x': 0, 'nodes/y': 0, 'nodes//x': 0, 'other/x': 0, 'other/y/z': 0, zzz: 0 };
    expect(await strays(found)).toEqual([
      { below: keys.root, keys: 2 },
      { below: keys.nodes, keys: 2 },
      { below: `${keys.nodes}/`, keys: 1 },
      { below: `${keys.root}other/`, keys: 2 },
    ]);
  });

  test('are not those of nodes, and not those with a lease', async () => {
    expect(await strays({ 'nodes/n1/x': 0, 'nodes/x': 1, 'nodes//x': 1, 'requests/n1/r': 1 })).toEqual([]);
  });

  test('are found beyond a node that has many keys', async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`nodes/n1/answers/${i}`, 0]));
    expect(await strays({ ...many, 'nodes/x': 0 })).toEqual([{ below: keys.nodes, keys: 1 }]);
  });
});
