import fc from 'fast-check';
import { bestPath, type PathValues } from '../../../../lib/bgp/rib/loc-rib/best-path';
import { Candidates, COLUMN, STEPS } from '../../../../lib/bgp/rib/loc-rib/decision-process';
import { ip } from '../world';

const path = (more: Partial<PathValues> = {}): PathValues => ({
  peer: 'a',
  session: 'ebgp',
  routerId: 5,
  peerAddress: ip('192.0.2.5'),
  neighborAs: 65001,
  asPathLength: 3,
  origin: 1,
  med: 50,
  localPref: 100,
  igpMetric: 5,
  clusterListLength: 1,
  nextHopReachable: true,
  eligible: true,
  ...more,
});

const arbitrary: fc.Arbitrary<PathValues> = fc.record({
  peer: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  session: fc.constantFrom('ebgp' as const, 'ibgp' as const),
  routerId: fc.nat(2),
  peerAddress: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1').map(ip),
  neighborAs: fc.constantFrom(1, 2, 3),
  asPathLength: fc.nat(1),
  origin: fc.constantFrom<0 | 1 | 2>(0, 0, 1),
  med: fc.nat(2),
  localPref: fc.constantFrom(100, 100, 200),
  igpMetric: fc.nat(1),
  originatorId: fc.constantFrom(0, 1, undefined),
  clusterListLength: fc.nat(1),
  nextHopReachable: fc.constantFrom(true, true, true, false),
  eligible: fc.constantFrom(true, true, true, false),
}) as fc.Arbitrary<PathValues>;

describe('the best path', () => {
  test.each<[string, Partial<PathValues>, Partial<PathValues>]>([
    ['local-pref', { localPref: 200, asPathLength: 9 }, {}],
    ['as-path-length', { asPathLength: 2, origin: 2 }, {}],
    ['origin', { origin: 0, med: 99 }, {}],
    ['med', { med: 49, session: 'ibgp' }, {}],
    ['ebgp-over-ibgp', { igpMetric: 9 }, { session: 'ibgp' }],
    ['igp-metric', { igpMetric: 4, routerId: 9 }, {}],
    ['router-id', { routerId: 4, clusterListLength: 9 }, {}],
    ['router-id', { originatorId: 4, routerId: 9 }, {}],
    ['cluster-list-length', { clusterListLength: 0, peerAddress: ip('192.0.2.9') }, {}],
    ['peer-address', { peerAddress: ip('192.0.2.4') }, {}],
  ])('is chosen by %s, whatever later steps say', (step, better, worse) => {
    expect(bestPath([path(better), path(worse)])).toEqual({ best: 0, step });
    expect(bestPath([path(worse), path(better)])).toEqual({ best: 1, step });
  });

  test('is none that has a loop or a next hop out of reach', () => {
    expect(bestPath([path({ eligible: false, localPref: 500 }), path()])).toEqual({ best: 1, step: 'only-path' });
    expect(bestPath([path({ nextHopReachable: false })])).toEqual({ best: null, step: 'no-path' });
    expect(bestPath([])).toEqual({ best: null, step: 'no-path' });
  });

  test('compares MED between paths of one neighbouring AS only, unless told otherwise', () => {
    const paths = [path({ med: 10, neighborAs: 1, routerId: 9 }), path({ med: 20, neighborAs: 2, routerId: 1 })];
    expect(bestPath(paths)).toEqual({ best: 1, step: 'router-id' });
    expect(bestPath(paths, { alwaysCompareMed: true })).toEqual({ best: 0, step: 'med' });
  });

  test('is the same for each order of the paths', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(arbitrary, { maxLength: 6, selector: (each) => each.peer })
          .chain((paths) =>
            fc.tuple(fc.constant(paths), fc.shuffledSubarray(paths, { minLength: paths.length }), fc.boolean()),
          ),
        ([paths, shuffled, alwaysCompareMed]) => {
          const [a, b] = [bestPath(paths, { alwaysCompareMed }), bestPath(shuffled, { alwaysCompareMed })];
          expect(b.step).toBe(a.step);
          expect(b.best === null ? null : shuffled[b.best]).toBe(a.best === null ? null : paths[a.best]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('loses to no other usable path in a comparison of two, but for MED', () => {
    fc.assert(
      fc.property(fc.uniqueArray(arbitrary, { minLength: 2, maxLength: 6, selector: (each) => each.peer }), (all) => {
        const paths = all.map((each) => ({ ...each, med: 0 }));
        const { best } = bestPath(paths);
        if (best === null) return;
        for (const rival of paths) expect(bestPath([paths[best], rival]).best).toBe(0);
      }),
    );
  });
});

describe('candidates', () => {
  const fill = (lines: readonly Partial<Record<keyof typeof COLUMN, number>>[]) => {
    const candidates = new Candidates();
    for (const line of lines) {
      const index = candidates.add();
      for (const name of Object.keys(COLUMN) as (keyof typeof COLUMN)[])
        candidates.set(index, COLUMN[name], line[name] ?? 1);
    }
    return candidates;
  };
  const equals = (candidates: Candidates) => [...candidates.equals.subarray(0, candidates.equalCount)];

  test('say which paths are equal up to the interior cost, for multipath', () => {
    const candidates = fill([{ routerId: 3 }, { routerId: 2 }, { igpMetric: 0, localPref: 2 }, { routerId: 4 }]);
    expect(candidates.decide()).toBe(1);
    expect(equals(candidates)).toEqual([0, 1, 3]);
    expect(candidates.lostAt(2)).toBe('local-pref');
    expect(candidates.lostAt(0)).toBe('router-id');
  });

  test('name one path as equal where an early step left one', () => {
    const candidates = fill([{ origin: 0 }, {}]);
    expect(candidates.decide()).toBe(0);
    expect(equals(candidates)).toEqual([0]);
  });

  test('take any number of paths', () => {
    const candidates = fill(Array.from({ length: 100 }, (_, i) => ({ peerAddress: 100 - i })));
    expect(candidates.decide()).toBe(99);
    expect(candidates.equalCount).toBe(100);
  });

  test('prefer what this node originated over all', () => {
    expect(STEPS[0].name).toBe('local-origin');
    expect(fill([{ localPref: -1000 }, { origination: 0 }]).decide()).toBe(1);
  });
});
