import { once } from 'node:events';
import type * as net from 'node:net';
import { type ConnectOptions, tcp } from '../../lib/kernel/system/tcp';
import { Namespace, until } from '../kernel/namespace';

let node: Namespace;
let servers: net.Server[];
let sockets: net.Socket[];
let accepted: net.Socket[];

beforeEach(() => {
  [servers, sockets, accepted] = [[], [], []];
  node = Namespace.make();
  for (const address of ['10.0.0.1/32', '10.0.0.2/32', '2001:db8::1/128', '2001:db8::2/128'])
    node.ip(`addr add ${address} dev lo${address.includes(':') ? ' nodad' : ''}`);
  node.enter();
});

afterEach(() => {
  for (const socket of [...sockets, ...accepted]) socket.destroy();
  for (const server of servers) server.close();
  node.remove();
});

async function listen(address: string, port = 1790): Promise<net.Server> {
  const server = await tcp.listen({ address, port });
  if (server instanceof Error) throw server;
  servers.push(server);
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    accepted.push(socket);
  });
  return server;
}

function connect(options: ConnectOptions): net.Socket {
  const socket = tcp.connect(options);
  if (socket instanceof Error) throw socket;
  sockets.push(socket);
  socket.on('error', () => {});
  return socket;
}

/** The count of a reason for which the kernel drops segments. */
async function dropped(counter: string): Promise<number> {
  const { readFileSync } = await import('node:fs');
  const lines = readFileSync('/proc/thread-self/net/netstat', 'utf8').split('\n');
  const [names, values] = lines.filter((line) => line.startsWith('TcpExt:')).map((line) => line.split(' '));
  return Number(values[names.indexOf(counter)]);
}

const FAMILIES = [
  ['10.0.0.1', '10.0.0.2'],
  ['2001:db8::1', '2001:db8::2'],
] as const;

describe.each(FAMILIES)('TCP to %s', (remote, local) => {
  test('connects from the address it is told, and speaks', async () => {
    await listen(remote);
    const socket = connect({ remote, port: 1790, local });
    await once(socket, 'connect');
    await until(() => accepted.length === 1);
    expect(accepted[0].remoteAddress).toBe(local);
    socket.write('hello');
    accepted[0].resume();
    const [data] = await once(accepted[0], 'data');
    expect(String(data)).toBe('hello');
  });

  test('with a key speaks to who has the same key, and to nobody else', async () => {
    const server = await listen(remote);
    expect(tcp.protect(server, local, 'secret')).toBeUndefined();
    const right = connect({ remote, port: 1790, local, password: 'secret' });
    await once(right, 'connect');
    connect({ remote, port: 1790, local, password: 'wrong' });
    connect({ remote, port: 1790, local });
    for (const counter of ['TCPMD5Failure', 'TCPMD5NotFound'])
      while ((await dropped(counter)) === 0) await new Promise((turn) => setTimeout(turn, 5));
    expect(accepted.length).toBe(1);

    expect(tcp.protect(server, local, undefined)).toBeUndefined();
    expect(tcp.protect(server, local, undefined)).toBeUndefined();
    await once(connect({ remote, port: 1790, local }), 'connect');
  });

  test('with a key for a prefix wants it of all in it, but for those with a key of their own', async () => {
    const server = await listen(remote);
    const length = local.includes(':') ? 64 : 24;
    expect(tcp.protect(server, local, 'of all', length)).toBeUndefined();
    await once(connect({ remote, port: 1790, local, password: 'of all' }), 'connect');
    connect({ remote, port: 1790, local });
    while ((await dropped('TCPMD5NotFound')) === 0) await new Promise((turn) => setTimeout(turn, 5));
    expect(tcp.protect(server, local, 'its own')).toBeUndefined();
    await once(connect({ remote, port: 1790, local, password: 'its own' }), 'connect');
    expect(tcp.protect(server, local, undefined)).toBeUndefined();
    expect(tcp.protect(server, local, undefined, length)).toBeUndefined();
    await once(connect({ remote, port: 1790, local }), 'connect');
    expect(String(tcp.protect(server, local, 'of all', 129))).toContain(`/129`);
  });

  test('hears nothing more that is not signed once a connection has a key that came too late', async () => {
    await listen(remote);
    const socket = connect({ remote, port: 1790, local });
    await once(socket, 'connect');
    await until(() => accepted.length === 1);
    expect(tcp.sign(accepted[0], 'secret')).toBeUndefined();
    accepted[0].resume();
    socket.write('hello');
    while ((await dropped('TCPMD5NotFound')) === 0) await new Promise((turn) => setTimeout(turn, 5));
    expect(accepted[0].bytesRead).toBe(0);
  });

  test('drops what came over more hops than it takes (GTSM)', async () => {
    await listen(remote);
    const near = connect({ remote, port: 1790, local, ttl: 255, minTtl: 255 });
    await once(near, 'connect');
    await until(() => accepted.length === 1);
    expect(tcp.applyTtl(accepted[0], { ttl: 64 })).toBeUndefined();
    accepted[0].write('from afar');
    while ((await dropped('TCPMinTTLDrop')) === 0) await new Promise((turn) => setTimeout(turn, 5));
    expect(near.bytesRead).toBe(0);
    expect(tcp.applyTtl(accepted[0], { ttl: 255, minTtl: 255 })).toBeUndefined();
    const [data] = await once(near, 'data'); // sent again, as TCP does
    expect(String(data)).toBe('from afar');
  });

  test('says when nobody listens, and when somebody does already', async () => {
    const [error] = await once(connect({ remote, port: 1790, local }), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    await listen(remote);
    expect(await tcp.listen({ address: remote, port: 1790 })).toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(`listen on ${remote} port 1790: EADDRINUSE`),
    });
  });
});

test('a socket keeps to its interface', async () => {
  node.pair('up0', '10.1.0.1/24');
  await listen('10.0.0.1');
  expect(tcp.connect({ remote: '10.0.0.1', port: 1790, interface: 'nowhere0' })).toMatchObject({ code: 'ENODEV' });
  const [error] = await once(
    connect({ remote: '127.0.0.1', port: 1790, interface: 'up0', local: '10.1.0.1' }),
    'error',
  );
  expect(error).toMatchObject({ syscall: 'connect' });
  await once(connect({ remote: '10.0.0.1', port: 1790, interface: 'lo' }), 'connect');
});

test('a link-local neighbour is reached over its interface', async () => {
  node.pair('up0');
  node.ip('addr add fe80::1/64 dev up0 nodad');
  node.ip('addr add fe80::2/64 dev up0-far nodad');
  await listen('::');
  const socket = connect({ remote: 'fe80::1', port: 1790, interface: 'up0' });
  await once(socket, 'connect');
  await until(() => accepted.length === 1);
  expect(tcp.applyTtl(accepted[0], { ttl: 255 })).toBeUndefined();
});

test.each([
  [{ remote: 'no address', port: 179 }, 'not a valid IPv4 or IPv6 address'],
  [{ remote: '10.0.0.1', local: '2001:db8::1', port: 179 }, 'different address families'],
  [{ remote: '10.0.0.1', port: 179, password: 'x'.repeat(81) }, 'limited to 80 octets'],
  [{ remote: '10.0.0.1', port: 179, ttl: 256 }, 'set the TTL 256: EINVAL'],
])('what can not be is an error, not an exception: %j', (options, message) => {
  expect(tcp.connect(options)).toMatchObject({ message: expect.stringContaining(message) });
});
