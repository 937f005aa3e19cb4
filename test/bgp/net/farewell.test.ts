import { once } from 'node:events';
import * as net from 'node:net';
import { Farewell } from '../../../lib/bgp/net/farewell';

test('connections that are closed here and kept open at the other end are cut off, the oldest first, where there are too many', async () => {
  const farewell = new Farewell(2);
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const [clients, sockets]: net.Socket[][] = [[], []];
  for (let i = 0; i < 5; i++) {
    const accepted = once(server, 'connection');
    const client = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    clients.push(client.on('error', () => {}));
    const [socket] = (await accepted) as [net.Socket];
    sockets.push(socket.on('error', () => {}));
    socket.write('last words');
    farewell.take(socket);
    expect(farewell.size).toBeLessThanOrEqual(2);
  }
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, true, false, false]);
  const ends = Promise.all(sockets.slice(3).map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  for (const client of clients) client.destroy();
  await ends;
  expect(farewell.size).toBe(0);
  server.close();
});
