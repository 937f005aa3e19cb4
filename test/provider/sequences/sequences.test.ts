import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { share } from '../../breadth';
import { Agents } from './agents';
import { FOUND } from './found';
import { type Step, step } from './step';
import { carryOut, TALLY } from './steps';
import { Terraform } from './terraform';
import { NODES, World } from './world';

/** Milliseconds of a virtual clock, which goes on when the provider waits. */
let mockClock = 0;
jest.mock('../../../lib/provider/pause', () => ({
  pause: (ms: number) => {
    mockClock += ms;
    return new Promise((resolve) => setImmediate(resolve));
  },
}));
const { now } = performance;
beforeAll(() => {
  performance.now = () => mockClock; // Not a mock of jest's, which would remember every call.
});
afterAll(() => {
  performance.now = now;
});

/** 500 in CI; `npm run test:long` runs 10,000 from several seeds. */
const RUNS = Number(process.env.PEERFORM_SEQUENCES ?? share(500));
const SEED = Number(process.env.PEERFORM_SEED ?? 20_260_101);

jest.setTimeout(6 * 3_600_000);

const play = async (steps: readonly Step[]): Promise<void> => {
  const agents = new Agents(NODES);
  try {
    await carryOut(new World(agents, new Terraform()), steps);
  } finally {
    await agents.end();
  }
};

test.each(Object.entries(FOUND))('%s, and holds now', (_, steps) => play(steps));

test(`whatever happens in ${RUNS} sequences: nodes run the new or their last confirmed release, and one apply converges`, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), play), {
    numRuns: RUNS,
    seed: SEED,
  });
  const report = process.env.PEERFORM_REPORT;
  if (report)
    appendFileSync(
      report,
      [`sequences: ${RUNS}`, ...[...TALLY].sort().map(([what, times]) => `${what}: ${times}`), ''].join('\n'),
    );
});
