import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type ServerUnaryCall, type ServiceDefinition } from '@grpc/grpc-js';
import { EtcdConnection } from '../../../lib/control/etcd/connection';
import { METHODS } from '../../../lib/control/etcd/messages';

let folder: string;
const servers: Server[] = [];
/** Who asked, by request. */
const peers: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etcd-'));
});
afterEach(() => {
  peers.length = 0;
  for (const server of servers.splice(0)) server.forceShutdown();
  rmSync(folder, { recursive: true });
});

/** A member that takes watches and says nothing on them; it answers other requests unless it hangs. */
async function member(name: string, hangs: boolean, at = `unix:${join(folder, name)}`): Promise<string> {
  const as = (value: Buffer) => value;
  const octets = { requestSerialize: as, requestDeserialize: as, responseSerialize: as, responseDeserialize: as };
  const service: ServiceDefinition = {
    range: { path: METHODS.range.path, requestStream: false, responseStream: false, ...octets },
    watch: { path: METHODS.watch.path, requestStream: true, responseStream: true, ...octets },
  };
  const server = new Server();
  server.addService(service, {
    range: (call: ServerUnaryCall<Buffer, Buffer>, answer: (error: null, value: Buffer) => void) => {
      peers.push(call.getPeer());
      if (!hangs) answer(null, Buffer.alloc(0));
    },
    watch: () => {},
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(at, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  servers.push(server);
  return at.replace(/:0$/, `:${port}`);
}

/** Begins with the first of its hosts. */
const connect = (hosts: readonly string[]) => {
  const random = jest.spyOn(Math, 'random').mockReturnValue(0);
  const connection = new EtcdConnection({ hosts });
  random.mockRestore();
  return connection;
};

const soon = (what: string) => new Promise<string>((resolve) => setTimeout(resolve, 500, what));

const ended = async (connection: EtcdConnection): Promise<Error> => {
  const stream = await connection.stream(METHODS.watch);
  const error = new Promise<Error>((resolve) => stream.on('error', resolve));
  stream.write({});
  return error;
};

test('a watch on a member that hangs ends when another member is asked in its place', async () => {
  const connection = connect([await member('a', true), await member('b', false)]);
  const end = ended(connection);
  await connection.unary(METHODS.range, {}, 3_000);
  expect(await Promise.race([end, soon('it goes on')])).toMatchObject({ isElsewhere: true });
  connection.close();
});

test('a watch on the only member goes on when that is slow', async () => {
  const connection = connect([await member('a', true)]);
  const end = ended(connection);
  await expect(connection.unary(METHODS.range, {}, 100)).rejects.toThrow('etcd at');
  expect(await Promise.race([end, soon('it goes on')])).toBe('it goes on');
  connection.close();
});

test('the connection to the only member stays when that is slow', async () => {
  const connection = connect([await member('a', true, '127.0.0.1:0')]);
  for (let i = 0; i < 2; i++) await expect(connection.unary(METHODS.range, {}, 500)).rejects.toThrow('etcd at');
  expect(peers).toHaveLength(2);
  expect(new Set(peers).size).toBe(1);
  connection.close();
});
