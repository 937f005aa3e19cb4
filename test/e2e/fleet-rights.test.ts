import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FleetListener } from '../../lib/agent/fleet/listener';
import type { EtcdClient } from '../../lib/control/etcd/client';
import { METHODS } from '../../lib/control/etcd/messages';
import { PrefixWatch } from '../../lib/control/etcd/watch';
import { FleetClient } from '../../lib/control/fleet/client';
import { int, messageCodec, nested, repeatedField } from '../../lib/control/protobuf';
import { describeEtcds, EtcdServer } from './support/etcd';
import { eventually } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');
const ROOT = '/peerform/v1/lab';

/** etcd's list of all leases, which Peerform does not use. */
const LEASES = {
  path: '/etcdserverpb.Lease/LeaseLeases',
  request: messageCodec({}),
  response: messageCodec({ leases: repeatedField(nested(2, () => messageCodec({ id: int(1) }))) }),
};

describeEtcds('with the certificate of a node and the etcd of %s, by the roles of peerform fleet init', (_, debian) => {
  let server: EtcdServer;
  let n1: EtcdClient;
  let deployer: EtcdClient;
  const peerform = async (...args: string[]) => {
    const env = { ...process.env, ...server.environment('root') };
    return (await promisify(execFile)(process.execPath, [MAIN, ...args], { env })).stdout;
  };
  const url = () => `etcd://${server.host}/lab`;
  beforeAll(async () => {
    server = await EtcdServer.start({ debian, tls: true, quota: 16 * 1024 * 1024 });
    for (const name of ['root', 'lab:n1', 'lab:n2', 'alice']) server.certificate(name);
    server.ctl(['user', 'add', 'root', '--no-password']);
    server.ctl(['user', 'grant-role', 'root', 'root']);
    const said = await peerform('fleet', 'init', url(), 'n1', 'n2');
    expect(said).toMatch(/n1 +lab:n1\nn2 +lab:n2\n/);
    server.ctl(['user', 'add', 'alice', '--no-password']);
    server.ctl(['user', 'grant-role', 'alice', 'peerform:lab:deployer']);
    server.ctl(['auth', 'enable'], 'root');
    n1 = server.client('lab:n1');
    deployer = server.client('alice');
  });
  afterAll(async () => {
    n1.close();
    deployer.close();
    await server.remove();
  });

  const put = (key: string) => n1.transact([], [{ put: `${ROOT}/${key}`, value: 'x' }]);
  const DENIED = 'or has no right to this key';

  describe('an agent', () => {
    const said: string[] = [];
    const say = (what: unknown) => void said.push(String(what));
    const listen = (name: string) =>
      new FleetListener(
        { scheme: 'etcd', hosts: [server.host], prefix: 'lab', node: 'n1' },
        async () => ({ status: 200, body: Buffer.alloc(0) }),
        { info: say, warn: say },
        () => server.access(name),
      );
    let listener: FleetListener;
    afterEach(async () => {
      said.splice(0);
      await listener.close();
    });

    test('that has the certificate of another node says whose it is', async () => {
      listener = listen('lab:n2');
      await eventually(() => expect(said.join()).toContain('the certificate is of node n2, and this agent is node n1'));
    });

    test.each([
      ['what it was', (value: Buffer) => value],
      ['anything else', () => 'x'],
    ])('puts its key back over %s that somebody wrote there to stay', async (_, written) => {
      listener = listen('lab:n1');
      const key = `${ROOT}/nodes/n1/agent`;
      await eventually(() => expect(said.join()).toContain('connected to etcd'));
      const { value, lease } = (await deployer.get(key))!;
      await deployer.transact([], [{ put: key, value: written(value) }]);
      await eventually(async () => expect(await deployer.get(key)).toMatchObject({ value, lease }));
      expect(said.join()).toContain(
        'the key by which this agent is connected to etcd was overwritten, and is put back',
      );
    });
  });

  test('peerform fleet init refuses a node whose name does not fit into a certificate, and writes nothing', async () => {
    const long = 'n'.repeat(61);
    await expect(peerform('fleet', 'init', url(), 'n9', long)).rejects.toThrow(`the common name lab:${long}`);
    expect(server.ctl(['user', 'list'], 'root')).not.toContain('lab:n9');
  });

  test('peerform fleet init can be run again, also with more nodes and with authentication', async () => {
    await peerform('fleet', 'init', url(), 'n1', 'n2', 'n3');
    expect(server.ctl(['user', 'list'], 'root')).toContain('lab:n3');
  });

  test.each(['nodes/n1/agent', 'nodes/n1/answers/r'])('it writes %s', async (key) => {
    expect(await put(key)).toBe(true);
  });

  test.each([
    'nodes/n2/agent',
    'nodes/n2/answers/r',
    'nodes/n10/agent',
    'requests/n1/r',
    'requests/n2/r',
    'releases/r',
    'releases/lease-r',
    'owner',
  ])('it cannot write %s', (key) => expect(put(key)).rejects.toThrow(DENIED));

  test.each([`${ROOT}/requests/n2/`, `${ROOT}/nodes/n2/`, `${ROOT}/nodes/`, '/peerform/v1/other/', '/'])(
    'it cannot read what is below %s',
    (prefix) => expect(n1.list(prefix)).rejects.toThrow(DENIED),
  );

  test('it cannot watch the requests to another node', async () => {
    const why: string[] = [];
    const heard: string[] = [];
    const watch = new PrefixWatch(n1, `${ROOT}/requests/n2/`, {
      put: ({ key }) => void heard.push(key),
      gone: () => {},
      interrupted: ({ message }) => void why.push(message),
    });
    await eventually(() => expect(why.join()).toContain(DENIED));
    await deployer.transact([], [{ put: `${ROOT}/requests/n2/r`, value: 'x' }]);
    watch.close();
    expect(heard).toEqual([]);
  });

  test('it cannot change users, roles or members, defragment or save a snapshot', async () => {
    for (const args of [
      ['user', 'add', 'mallory', '--no-password'],
      ['role', 'add', 'mallory'],
      ['user', 'grant-role', 'lab:n1', 'peerform:lab:deployer'],
      ['role', 'grant-permission', '--prefix', 'peerform:lab:node:n1', 'readwrite', '/'],
      ['auth', 'disable'],
      ['member', 'add', 'mallory', '--peer-urls=http://127.0.0.1:1'],
      ['defrag'],
      ['snapshot', 'save', join(server.folder, 'snapshot')],
    ])
      expect(() => server.ctl(args, 'lab:n1')).toThrow('permission denied');
  });

  test('it cannot revoke a lease with keys of others', async () => {
    const lease = await deployer.grant(60);
    const key = `${ROOT}/requests/n2/leased`;
    await deployer.transact([], [{ put: key, value: 'x', lease }]);
    await expect(n1.revoke(lease)).rejects.toThrow(DENIED);
    expect((await deployer.get(key))?.lease).toBe(lease);
    await deployer.revoke(lease);
  });

  describe('a node that revokes each lease that it may, as fast as it can', () => {
    let isOver: boolean;
    let revoked: number;
    let refused: number;
    let attack: Promise<unknown>;
    let listener: FleetListener;
    const { env } = process;
    const endpoint = { scheme: 'etcd', prefix: 'lab', node: 'n2' } as const;

    async function revokeAll(): Promise<void> {
      while (!isOver) {
        const { leases } = await n1.connection.unary(LEASES, {});
        const one = ({ id }: { readonly id?: number }) => n1.connection.unary(METHODS.revoke, { id });
        for (const { status } of await Promise.allSettled(leases.map(one)))
          if (status === 'fulfilled') revoked++;
          else refused++;
      }
    }

    beforeEach(() => {
      process.env = { ...env, ...server.environment('alice') };
      isOver = false;
      revoked = 0;
      refused = 0;
      attack = Promise.all([revokeAll(), revokeAll(), revokeAll()]);
      listener = new FleetListener(
        { ...endpoint, hosts: [server.host] },
        async () => ({ status: 200, body: Buffer.from('answered') }),
        { info: () => {}, warn: () => {} },
        () => server.access('lab:n2'),
      );
    });
    afterEach(async () => {
      isOver = true;
      await attack;
      await FleetClient.closeAll();
      await listener.close();
      process.env = env;
    });

    test('does not keep anybody from asking agents, nor their agents from answering', async () => {
      await eventually(async () => expect(await deployer.get(`${ROOT}/nodes/n2/agent`)).toBeDefined());
      const steps = [{ method: 'GET', path: '/v1/summary' }];
      const ask = () =>
        FleetClient.to({ ...endpoint, hosts: [server.host] }).ask('n2', { steps, waits: false, timeoutMs: 10_000 });
      for (let i = 0; i < 20; i++) {
        expect(String((await ask()).body)).toBe('answered');
        expect(String((await ask()).body)).toBe('answered');
        await FleetClient.closeAll();
      }
      const bare = await deployer.grant(60);
      await eventually(async () => expect(await deployer.keepAlive(bare)).toBe(0));
      expect(revoked).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
    });
  });

  // What etcd does not prevent: docs/fleet.md says so, and what it does to a fleet.
  test('it can renew the lease of another, and compact, which deletes no key', async () => {
    const lease = await deployer.grant(60);
    await deployer.transact([], [{ put: `${ROOT}/requests/n2/kept`, value: 'x', lease }]);
    expect(await n1.keepAlive(lease)).toBe(60);
    const { revision } = await n1.list(`${ROOT}/nodes/n1/`);
    await n1.compact(revision);
    expect(await deployer.get(`${ROOT}/requests/n2/kept`)).toBeDefined();
    await deployer.revoke(lease);
  });

  test('it can fill etcd, of which others are told what to do, and which then serves again', async () => {
    const value = Buffer.alloc(1_000_000);
    const fill = async () => {
      for (let i = 0; i < 40; i++) await n1.transact([], [{ put: `${ROOT}/nodes/n1/answers/${i}`, value }]);
    };
    await expect(fill()).rejects.toThrow('etcd is full (NOSPACE): compact and defragment it, then disarm the alarm');
    const create = () => deployer.transact([], [{ put: `${ROOT}/requests/n2/full`, value: 'x' }]);
    await expect(create()).rejects.toThrow('etcd is full (NOSPACE)');
    const { keys, revision } = await deployer.list(`${ROOT}/nodes/n1/answers/`);
    await deployer.transact(
      [],
      keys.map(({ key }) => ({ delete: key })),
    );
    await deployer.connection.unary(METHODS.compact, { revision: revision + 1, physical: true });
    server.ctl(['defrag'], 'root');
    server.ctl(['alarm', 'disarm'], 'root');
    expect(await create()).toBe(true);
  });
});
