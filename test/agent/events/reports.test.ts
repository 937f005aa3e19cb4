import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { EventLog } from '../../../lib/agent/events/event-log';
import { NOISE, type Noise } from '../../../lib/agent/events/noise';
import { Reports } from '../../../lib/agent/events/reports';
import { openLog } from '../../../lib/agent/host/log';

const output = new PassThrough({ encoding: 'utf8' });
const log = openLog('debug', 'json', output);

/** Reports with a clock of the test's own; and what the log has of them, as far as it was not read before. */
function reports() {
  const clock = { now: 0 };
  const lines = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return String(output.read() ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  };
  return { reports: new Reports(log, new EventLog(), () => clock.now), clock, lines };
}

const NOISES = Object.keys(NOISE) as Noise[];

const happenings = fc.array(
  fc.record({
    // mostly noise, now and then something that a session does
    what: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...NOISES) },
      { weight: 1, arbitrary: fc.constant('session') },
    ),
    times: fc.integer({ min: 1, max: 150 }),
    wait: fc.integer({ min: 0, max: 5000 }),
  }),
  { maxLength: 40 },
);

describe('what is said while others make noise', () => {
  test('of noise no more than its rate reaches log and events, and what was left out is counted exactly', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async (given) => {
        const { reports: all, clock, lines } = reports();
        for (const { what, times, wait } of given) {
          clock.now += wait;
          for (let i = 0; i < times; i++)
            if (what === 'session') all.say({ kind: 'session', of: 's', message: 'session: x' });
            else all.say({ noise: what as Noise, message: `${what}: x` });
        }
        const total = clock.now;
        all.close();
        const said = await lines();
        const events = await all.after(0, 0);
        for (const noise of NOISES) {
          const came = given.reduce((sum, { what, times }) => (what === noise ? sum + times : sum), 0);
          const through = said.filter((line) => line === `${noise}: x`).length;
          const summaries = said.filter((line) => line.includes(`${NOISE[noise].what} were suppressed`));
          const told = summaries.reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
          const { burst, everyMs } = NOISE[noise];
          expect(through + told).toBe(came);
          expect(all.leftOut().find(({ kind }) => kind === noise)?.count ?? 0).toBe(told);
          // the last summary is that of the end
          expect(through + summaries.length).toBeLessThanOrEqual(burst + total / everyMs + 1);
        }
        // All that a session does is there.
        const own = given.reduce((sum, { what, times }) => (what === 'session' ? sum + times : sum), 0);
        expect(said.filter((line) => line === 'session: x')).toHaveLength(own);
        expect(events.filter(({ message }) => message === 'session: x')).toHaveLength(Math.min(own, 4000));
      }),
      { seed: 19, numRuns: 60 },
    );
  });

  test('a flood of refused connections leaves the history of sessions alone, and is told in one line when it is over', async () => {
    const { reports: all, clock, lines } = reports();
    all.say({ kind: 'session', of: 'n2', message: 'node2 10.0.0.2: OpenConfirm -> Established' });
    for (let i = 0; i < 28_000; i++) {
      clock.now += 6000 / 28_000;
      all.say({
        noise: 'refused',
        message: `connection from 192.0.2.${i % 256} to 10.0.0.1 refused: no session has these addresses`,
      });
    }
    clock.now += 24 * 3600 * 1000;
    all.say({ noise: 'refused', message: 'the first one of the next day' });
    const said = await lines();
    const what = 'refused connections from unknown addresses';
    expect(said).toHaveLength(1 + 10 + 2);
    expect(said.slice(-2)).toEqual([`27990 ${what} were suppressed in 86406 s`, 'the first one of the next day']);
    const events = await all.after(0, 0);
    expect(events[0].message).toBe('node2 10.0.0.2: OpenConfirm -> Established');
    expect(events.slice(1).every(({ kind }) => kind === 'stranger')).toBe(true);
    expect(all.leftOut()).toEqual([{ kind: 'refused', what, count: 27990, last: expect.any(String) }]);
  });

  test('neighbours whose connections are refused are limited apart, and named', async () => {
    const { reports: all, lines } = reports();
    for (let i = 0; i < 30; i++)
      for (const node of ['n2', 'n3'])
        all.say({ noise: 'rejected', of: node, name: `${node} 10.0.0.1`, message: `${node}: no key` });
    all.close();
    const said = await lines();
    expect(said.filter((line) => line === 'n3: no key')).toHaveLength(10);
    expect(said).toContain('n2 10.0.0.1: 20 refused connections were suppressed');
  });

  test('each kind of noise of a neighbour is named, although another kind of it was reported before', async () => {
    const { reports: all, clock, lines } = reports();
    const about = { of: 'n2', name: 'n2 10.0.0.1', message: 'n2: no key' };
    for (const noise of ['rejected', 'trouble'] as const) for (let i = 0; i < 11; i++) all.say({ noise, ...about });
    clock.now = 10_000;
    all.say({ kind: 'agent', message: 'ten seconds later' });
    clock.now = 60_000;
    all.say({ kind: 'agent', message: 'a minute later' });
    const said = await lines();
    all.close();
    expect(said).toContain('n2 10.0.0.1: 1 refused connections were suppressed in 10 s');
    expect(said).toContain('n2 10.0.0.1: 1 local faults of sessions were suppressed in 60 s');
  });

  test('what others wrote is one line in log and events', async () => {
    const { reports: all, lines } = reports();
    all.say({
      kind: 'transaction',
      message: `rolled back: \u009b2J\n2026-01-01 info  all is well ${'x'.repeat(5000)}`,
    });
    const [line] = await lines();
    expect(line).toMatch(/^rolled back: \\u009b2J\\n2026-01-01 info {2}all is well x+… \(4\d\d\d more characters\)$/);
    expect((await all.after(0, 0))[0].message).toBe(line);
  });
});
