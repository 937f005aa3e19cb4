import fc from 'fast-check';
import { EventLog } from '../../../lib/agent/events/event-log';
import { EventShares } from '../../../lib/agent/events/event-shares';

const KEPT = { transaction: 3, session: 12, kernel: 4, workload: 5, agent: 2, stranger: 3 };
type Kind = keyof typeof KEPT;

const happenings = fc.array(
  fc.record({
    kind: fc.constantFrom(...(Object.keys(KEPT) as Kind[])),
    // one source says most of all
    source: fc.constantFrom('noisy', 'noisy', 'noisy', 'noisy', 'a', 'b', 'c'),
  }),
  { maxLength: 300 },
);

describe('the event log', () => {
  test('keeps so many of each kind, and no kind pushes out another', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async (given) => {
        const log = new EventLog(KEPT);
        for (const { kind, source } of given) log.add(kind, source, source);
        const kept = await log.after(0, 0);
        for (const kind of Object.keys(KEPT) as Kind[]) {
          const came = given.filter((one) => one.kind === kind).length;
          expect(kept.filter((one) => one.kind === kind)).toHaveLength(Math.min(came, KEPT[kind]));
        }
      }),
      { seed: 19, numRuns: 200 },
    );
  });

  test('keeps all events of a neighbour that has no more than its share, however many another has', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async (given) => {
        const log = new EventLog(KEPT);
        given.forEach(({ source }, i) => {
          log.add('session', `${i}`, source);
        });
        const kept = new Set((await log.after(0, 0)).map(({ message }) => message));
        const sources = new Set(given.map(({ source }) => source)).size;
        for (const source of ['a', 'b', 'c', 'noisy']) {
          const own = given.flatMap((one, i) => (one.source === source ? [`${i}`] : []));
          // the newest ones, up to an equal share
          const due = own.slice(-Math.floor(KEPT.session / Math.max(1, sources)));
          expect(due.filter((message) => !kept.has(message))).toEqual([]);
        }
      }),
      { seed: 19, numRuns: 300 },
    );
  });

  test('tells them in their order, after a number only those that came later, and all of them after one of an earlier run', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, fc.nat(400), async (given, since) => {
        const log = new EventLog(KEPT);
        for (const { kind, source } of given) log.add(kind, source, source);
        const numbers = (await log.after(0, 0)).map(({ sequence }) => sequence);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        const from = since > given.length ? 0 : since;
        expect((await log.after(since, 0)).map(({ sequence }) => sequence)).toEqual(numbers.filter((n) => n > from));
      }),
      { seed: 19, numRuns: 200 },
    );
  });

  test('wakes who waits for the next one', async () => {
    const log = new EventLog();
    const waits = log.after(0, 60_000);
    log.add('agent', 'here it is');
    expect(await waits).toEqual([{ sequence: 1, time: expect.any(String), kind: 'agent', message: 'here it is' }]);
  });
});

test('a queue that gives and takes for ever holds no more than it has', () => {
  const shares = new EventShares<number>(10);
  for (let i = 0; i < 1000; i++) shares.add('one', i);
  const [queue] = shares.all();
  expect([...queue.newest()]).toEqual([999, 998, 997, 996, 995, 994, 993, 992, 991, 990]);
  for (let i = 0; i < 1000; i++) shares.add(`${i}`, i);
  expect([...shares.all()]).toHaveLength(10);
});
