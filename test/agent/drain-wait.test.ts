import fc from 'fast-check';
import { departure, settled } from '../../lib/agent/drain-wait';

describe('the time of a node that ends for good', () => {
  test('is never more than it was given, and each part is at least begun', () =>
    fc.assert(
      fc.property(fc.nat(3_600_000), fc.boolean(), (within, hasOutside) => {
        const { leaving, withdrawn } = departure(within, hasOutside);
        expect(leaving.max + withdrawn.max).toBeLessThanOrEqual(within);
        for (const { min, max } of [leaving, withdrawn]) expect(min).toBeLessThanOrEqual(max);
      }),
    ));

  test('lets routers outside have ten seconds, nodes of the fabric two, and both one more after what was withdrawn', () => {
    expect(departure(20_000, true)).toEqual({
      leaving: { min: 10_000, max: 16_000 },
      withdrawn: { min: 1_000, max: 4_000 },
    });
    expect(departure(20_000, false).leaving.min).toBe(2_000);
  });

  test('is over when all has settled, and else when it has run out', async () => {
    let looks = 0;
    expect(await settled(() => ++looks === 2, { min: 0, max: 60_000 })).toBe(true);
    expect(await settled(() => false, { min: 0, max: 0 })).toBe(false);
  });
});
