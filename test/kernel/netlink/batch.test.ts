import { netlinkMessage, TYPE } from '../../../lib/kernel/codec/header';
import { putU32 } from '../../../lib/kernel/codec/octets';
import { Batch } from '../../../lib/kernel/netlink/batch';
import type { Requests } from '../../../lib/kernel/netlink/driver';
import { FakeKernel } from '../fib/fake-kernel';

/** Some request: an empty message about a route that nobody has. */
const write = (bytes: Uint8Array, at: number, sequence: number): number => {
  const message = netlinkMessage(TYPE.delRoute, 0, sequence, new Uint8Array(12));
  bytes.set(message, at);
  return at + message.length;
};

/** Sends so many requests; what became of each, by what the kernel answers of the first one's sequence number on. */
async function sent(batch: Batch, count: number): Promise<(number | undefined)[]> {
  for (let i = 0; i < count; i++) batch.requests.add(write);
  const outcomes: (number | undefined)[] = [];
  await new Promise<void>((landed) =>
    batch.send((request, error) => {
      expect(request).toBe(outcomes.length); // in order, each once
      outcomes.push(error);
    }, landed),
  );
  return outcomes;
}

type Answer = readonly [request: number, error: number];
type End = 'empty' | 'lost' | 'more';

/** A socket that answers these requests of each batch with these errors, each read with the next of these ends. */
function socket(said: readonly (Answer | End)[]) {
  let first = 0;
  const answers = said.filter((one): one is Answer => typeof one !== 'string');
  const left = said.filter((one): one is End => typeof one === 'string');
  return {
    privileged: false,
    sendAsync(bytes: Uint8Array, _: number, done: (result: number) => void) {
      first = new DataView(bytes.buffer).getUint32(8, true);
      setImmediate(() => done(0));
    },
    read(visit: Parameters<Requests['read']>[0]) {
      const end = left.shift() ?? 'empty';
      for (const [request, error] of end === 'more' ? [] : answers) {
        const payload = new Uint8Array(20);
        putU32(payload, 0, error);
        putU32(payload, 12, first + request);
        const bytes = netlinkMessage(TYPE.error, 0, first + request, payload);
        visit(bytes, { type: TYPE.error, flags: 0, sequence: first + request, start: 16, end: bytes.length } as never);
      }
      return end;
    },
  } as unknown as Requests;
}

/** What became of three requests of a batch. */
const answered = (...said: readonly (Answer | End)[]) => sent(new Batch(socket(said)), 3);

describe('a batch of requests', () => {
  test('has done each of which the kernel says nothing, once it has acknowledged the last', async () => {
    expect(await answered([2, 0])).toEqual([0, 0, 0]);
    expect(await answered([1, -17], [2, 0])).toEqual([0, -17, 0]);
    expect(await answered('more', 'empty', [2, 0])).toEqual([0, 0, 0]);
  });

  test('does not know of those of which nothing is said, where answers are lost or the last one is missing', async () => {
    expect(await answered('lost', 'empty', [1, -17], [2, 0])).toEqual([undefined, -17, undefined]);
    expect(await answered([1, -17])).toEqual([undefined, -17, undefined]);
  });

  test('takes no answer to a batch before it for its own', async () => {
    expect(await answered([-1, -17], [3, -17], [2, 0])).toEqual([0, 0, 0]);
  });

  test('has failed as a whole where it could not be sent', async () => {
    const broken = {
      ...socket([]),
      sendAsync: (_: unknown, __: unknown, done: (result: number) => void) => done(-105),
    };
    expect(await sent(new Batch(broken as unknown as Requests), 2)).toEqual([-105, -105]);
  });

  test('is one of several, each with sequence numbers of its own, and one at a time', async () => {
    const batch = new Batch(new FakeKernel().open());
    const firsts: number[] = [];
    for (const count of [3, 2]) {
      firsts.push(batch.requests.first);
      expect(await sent(batch, count)).toEqual(Array.from({ length: count }, () => -3)); // no such route
      expect([batch.inFlight, batch.requests.size]).toEqual([false, 0]);
    }
    expect(firsts[1] - firsts[0]).toBe(3);
    batch.requests.add(write);
    batch.send(
      () => {},
      () => {},
    );
    expect(batch.inFlight).toBe(true);
    expect(() =>
      batch.send(
        () => {},
        () => {},
      ),
    ).toThrow('invariant');
    await new Promise((turn) => setImmediate(turn));
  });
});
