import { INITIAL_STATE, type TransactionState } from '../../../lib/control/transaction';
import { leftoversOn } from '../../../lib/provider/resource/leftovers';
import { Claims } from '../../../lib/provider/resource/moves';
import { FleetDouble } from '../agent-double';

/** What is waited for has no time of its own here. */
jest.mock('../../../lib/provider/pause', () => ({ pause: async () => {} }));

const OWNER = 'alice@host:/stack';
const step = (fabric: string, activation: number, owner = OWNER) => ({
  release: 'sha256:0',
  activation,
  fabric,
  owner,
});
const kept = { ...INITIAL_STATE, activation: 2, confirmed: step('a', 1), active: step('a', 1) };

let agents: FleetDouble;
let stop: AbortSignal;
beforeEach(() => {
  agents = new FleetDouble();
  stop = new AbortController().signal;
});
afterEach(() => agents.stop());

/** Of a node of fabric `a` that has this. */
async function leftovers(state: TransactionState): Promise<readonly string[]> {
  const agent = agents.get('n1') ?? agents.add('n1');
  agent.state = state;
  const whose = { endpoint: agent.endpoint, fabrics: ['a'], owners: [OWNER] };
  return (await leftoversOn([['n1', agent.summary()]], () => whose, stop)).get('n1') ?? [];
}

test('what another fabric staged is left over where that one is not heard of in this run, or does not want the node', async () => {
  const staged = { ...kept, staged: step('b', 2) };
  expect(await leftovers(staged)).toEqual(['b']);
  Claims.of(stop).claim(['b'], {});
  expect(await leftovers(staged)).toEqual(['b']);
});

test('it is not where that one comes for the node in this run: the node runs on until it is taken', async () => {
  const { endpoint } = agents.add('n1');
  Claims.of(stop).claim(['b2', 'b'], { n1: endpoint });
  expect(await leftovers({ ...kept, staged: step('b', 2) })).toEqual([]);
  expect(await leftovers({ ...kept, active: step('b', 2), deadline: { boot: 'x', at: 1 } })).toEqual([]);
});

test('what is of somebody else, or of the fabric itself, is none', async () => {
  expect(await leftovers({ ...kept, staged: step('b', 2, 'bob@host:/stack') })).toEqual([]);
  expect(await leftovers({ ...kept, staged: step('a', 2) })).toEqual([]);
});

test('a node that another fabric holds is that one’s', async () => {
  expect(await leftovers({ ...kept, confirmed: step('b', 1), active: step('b', 1), staged: step('a', 2) })).toEqual([]);
});
