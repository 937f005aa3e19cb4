import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { EtcdClient } from '../../../lib/control/etcd/client';
import { FleetKeys } from '../../../lib/control/fleet/keys';
import { digestOf } from '../../../lib/control/fleet/message';
import { RequestWriter } from '../../../lib/control/fleet/request-writer';

describe('a body that is too long for a request', () => {
  const body = 'x'.repeat(5_000);
  const to = { node: 'n1', presence: { session: 's', version: '1' } };
  const transact = jest.fn<Promise<boolean>, Parameters<EtcdClient['transact']>>();
  let writer: RequestWriter;
  beforeEach(() => {
    transact.mockReset().mockResolvedValue(true);
    writer = new RequestWriter({ transact } as unknown as EtcdClient, new FleetKeys('lab'), 9);
  });
  const write = (of: string | Uint8Array) => writer.write('id', [{ method: 'PUT', path: '/v1/release', body: of }], to);

  test.each([body, Buffer.from(body)])('is stored once for all who are sent it: %#', async (of) => {
    const [first, second] = await Promise.all([write(of), write(of)]);
    expect(first).toEqual({
      session: 's',
      method: 'PUT',
      path: '/v1/release',
      stored: `${digestOf(Buffer.from(body))}-9`,
    });
    expect(second).toEqual(first);
    expect(transact).toHaveBeenCalledTimes(1);
  });

  test('is stored again if etcd could not take it, or was restored from a backup', async () => {
    transact.mockRejectedValueOnce(new Error('no leader'));
    await expect(write(body)).rejects.toThrow('no leader');
    await write(body);
    writer.forget();
    await write(body);
    expect(transact).toHaveBeenCalledTimes(3);
  });

  test('is not stored again because that failed before etcd was restored', async () => {
    let fail = (_: Error): void => {};
    transact.mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
    const early = write(body);
    await new Promise(setImmediate);
    writer.forget();
    await write(body);
    fail(new Error('no leader'));
    await expect(early).rejects.toThrow('no leader');
    await write(body);
    expect(transact).toHaveBeenCalledTimes(2);
  });

  test('is not kept in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const bodies = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const of = Buffer.alloc(5_000, i);
        await write(of);
        return new WeakRef(of);
      }),
    );
    transact.mockClear();
    await new Promise(setImmediate); // a WeakRef holds what it was made of until the turn ends
    collect();
    expect(bodies.filter((one) => one.deref())).toEqual([]);
  });
});
