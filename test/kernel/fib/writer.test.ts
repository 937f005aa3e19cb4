import type { RequestBuffer } from '../../../lib/kernel/codec/request-buffer';
import type { Reconciler } from '../../../lib/kernel/fib/state/reconciler';
import { RouteWriter } from '../../../lib/kernel/fib/writer';
import type { NetlinkSocket } from '../../../lib/kernel/netlink/socket';

/** A writer between a reconciler that has so many batches to send and a socket that answers when it is told to. */
function machine(batches: number) {
  const done: string[] = [];
  let land: ((result: number) => void) | undefined;
  const socket = {
    privileged: true,
    sendAsync: (_bytes: Uint8Array, _length: number, landed: (result: number) => void) => {
      done.push('sent');
      land = landed;
    },
    read: () => 'empty',
  } as unknown as NetlinkSocket;
  const reconciler = {
    get idle() {
      return batches === 0;
    },
    fill(requests: RequestBuffer) {
      if (batches === 0) return 'nothing';
      batches--;
      requests.add((_bytes, at) => at + 16);
      return 'send';
    },
    answered: (_request: number, error: number | undefined) => done.push(`answered ${error}`),
    landed: () => done.push('landed'),
    retryDue: () => done.push('retried'),
  } as unknown as Reconciler;
  const writer = new RouteWriter(socket, reconciler, {
    look: () => done.push('looked'),
    idle: () => done.push('idle'),
  });
  return { writer, done, land: (result = 0) => land!(result) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a route writer', () => {
  test('sends once for all that is due in a turn, and looks at what the kernel told before each batch', async () => {
    const { writer, done, land } = machine(2);
    writer.schedule();
    writer.schedule();
    expect(done).toEqual([]);
    await turn();
    expect(done.splice(0)).toEqual(['looked', 'sent']);
    writer.schedule(); // in flight: nothing
    await turn();
    expect(done).toEqual([]);
    land();
    expect(done.splice(0)).toEqual(['answered undefined', 'landed', 'looked', 'sent']);
    land(-105);
    expect(done).toEqual(['answered -105', 'landed', 'looked', 'idle']);
    expect(writer.idle).toBe(true);
  });

  test('tries again at the earliest of the times that it is told', async () => {
    const { writer, done } = machine(0);
    const now = performance.now();
    writer.retryAt(now + 20);
    writer.retryAt(now + 60_000);
    writer.retryAt(now + 10);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(done).toEqual(['retried']);
    await writer.close();
  });

  test('closes when what is in flight has landed, and sends no more', async () => {
    const { writer, done, land } = machine(2);
    writer.schedule();
    await turn();
    let closed = false;
    const closing = writer.close().then(() => {
      closed = true;
    });
    await turn();
    expect(closed).toBe(false);
    land();
    await closing;
    writer.schedule();
    await turn();
    expect(done).toEqual(['looked', 'sent', 'answered undefined', 'landed']);
  });
});
