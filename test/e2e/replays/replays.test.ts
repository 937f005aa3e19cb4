import type { Step } from '../../provider/sequences/step';
import { carryOut } from '../../provider/sequences/steps';
import { NODES, World } from '../../provider/sequences/world';
import { WAYS } from '../support/etcd';
import { bundledProvider, TerraformStack } from '../terraform-stack';
import { Doorkeeper } from '../transaction/doorkeeper';
import { note } from '../transaction/report';
import { CHOSEN, describe as inWords, KINDS, kindsOf } from './chosen';
import { Machines } from './machines';
import { RealAgents } from './real-agents';
import { RealTerraform } from './real-terraform';

/** The clock of the model, which goes on when its provider waits. */
let mockClock = 0;
jest.mock('../../../lib/provider/pause', () => ({
  pause: (ms: number) => {
    mockClock += ms;
    return new Promise((resolve) => setImmediate(resolve));
  },
}));
async function virtually<T>(run: () => Promise<T>): Promise<T> {
  const { now } = performance;
  performance.now = () => mockClock;
  try {
    return await run();
  } finally {
    performance.now = now;
  }
}

jest.setTimeout(600_000);

/** A quarter of them in each of the four processes of `npm run test:long`, a few short ones in `npm test`. */
const QUARTER = process.env.PEERFORM_REPLAYS === 'all' ? Number(process.env.PEERFORM_SEED) % 4 : undefined;
const REPLAYS =
  QUARTER !== undefined
    ? CHOSEN.filter((_, i) => i % 4 === QUARTER)
    : [...CHOSEN].sort((a, b) => a.length - b.length).slice(0, 3);

test('the chosen sequences hold everything that can happen for real', () => {
  const held = new Set(CHOSEN.flatMap((steps) => [...kindsOf(steps)]));
  expect([...KINDS].filter((kind) => !held.has(kind))).toEqual([]);
});

describe.each(WAYS)('sequences on real Terraform and real agents over %s', (way) => {
  let machines: Machines;
  let doors: Doorkeeper;
  let stack: TerraformStack;
  beforeAll(async () => {
    machines = new Machines(NODES);
    doors = await Doorkeeper.of(machines.network.folder, machines.endpoints, [way]);
    stack = new TerraformStack(bundledProvider());
    stack.configure('');
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
    await machines.start(...NODES);
  });
  afterAll(async () => {
    stack?.remove();
    await doors?.close();
    await machines?.remove();
  });

  test.each(REPLAYS.map((steps) => [inWords(steps), steps] as const))('%s', async (words, steps: readonly Step[]) => {
    for (const state of ['terraform.tfstate', 'terraform.tfstate.backup', 'terraform.tfstate.d']) stack.forget(state);
    await Promise.all(NODES.map((node) => machines.wipe(node)));
    const agents = new RealAgents(machines, doors);
    try {
      // A cut link does not come back meanwhile.
      const within = () => (agents.troubles.cut.size > 0 ? 8 : 60);
      await carryOut(new World(agents, new RealTerraform(stack, agents, virtually), within), steps);
    } finally {
      await agents.end();
    }
    note(`over ${way}: ${words}${agents.happened.length > 0 ? ` (${agents.happened.join(', ')})` : ''}`);
  });
});
