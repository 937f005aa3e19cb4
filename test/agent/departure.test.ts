import fc from 'fast-check';
import { departure, settled } from '../../lib/agent/departure';

describe('the time of a node that ends for good', () => {
  test('is never more than it was given, and each part is at least begun', () =>
    fc.assert(
      fc.property(fc.nat(3_600_000), fc.boolean(), (within, hasOutside) => {
        const { leaving, withdrawn } = departure(within, hasOutside);
        expect(leaving.most + withdrawn.most).toBeLessThanOrEqual(within);
        for (const { least, most } of [leaving, withdrawn]) expect(least).toBeLessThanOrEqual(most);
      }),
    ));

  test('lets routers outside have ten seconds, nodes of the fabric two, and both one more after what was withdrawn', () => {
    expect(departure(20_000, true)).toEqual({
      leaving: { least: 10_000, most: 16_000 },
      withdrawn: { least: 1_000, most: 4_000 },
    });
    expect(departure(20_000, false).leaving.least).toBe(2_000);
  });

  test('is over when all has settled, and else when it has run out', async () => {
    let looks = 0;
    expect(await settled(() => ++looks === 2, { least: 0, most: 60_000 })).toBe(true);
    expect(await settled(() => false, { least: 0, most: 0 })).toBe(false);
  });
});
