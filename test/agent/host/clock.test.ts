import fc from 'fast-check';
import { WallClock } from '../../../lib/agent/host/clock';

describe('the time of a moment', () => {
  test('is the same each time it is asked for, however the clocks are read and rounded', () => {
    const asked = fc.record({
      later: fc.double({ min: 0, max: 1e7, noNaN: true }),
      apart: fc.double({ min: 0, max: 20, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.array(asked, { minLength: 2, maxLength: 30 }),
        (moment, all) => {
          const wall = new WallClock();
          const told = all.map(({ later, apart }) =>
            wall.time(moment, moment + later, Math.floor(1.8e12 + moment + later + apart)),
          );
          expect(new Set(told).size).toBe(1);
          expect(Math.abs(Date.parse(told[0]) - (1.8e12 + moment))).toBeLessThan(25);
        },
      ),
    );
  });

  test('follows a clock that somebody has set', () => {
    const wall = new WallClock();
    expect(wall.time(1000, 2000, 1_800_000_002_000)).toBe(new Date(1_800_000_001_000).toISOString());
    expect(wall.time(1000, 3000, 1_900_000_003_000)).toBe(new Date(1_900_000_001_000).toISOString());
  });
});
