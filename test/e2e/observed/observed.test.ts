import { execFileSync } from 'node:child_process';
import { observedAt } from '../../../lib/cli/observed';
import { share } from '../../breadth';
import { eventually, LocalNetwork } from '../support/network';
import { note } from '../transaction/report';
import { Deployer } from './deployer';
import { Dice } from './dice';
import { changed, type Draft, FIRST, NODES, TOR } from './random-fabric';

const ROUNDS = Number(process.env.PEERFORM_ROUNDS ?? share(3));
const SEED = Number(process.env.PEERFORM_SEED ?? 1);

const hasBird = (): boolean => {
  try {
    execFileSync('bird', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
};

/**
 * It tells of a network of its own, and takes all that it is told; each node has the AS number that it was known by.
 */
const bird = (as: number) => `router id 10.0.0.${TOR.number};
protocol device {}
protocol static { ipv4; route ${TOR.network} blackhole; }
${NODES.map(
  (node) => `protocol bgp ${node} {
  local as ${TOR.as}; neighbor 10.0.0.${node.slice(1)} as ${as}; connect retry time 1; error wait time 1, 2; connect delay time 1;
  ipv4 { import all; export where source = RTS_STATIC; };
}`,
).join('\n')}
`;

/** A change that changes something. */
function otherThan(draft: Draft, dice: Dice): ReturnType<typeof changed> {
  for (;;) {
    const next = changed(draft, dice);
    if (JSON.stringify(next.draft) !== JSON.stringify(draft)) return next;
  }
}

/**
 * Random changes of a random fabric, deployed to real agents: what each did is compared with what was predicted of it.
 */
describe('random changes, deployed', () => {
  let network: LocalNetwork;
  beforeAll(async () => {
    network = new LocalNetwork([1, 2, 3, 4, 5, TOR.number]);
    for (const [i, node] of NODES.entries()) {
      const machine = network.machines[i];
      machine.pair('cali1');
      machine.ip(`route add 10.65.${i + 1}.1/32 dev cali1`);
      machine.ip(`-6 route add fd65::${i + 1}/128 dev cali1`);
      network.agent(machine, node);
    }
    if (hasBird()) network.bird(network.machines[5], bird(64512));
    await Promise.all(NODES.map((node) => eventually(() => network.client(node).status())));
  });
  afterAll(() => network.remove());

  test(
    'go as predicted, session by session and prefix by prefix',
    async () => {
      const dice = new Dice(SEED);
      const endpoint = (node: string) => `unix://${network.path(`${node}.sock`)}`;
      const deployer = new Deployer(endpoint);
      const wrong: string[] = [];
      const counts = new Map<string, number>();
      let draft: Draft = FIRST;
      for (let round = 0; round <= ROUNDS; round++) {
        const next = round === 0 ? { draft, what: ['first deploy'] } : otherThan(draft, dice);
        const names = Object.keys(next.draft.nodes);
        const first = names.filter(() => dice.roll(2) === 0);
        const waves = [first, names.filter((name) => !first.includes(name))].filter((one) => one.length > 0);
        const outcome = await deployer.deploy(next.draft, waves);
        const title = `${round} (${next.what.join(', ')}; waves ${waves.map((one) => one.join('+')).join(', ')})`;
        if ('refused' in outcome) {
          wrong.push(`${title}: refused: ${outcome.refused}`);
          continue;
        }
        draft = next.draft;
        if (!outcome.observed.startsWith('as predicted'))
          wrong.push(`${title}: ${outcome.observed}\n${outcome.detail}`);
        const later = await observedAt(endpoint('n1'), outcome.activation);
        if (later.verdict !== 'as predicted') wrong.push(`${title}, a moment later: ${JSON.stringify(later, null, 1)}`);
        for (const [change, number] of Object.entries(later.observed))
          counts.set(change, (counts.get(change) ?? 0) + number);
        counts.set('lost', (counts.get('lost') ?? 0) + later.losses.length);
      }
      note(
        `${ROUNDS} changes: ${[...counts].map(([what, number]) => `${number} ${what === 'lost' ? 'losses of a prefix at a node' : `sessions ${what}`}`).join(', ')}`,
      );
      expect(wrong).toEqual([]);
    },
    60_000 + ROUNDS * 60_000,
  );
});
