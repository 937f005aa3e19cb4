import fc from 'fast-check';
import type { Fabric } from '../../../lib/model/fabric';
import { compare } from '../../../lib/preview/observed/comparison';
import { predictionOf, readPrediction } from '../../../lib/preview/observed/prediction';
import { sessionsOf } from '../../../lib/topology/derive';
import { share } from '../../breadth';
import { fabricPairs } from '../../node/pairs';
import { NotingFleet } from './noting-fleet';

const RUNS = Number(process.env.PEERFORM_RUNS ?? share(30));
const SEED = Number(process.env.PEERFORM_SEED ?? 17);

/** What the test has for neighbours outside is not what the prediction has; and its network knows no ports. */
const isComparable = ([before, after]: readonly [Fabric, Fabric]): boolean =>
  before.listenPort === after.listenPort &&
  [before, after].every((fabric) =>
    Object.keys(fabric.nodes).every((name) => sessionsOf(fabric, name).every(({ isInside }) => isInside)),
  );

describe('a deploy of any fabric over any other, on a simulated network', () => {
  test('goes as predicted, session by session and prefix by prefix, as far as its nodes note it', () => {
    const seen = { reset: 0, retuned: 0, added: 0, removed: 0, lost: 0 };
    fc.assert(
      fc.property(fabricPairs.filter(isComparable), fc.nat(7), ([before, after], bits) => {
        const names = Object.keys(after.nodes);
        const first = names.filter((_, i) => (bits >> i) & 1);
        const waves = [first, names.filter((name) => !first.includes(name))];
        const fleet = new NotingFleet(before, after);
        fleet.deploy(waves);
        const prediction = predictionOf(before, after, { waves, about: '' });
        const kept = readPrediction(JSON.parse(JSON.stringify(prediction)));
        const noted = { activation: 2, observations: fleet.observations(), silent: new Map<string, string>() };
        const { differences, besides, unseen, observed, losses } = compare(kept, noted);
        // Some of these fabrics have sessions that cannot come up: no gate would let them pass.
        const other = besides.filter((text) => !/ has not come (up|back)/.test(text));
        expect({ differences, besides: other, unseen }).toEqual({ differences: [], besides: [], unseen: [] });
        for (const [change, number] of Object.entries(observed)) seen[change as keyof typeof observed] += number;
        seen.lost += losses.length;
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    // What never happened was not tried.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });
});
