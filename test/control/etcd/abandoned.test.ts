import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { EtcdConnection } from '../../../lib/control/etcd/connection';
import { METHODS } from '../../../lib/control/etcd/messages';

/** A process that listens, and accepts nothing more than fits into its queue: further SYNs are dropped. */
const SERVER = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  console.log(this.address().port);
  process.kill(process.pid, 'SIGSTOP');
})`;

/** TCP connections to a port that wait for a SYN and ACK. */
const synSent = (port: number): number =>
  readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote = '', state]) => state === '02' && Number.parseInt(remote.split(':')[1], 16) === port).length;

/** How many wait when it is as many as expected, or after a while. */
async function waiting(port: number, isExpected: (count: number) => boolean): Promise<number> {
  for (let looks = 0; looks < 300 && !isExpected(synSent(port)); looks++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return synSent(port);
}

test('an attempt to connect that was given up leaves no socket', async () => {
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const fillers: Socket[] = [];
  try {
    const [said] = await once(server.stdout, 'data');
    const port = Number(said);
    while (synSent(port) === 0) {
      const filler = connect(port, '127.0.0.1').on('error', () => {});
      fillers.push(filler);
      await Promise.race([once(filler, 'connect'), new Promise((resolve) => setTimeout(resolve, 300))]);
    }
    const own = synSent(port);
    const connection = new EtcdConnection({ hosts: [`127.0.0.1:${port}`] });
    const asked = connection.unary(METHODS.range, { key: Buffer.from('x') }, 1_000).catch((error: Error) => error);
    expect(await waiting(port, (count) => count > own)).toBe(own + 1);
    expect(await asked).toBeInstanceOf(Error);
    connection.close();
    expect(await waiting(port, (count) => count === own)).toBe(own);
  } finally {
    for (const filler of fillers) filler.destroy();
    server.kill('SIGKILL');
  }
});

test('a client that was closed connects no more', async () => {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as { port: number };
    const connection = new EtcdConnection({ hosts: [`127.0.0.1:${port}`] });
    await connection.unary(METHODS.range, { key: Buffer.from('x') }, 3_000).catch(() => {});
    connection.close();
    const before = connections.length;
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // gRPC pauses for a second before it connects again
    expect(before).toBeGreaterThan(0);
    expect(connections.length).toBe(before);
  } finally {
    for (const socket of connections) socket.destroy();
    server.close();
  }
});
