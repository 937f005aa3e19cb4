import fc from 'fast-check';
import { backedOff, jittered, MAX_RETRY_TIME, sendHoldTime, TimerQueue } from '../../../lib/bgp/session/timers';

describe('the agenda', () => {
  test('fires timers by time, of equals in the order they were started, and each once', () => {
    const agenda = new TimerQueue();
    const fired: string[] = [];
    for (const [name, at] of [
      ['late', 30],
      ['early', 10],
      ['early too', 10],
      ['middle', 20],
    ] as const)
      agenda.timer(() => fired.push(name)).start(at);
    expect(agenda.next).toBe(10);
    agenda.run(25);
    expect(fired).toEqual(['early', 'early too', 'middle']);
    agenda.run(100);
    agenda.run(200);
    expect(fired).toEqual(['early', 'early too', 'middle', 'late']);
    expect(agenda.next).toBe(Number.POSITIVE_INFINITY);
  });

  test('a timer may be moved later, moved earlier, stopped and started again', () => {
    const agenda = new TimerQueue();
    let fired = 0;
    const timer = agenda.timer(() => fired++);
    timer.start(10);
    timer.start(50);
    agenda.run(49);
    expect(fired).toBe(0);
    timer.start(49);
    agenda.run(49);
    expect(fired).toBe(1);
    timer.start(60);
    timer.stop();
    agenda.run(1000);
    expect([fired, timer.running]).toEqual([1, false]);
  });

  test('does as a plain list of deadlines does, whatever is done to it', () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('start' as const), timer: fc.nat(4), after: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ do: fc.constant('stop' as const), timer: fc.nat(4) }),
      fc.record({ do: fc.constant('pass' as const), time: fc.nat(40) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const agenda = new TimerQueue();
        const fired: string[] = [];
        const expected: string[] = [];
        const plain = new Array<number>(5).fill(Number.POSITIVE_INFINITY);
        let now = 0;
        const timers = plain.map((_, i) => agenda.timer(() => fired.push(`${i}@${now}`)));
        for (const step of acts) {
          if (step.do === 'start') {
            timers[step.timer].start(now + step.after);
            plain[step.timer] = now + step.after;
          } else if (step.do === 'stop') {
            timers[step.timer].stop();
            plain[step.timer] = Number.POSITIVE_INFINITY;
          } else {
            now += step.time;
            expect(agenda.next).toBeLessThanOrEqual(Math.min(...plain));
            agenda.run(now);
            for (const [i, at] of plain.entries())
              if (at <= now) {
                expected.push(`${i}@${now}`);
                plain[i] = Number.POSITIVE_INFINITY;
              }
          }
        }
        expect(fired.sort()).toEqual(expected.sort());
      }),
    );
  });
});

describe('times', () => {
  test('jitter takes off at most a quarter (RFC 4271 section 10)', () => {
    expect([jittered(100, 0), jittered(100, 0.5), jittered(100, 1)]).toEqual([75, 87.5, 100]);
  });

  test('pauses double up to the longest, and never fall below what was configured', () => {
    expect([0, 1, 2, 3, 1000].map((failures) => backedOff(5, failures))).toEqual([5, 10, 20, 30, 30]);
    expect(backedOff(120, 0)).toBe(120);
    expect(backedOff(1, 1e9)).toBe(MAX_RETRY_TIME);
  });

  test('sending may stall for 8 minutes or two hold times, and for ever without a hold time (RFC 9687)', () => {
    expect([sendHoldTime(90), sendHoldTime(600), sendHoldTime(0)]).toEqual([480, 1200, 0]);
  });
});
