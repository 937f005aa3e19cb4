import fc from 'fast-check';
import { restAfter } from '../../../lib/agent/network/warm-up';

test('a warm-up rests a moment where the processors are free, and the longer the more others use them', () => {
  expect(restAfter(4, 4)).toBe(1);
  expect(restAfter(4, 7.5)).toBe(1); // threads of the engine worked, too
  expect(restAfter(40, 4)).toBe(145);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e4, noNaN: true }),
      fc.double({ min: 0, max: 1e4, noNaN: true }),
      (took, used) => {
        const rest = restAfter(took, used);
        expect(rest).toBeGreaterThanOrEqual(1);
        expect(restAfter(took + 10, used)).toBeGreaterThanOrEqual(rest);
      },
    ),
  );
});
