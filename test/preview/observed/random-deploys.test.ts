import fc from 'fast-check';
import type { Fabric } from '../../../lib/model/fabric';
import { withFormerSecrets } from '../../../lib/model/former-secrets';
import { sure } from '../../../lib/model/problem';
import { readFabric } from '../../../lib/model/read';
import { SecretReference } from '../../../lib/model/secret-reference';
import { type Comparison, compare } from '../../../lib/preview/observed/comparison';
import { type Prediction, predictionOf, readPrediction } from '../../../lib/preview/observed/prediction';
import { sessionsOf } from '../../../lib/topology/derive';
import { fabricPairs } from '../../node/pairs';
import { NotingFleet } from './noting-fleet';

const RUNS = Number(process.env.PEERFORM_RUNS ?? 30);
const SEED = Number(process.env.PEERFORM_SEED ?? 17);

/** What the test has for neighbours outside is not what the prediction has; and its network knows no ports. */
const isComparable = ([before, after]: readonly [Fabric, Fabric]): boolean =>
  before.listenPort === after.listenPort &&
  [before, after].every((fabric) =>
    Object.keys(fabric.nodes).every((name) => sessionsOf(fabric, name).every(({ isInside }) => isInside)),
  );

const { meshBfd } = readFabric({ name: 'lab', nodes: { n1: { ipv4Address: '10.0.0.1' } }, meshBfd: {} }).fabric!;

/** What changes besides secrets: nothing, something in place, or something by a reset. */
const BESIDE: readonly Partial<Fabric>[] = [{}, { meshBfd }, { holdTime: 60 }];

interface Outcome {
  readonly prediction: Prediction;
  readonly comparison: Comparison;
}

/**
 * Deploys a fabric in two waves, by the bits of the first, and compares. `runs`: before, with its real secrets;
 * `instead`: what nodes run that the plan says are behind.
 */
function deployed(
  before: Fabric,
  after: Fabric,
  bits: number,
  runs = before,
  instead: Readonly<Record<string, Fabric>> = {},
): Outcome {
  const names = Object.keys(after.nodes);
  const first = names.filter((_, i) => (bits >> i) & 1);
  const waves = [first, names.filter((name) => !first.includes(name))];
  const fleet = new NotingFleet(runs, after, undefined, undefined, instead);
  fleet.deploy(waves);
  const prediction = predictionOf(before, after, { waves, behind: Object.keys(instead), about: '' });
  const kept = readPrediction(JSON.parse(JSON.stringify(prediction)));
  const noted = { activation: 2, observations: fleet.observations(), silent: new Map<string, string>() };
  return { prediction, comparison: compare(kept, noted) };
}

function expectAsPredicted({ differences, besides, unseen }: Comparison): void {
  // Some of these fabrics have sessions that cannot come up: no gate would let them pass.
  const other = besides.filter((text) => !/ has not come (up|back)/.test(text));
  expect({ differences, besides: other, unseen }).toEqual({ differences: [], besides: [], unseen: [] });
}

describe('a deploy of any fabric over any other, on a simulated network', () => {
  test('goes as predicted, session by session and prefix by prefix, as far as its nodes note it', () => {
    const seen = { reset: 0, retuned: 0, added: 0, removed: 0, lost: 0 };
    fc.assert(
      fc.property(fabricPairs.filter(isComparable), fc.nat(7), ([before, after], bits) => {
        const { comparison } = deployed(before, after, bits);
        expectAsPredicted(comparison);
        const { observed, losses } = comparison;
        for (const [change, number] of Object.entries(observed)) seen[change as keyof typeof observed] += number;
        seen.lost += losses.length;
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    // What never happened was not tried.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });

  test('goes as predicted where secrets are delivered again, whether or not they have new values', () => {
    const seen = { 'may be reset': 0, 'may be retuned instead': 0, reset: 0, kept: 0 };
    const meshPassword = sure(SecretReference.parse('secret:mesh'));
    const signed = fabricPairs
      .filter(isComparable)
      .map(([fabric]) => ({ ...fabric, nodeToNodeMesh: true, meshPassword, meshBfd: undefined }));
    fc.assert(
      fc.property(signed, fc.nat(7), fc.constantFrom(...BESIDE), fc.boolean(), (before, bits, beside, isNew) => {
        const after = { ...before, ...beside };
        const former = withFormerSecrets(before);
        const { prediction, comparison } = deployed(former, after, bits, isNew ? former : before);
        expectAsPredicted(comparison);
        const possible = prediction.sessions.filter(({ otherwise }) => otherwise !== undefined);
        if (possible.length === 0) return;
        seen['may be reset']++;
        if (possible.some(({ otherwise }) => otherwise === 'retuned')) seen['may be retuned instead']++;
        seen[comparison.observed.reset > 0 ? 'reset' : 'kept']++;
      }),
      { numRuns: 2 * RUNS, seed: SEED, endOnFailure: true },
    );
    // What never happened was not tried.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });

  test('differs in nothing where nodes run what an earlier deploy left there, and names exactly these', () => {
    const seen = { retuned: 0, reset: 0, added: 0, removed: 0, lost: 0 };
    const commonOf = ([before, after]: readonly [Fabric, Fabric]) =>
      Object.keys(before.nodes).filter((name) => after.nodes[name]);
    fc.assert(
      fc.property(
        fabricPairs.filter((pair) => isComparable(pair) && commonOf(pair).length > 0),
        fc.nat(7),
        fc.nat(2),
        fc.boolean(),
        ([before, other], bits, which, isAgain) => {
          const common = commonOf([before, other]);
          const behind = common[which % common.length];
          const after = isAgain ? other : before;
          const { comparison } = deployed(before, after, bits, before, { [behind]: other });
          const { differences, besides, unseen, observed, losses } = comparison;
          const flaps = besides.filter((text) => !/ has not come (up|back)/.test(text));
          expect({ differences, flaps }).toEqual({ differences: [], flaps: [] });
          expect(unseen).toEqual([expect.stringMatching(`^${behind}: it was behind`)]);
          for (const [change, number] of Object.entries(observed)) seen[change as keyof typeof observed] += number;
          seen.lost += losses.length;
        },
      ),
      { numRuns: 2 * RUNS, seed: SEED, endOnFailure: true },
    );
    // What never happened was not tried.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });
});
