import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** So many connections that begin a request and never end it: `open` says how many the server has kept so far. */
export async function flood(
  to: NetConnectOpts,
  count: number,
): Promise<{ open(): number; readonly all: readonly Socket[] }> {
  const all = Array.from({ length: count }, () => connect(to).on('error', () => {}));
  const isOver = (socket: Socket) => socket.closed || socket.readableEnded;
  await Promise.all(
    all.map(
      (socket) =>
        new Promise<void>((settled) => {
          socket.resume().once('connect', () => socket.write('GET /metrics HTTP/1.1\r\nx', () => settled()));
          socket.once('close', () => settled());
        }),
    ),
  );
  return { open: () => all.filter((socket) => !isOver(socket)).length, all };
}
