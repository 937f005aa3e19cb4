import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections beyond the maximum that may be open for a moment, until those that they replace are closed. */
const MARGIN = 32;

/**
 * Limits the connections to a server. One beyond that is accepted, and replaces the one that has been without a request
 * for longest, or if all have one, the one whose request began first. So nobody keeps others out with connections that
 * rest, or wait for events.
 */
export function limitConnections(server: Server, most: number): void {
  /** Without a request, and with one, in the order in which that began. */
  const resting = new Set<Socket>();
  const asking = new Set<Socket>();
  const forget = (socket: Socket) => resting.delete(socket) || asking.delete(socket);

  server.on('connection', (socket) => {
    if (resting.size + asking.size >= most) {
      const [replaced] = resting.size > 0 ? resting : asking;
      forget(replaced);
      replaced.destroy();
    }
    resting.add(socket);
    socket.once('close', () => forget(socket));
  });
  server.on('request', ({ socket }, reply) => {
    if (!forget(socket)) return; // it was replaced
    asking.add(socket);
    reply.once('close', () => {
      if (asking.delete(socket)) resting.add(socket);
    });
  });
  server.maxConnections = most + MARGIN;
}
