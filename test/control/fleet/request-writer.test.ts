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
});
