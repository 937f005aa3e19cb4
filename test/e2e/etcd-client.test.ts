import { type EtcdChange, EtcdClient } from '../../lib/control/etcd/client';
import { EtcdConnection } from '../../lib/control/etcd/connection';
import { endOfPrefix, keyOctets } from '../../lib/control/etcd/key-range';
import { HeldLease } from '../../lib/control/etcd/lease';
import { PrefixWatch } from '../../lib/control/etcd/watch';
import { EtcdServer, mayEtcd } from './support/etcd';
import { eventually } from './support/network';

const NOBODY = '127.0.0.1:1';

/** Follows a prefix of numbers, and notes what it hears. */
class Listener {
  readonly present = new Map<string, string>();
  readonly heard: string[] = [];
  private readonly watch: PrefixWatch;

  constructor(client: EtcdClient, prefix: string) {
    this.watch = new PrefixWatch(client, prefix, {
      put: ({ key, value }) => void this.present.set(key.slice(prefix.length), value.toString()),
      gone: (key) => void this.present.delete(key.slice(prefix.length)),
      current: () => void this.heard.push('current'),
      restored: () => void this.heard.push('restored'),
      interrupted: () => void this.heard.push('interrupted'),
    });
  }

  close(): void {
    this.watch.close();
  }
}

(mayEtcd ? describe : describe.skip)('a client of an etcd of one member', () => {
  let server: EtcdServer;
  let client: EtcdClient;
  const put = (key: string, value: string) => client.transact([], [{ put: key, value }]);
  beforeAll(async () => {
    server = await EtcdServer.start();
    client = server.client();
  });
  afterAll(async () => {
    client.close();
    await server.remove();
  });

  test('of two that remove a key which both have read, one succeeds, and none once it has changed', async () => {
    const named = async () => (await client.names(keyOctets('/race'), endOfPrefix('/race'), { limit: 1 })).keys[0];
    await put('/race', 'before');
    const before = await named();
    await put('/race', 'after');
    expect(await client.removeUnchanged(before)).toBe(false);
    const after = await named();
    const removed = await Promise.all([after, after].map((key) => client.removeUnchanged(key)));
    expect(removed.sort()).toEqual([false, true]);
  });

  test('a key is the same when it is written again, and another when it was deleted meanwhile', async () => {
    await put('/same', 'before');
    const { createRevision } = (await client.get('/same'))!;
    const change = (...changes: EtcdChange[]) => client.transact([{ key: '/same', createRevision }], changes);
    const write = { put: '/same', value: 'after' };
    expect([await change(write), await change({ delete: '/same' }), await change(write)]).toEqual([true, true, false]);
    await put('/same', 'another');
    expect(await change(write)).toBe(false);
  });

  test('creates a key only if it does not exist', async () => {
    const create = () => client.transact([{ key: '/once', exists: false }], [{ put: '/once', value: 'x' }]);
    expect([await create(), await create()]).toEqual([true, false]);
  });

  test('lists more keys than a page has, all of one revision, and none of another prefix', async () => {
    const changes = Array.from({ length: 1100 }, (_, i) => ({ put: `/many/${i}`, value: String(i) }));
    for (let i = 0; i < changes.length; i += 100) await client.transact([], changes.slice(i, i + 100));
    await put('/many0', 'another prefix');
    const { keys } = await client.list('/many/');
    expect(keys.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(changes.map((_, i) => i));
  });

  test('a lease that is held outlives its time, and takes its keys with it when it is released', async () => {
    const lease = await HeldLease.hold(client, { ttl: 1, key: { put: '/held', value: '' }, lost: () => {} });
    await client.transact([], [{ put: '/leased', value: 'x', lease: lease.id }]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await client.get('/leased'))?.lease).toBe(lease.id);
    await lease.release();
    expect(await client.get('/leased')).toBeUndefined();
  });

  test('notices that a lease was revoked by somebody else', async () => {
    let lost = 0;
    const lease = await HeldLease.hold(client, { ttl: 1, key: { put: '/held', value: '' }, lost: () => lost++ });
    await client.revoke(lease.id);
    await eventually(() => expect(lost).toBe(1));
  });

  test('a watch hears what is put and deleted', async () => {
    await put('/watched/a', '1');
    const listener = new Listener(client, '/watched/');
    await eventually(() => expect(listener.present).toEqual(new Map([['a', '1']])));
    await put('/watched/b', '2');
    await client.transact([], [{ delete: '/watched/a' }]);
    await eventually(() => expect(listener.present).toEqual(new Map([['b', '2']])));
    listener.close();
  });

  test('a watch has the present keys after etcd was down, though all between was compacted', async () => {
    await put('/compacted/gone', '1');
    const mine = server.client();
    const listener = new Listener(mine, '/compacted/');
    await eventually(() => expect(listener.present.size).toBe(1));
    await server.kill();
    await eventually(() => expect(listener.heard).toContain('interrupted'));
    server.launch();
    await server.isUp();
    await client.transact([], [{ delete: '/compacted/gone' }]);
    await put('/compacted/new', '2');
    await client.compact((await client.list('/compacted/')).revision);
    await eventually(() => expect(listener.present).toEqual(new Map([['new', '2']])));
    expect(listener.heard).not.toContain('restored');
    listener.close();
    mine.close();
  });

  test('a watch says that etcd was restored from a backup, and has what the backup has', async () => {
    await put('/restored/a', 'old');
    const backup = server.backUp();
    await put('/restored/a', 'new');
    await put('/restored/b', 'new');
    const listener = new Listener(client, '/restored/');
    await eventually(() => expect(listener.present.size).toBe(2));
    await server.restore(backup);
    await eventually(() => expect(listener.present).toEqual(new Map([['a', 'old']])));
    expect(listener.heard).toContain('restored');
    listener.close();
  });

  test('uses another member when one does not respond', async () => {
    const both = new EtcdClient(new EtcdConnection({ hosts: [NOBODY, server.host] }));
    expect(await both.transact([], [{ put: '/failover', value: 'x' }])).toBe(true);
    both.close();
  });

  test('says where nothing responds', async () => {
    const nobody = new EtcdClient(new EtcdConnection({ hosts: [NOBODY] }));
    await expect(nobody.get('/x')).rejects.toThrow(/^etcd at 127\.0\.0\.1:1: etcd does not respond \(/);
    nobody.close();
  });
});

(mayEtcd ? describe : describe.skip)('mutual TLS with etcd', () => {
  let server: EtcdServer;
  const reason = async (client: EtcdClient) => {
    const said = await client.get('/a').then(
      () => 'it answers',
      ({ message }: Error) => message,
    );
    client.close();
    return said;
  };
  beforeAll(async () => {
    server = await EtcdServer.start({ tls: true });
    for (const name of ['root', 'reader', 'nobody']) server.certificate(name);
    server.ctl(['user', 'add', 'root', '--no-password']);
    server.ctl(['user', 'grant-role', 'root', 'root']);
    server.ctl(['role', 'add', 'reader']);
    server.ctl(['role', 'grant-permission', 'reader', 'read', '/a']);
    server.ctl(['user', 'add', 'reader', '--no-password']);
    server.ctl(['user', 'grant-role', 'reader', 'reader']);
    server.ctl(['auth', 'enable'], 'root');
  });
  afterAll(() => server.remove());

  test('a certificate has the rights of the user that it names', async () => {
    expect(await reason(server.client('reader'))).toBe('it answers');
    const reader = server.client('reader');
    await expect(reader.get('/b')).rejects.toThrow('or has no right to this key');
    await expect(reader.transact([], [{ put: '/a', value: 'x' }])).rejects.toThrow('or has no right to this key');
    reader.close();
  });

  test('a certificate of no user is refused', async () => {
    expect(await reason(server.client('nobody'))).toContain(
      'the user nobody, which this certificate names (its CN), does not exist',
    );
  });

  test('a certificate of another authority is refused, and so is none', async () => {
    server.authority('other');
    server.certificate('forged', 'other');
    expect(await reason(server.client('forged'))).toContain('TLS failed');
    expect(await reason(new EtcdClient(new EtcdConnection({ hosts: [server.host] })))).not.toBe('it answers');
  });

  test('a server of another authority is not trusted', async () => {
    const access = server.access('reader');
    const distrusting = { ...access, tls: { ...access.tls!, ca: server.access('other').tls!.certificate } };
    expect(await reason(new EtcdClient(new EtcdConnection(distrusting)))).toContain('TLS failed');
  });
});
