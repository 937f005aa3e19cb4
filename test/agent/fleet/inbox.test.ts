import { type FleetSession, Inbox } from '../../../lib/agent/fleet/inbox';
import type { EtcdChange } from '../../../lib/control/etcd/client';
import { EtcdError, STATUS } from '../../../lib/control/etcd/error';
import type { StoredKey } from '../../../lib/control/etcd/messages';
import { FleetKeys } from '../../../lib/control/fleet/keys';
import { openReply, writeRequest } from '../../../lib/control/fleet/message';

const keys = new FleetKeys('lab');

/** An etcd in memory, as far as an inbox uses it. */
class Memory {
  readonly at = new Map<string, { value: Buffer; createRevision: number; modRevision: number }>();
  readonly transactions: (readonly EtcdChange[])[] = [];
  private revision = 0;

  put(key: string, value: string | Uint8Array): StoredKey {
    const modRevision = ++this.revision;
    const createRevision = this.at.get(key)?.createRevision ?? modRevision;
    const stored = { value: Buffer.from(value), createRevision, modRevision };
    this.at.set(key, stored);
    return { key, ...stored, lease: 0 };
  }

  async transact(
    conditions: readonly { key: string; createRevision: number }[],
    changes: readonly EtcdChange[],
  ): Promise<boolean> {
    this.transactions.push(changes);
    if (conditions.some(({ key, createRevision }) => this.at.get(key)?.createRevision !== createRevision)) return false;
    for (const change of changes) {
      if ('put' in change) this.put(change.put, change.value);
      if ('delete' in change) this.at.delete(change.delete);
    }
    return true;
  }
}

describe('the requests to an agent through etcd', () => {
  let etcd: Memory;
  let inbox: Inbox;
  let executed: string[];
  let execute: () => Promise<void>;
  /** Paths that are refused. */
  let refused: string[];
  beforeEach(() => {
    etcd = new Memory();
    executed = [];
    execute = async () => {};
    refused = [];
    const at = { ...{ etcd, keys, node: 'n1', session: 's', lease: 1 }, sealing: {} } as unknown as FleetSession;
    inbox = new Inbox(
      at,
      async ({ path }) => {
        executed.push(path);
        await execute();
        return { status: refused.includes(path) ? 409 : 200, body: Buffer.from(path) };
      },
      { warn: (what: unknown) => executed.push(String(what)) } as never,
    );
  });
  afterEach(() => inbox.close());

  /** Has its next call fail once what this returns is called. */
  const failing = (transact: jest.SpyInstance<Promise<boolean>>): (() => Promise<void>) => {
    let fail = (_: Error): void => {};
    transact.mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
    return () => {
      fail(new Error('no leader'));
      return turn();
    };
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const ask = (id: string, method: string, path: string, session = 's'): StoredKey =>
    etcd.put(keys.request('n1', id), writeRequest({ session, method, path }));
  const withdraw = ({ key }: StoredKey) => {
    etcd.at.delete(key);
    inbox.gone(key);
  };
  const answers = () => [...etcd.at.keys()].filter((key) => key.startsWith(keys.answer('n1', '')));

  test('are answered once, however often they are seen', async () => {
    const request = ask('a', 'POST', '/v1/stage');
    inbox.put(request);
    await turn();
    inbox.put(request);
    await turn();
    expect(executed).toEqual(['/v1/stage']);
    expect(openReply(etcd.at.get(keys.answer('n1', 'a'))!.value)).toMatchObject({ status: 200 });
  });

  test('are executed and answered once if they are written again, as after an error of etcd', async () => {
    const first = ask('a', 'POST', '/v1/stage');
    const again = () => ask('a', 'POST', '/v1/stage');
    execute = async () => inbox.put(again());
    const second = again();
    inbox.put(first);
    inbox.put(second);
    await turn();
    expect([executed, answers()]).toEqual([['/v1/stage'], [keys.answer('n1', 'a')]]);
  });

  test('are executed when they are written again if etcd could not say whether they stood', async () => {
    jest.spyOn(etcd, 'transact').mockRejectedValueOnce(new Error('no leader'));
    inbox.put(ask('a', 'POST', '/v1/stage'));
    await turn();
    inbox.put(ask('a', 'POST', '/v1/stage'));
    await turn();
    expect(executed).toEqual([expect.stringContaining('no leader'), '/v1/stage']);
    expect(answers()).toEqual([keys.answer('n1', 'a')]);
  });

  test('are executed when they were written again while etcd could not say so, and nobody writes them later', async () => {
    const fail = failing(jest.spyOn(etcd, 'transact'));
    inbox.put(ask('a', 'POST', '/v1/stage'));
    inbox.put(ask('a', 'POST', '/v1/stage'));
    await turn();
    await fail();
    expect(executed).toEqual([expect.stringContaining('no leader'), '/v1/stage']);
    expect(answers()).toEqual([keys.answer('n1', 'a')]);
  });

  describe('whose reply etcd did not take', () => {
    let fail: () => Promise<void>;
    beforeEach(async () => {
      const transact = etcd.transact.bind(etcd);
      fail = failing(jest.spyOn(etcd, 'transact').mockImplementationOnce(transact));
      inbox.put(ask('a', 'POST', '/v1/stage'));
      await turn();
    });
    const failed = ['/v1/stage', expect.stringContaining('no leader')];

    test('are answered and not executed again when they are written again', async () => {
      await fail();
      expect(answers()).toEqual([]);
      inbox.put(ask('a', 'POST', '/v1/stage'));
      await turn();
      expect([executed, answers()]).toEqual([failed, [keys.answer('n1', 'a')]]);
    });

    test('are so, too, if they were written again meanwhile', async () => {
      inbox.put(ask('a', 'POST', '/v1/stage'));
      await turn();
      await fail();
      expect([executed, answers()]).toEqual([failed, [keys.answer('n1', 'a')]]);
    });

    test('are forgotten when they are gone, and the reply is deleted that etcd may have', async () => {
      await fail();
      withdraw({ key: keys.request('n1', 'a') } as StoredKey);
      inbox.put(ask('b', 'GET', '/v1/summary'));
      await turn();
      expect(etcd.transactions.at(-1)).toContainEqual({ delete: keys.answer('n1', 'a') });
    });
  });

  test('are not executed if they were withdrawn, are of an earlier session, or change something and are late', async () => {
    inbox.put(ask('a', 'POST', '/v1/stage', 'earlier'));
    const late = ask('b', 'POST', '/v1/activate');
    etcd.at.delete(late.key);
    inbox.put(late);
    await turn();
    expect([executed, answers()]).toEqual([[], []]);
  });

  test('ask etcd first whether they stand if they change something, and else not', async () => {
    inbox.put(ask('a', 'GET', '/v1/summary'));
    inbox.put(ask('b', 'POST', '/v1/health'));
    await turn();
    expect(etcd.transactions.map((changes) => Object.keys(changes[0])[0])).toEqual(['put', 'put']);
    inbox.put(ask('c', 'POST', '/v1/confirm'));
    await turn();
    expect(etcd.transactions.slice(2).map((changes) => Object.keys(changes[0])[0])).toEqual(['read', 'put']);
  });

  describe('of several steps', () => {
    const together = (): StoredKey =>
      etcd.put(
        keys.request('n1', 'a'),
        writeRequest({
          session: 's',
          ...{ method: 'PUT', path: '/v1/release' },
          next: [
            { method: 'PUT', path: '/v1/prediction', isOptional: true },
            { method: 'POST', path: '/v1/stage' },
          ],
        }),
      );
    const reply = () => {
      const { status, body } = openReply(etcd.at.get(keys.answer('n1', 'a'))!.value)!;
      return `${status} ${body}`;
    };

    test.each([
      [[], ['/v1/release', '/v1/prediction', '/v1/stage'], '200 /v1/stage'],
      [['/v1/prediction'], ['/v1/release', '/v1/prediction', '/v1/stage'], '200 /v1/stage'],
      [['/v1/release'], ['/v1/release'], '409 /v1/release'],
    ])('where %j are refused execute %j', async (which, all, last) => {
      refused = which;
      inbox.put(together());
      await turn();
      expect([executed, reply()]).toEqual([all, last]);
    });

    test('ask whether they stand right before the step that changes something', async () => {
      const request = together();
      execute = async () => {
        if (executed.length === 2) withdraw(request);
      };
      inbox.put(request);
      await turn();
      expect([executed, answers()]).toEqual([['/v1/release', '/v1/prediction'], []]);
    });
  });

  test('are executed if they still stand, although etcd was slow to say so at first', async () => {
    let now = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    const transact = etcd.transact.bind(etcd);
    etcd.transact = (...about) => {
      now += etcd.transactions.length === 0 ? 6_000 : 10;
      return transact(...about);
    };
    inbox.put(ask('a', 'POST', '/v1/stage'));
    await turn();
    clock.mockRestore();
    expect(executed).toEqual(['/v1/stage']);
    expect(etcd.transactions.map((changes) => Object.keys(changes[0])[0])).toEqual(['read', 'read', 'put']);
  });

  test('are executed if they still stand, although etcd had no leader for longer than one question may take', async () => {
    jest.useFakeTimers();
    const transact = etcd.transact.bind(etcd);
    etcd.transact = async (...about) => {
      if (performance.now() < since + 15_000)
        throw new EtcdError(STATUS.unavailable, 'etcdserver: no leader', ['e1:2379']);
      return transact(...about);
    };
    const since = performance.now();
    inbox.put(ask('a', 'POST', '/v1/stage'));
    await jest.advanceTimersByTimeAsync(20_000);
    jest.useRealTimers();
    expect(executed).toEqual(['/v1/stage']);
    expect(answers()).toEqual([keys.answer('n1', 'a')]);
  });

  test('leave no answer if nobody waits for it any more', async () => {
    const request = ask('a', 'GET', '/v1/summary');
    execute = async () => withdraw(request);
    inbox.put(request);
    await turn();
    expect([executed, answers()]).toEqual([['/v1/summary'], []]);
  });

  test('have their answers deleted with the next one', async () => {
    const first = ask('a', 'GET', '/v1/summary');
    inbox.put(first);
    await turn();
    withdraw(first);
    expect(answers()).toEqual([keys.answer('n1', 'a')]);
    inbox.put(ask('b', 'GET', '/v1/summary'));
    await turn();
    expect(answers()).toEqual([keys.answer('n1', 'b')]);
    expect(etcd.transactions).toHaveLength(2);
  });
});
