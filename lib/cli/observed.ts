import { reach } from '../control/agents';
import { AgentClient, Refused, whyUnobserved } from '../control/client';
import { concurrently } from '../control/concurrency';
import type { Observation } from '../control/observed';
import { type Comparison, compare } from '../preview/observed/comparison';
import { unpackPrediction } from '../provider/resource/prediction';
import { CommandError } from './exit-codes';

/** Agents that are asked at a time, and how many for what was predicted: all of them were told. */
const AT_ONCE = 64;
const ASKED = 3;

/**
 * What an activation (absent: the last one) did, beside what its plan said, as the agents of the fabric that the one at
 * `via` knows tell it.
 */
export async function observedAt(via: string, activation?: number): Promise<Comparison> {
  const agent = new AgentClient(via);
  const known = await agent.observed().catch((error: Error) => {
    throw error instanceof Refused && error.code === 'unknown'
      ? new CommandError('failed', `not observed: ${via}: ${whyUnobserved(error)}`)
      : error;
  });
  const wanted = activation ?? known.at(-1)?.activation;
  if (wanted === undefined)
    throw new CommandError(
      'absent',
      `the agent at ${via} remembers no activation: nothing was deployed since it notes them`,
    );
  if (!known.some((one) => one.activation === wanted)) {
    const held = [...new Set(known.map((one) => one.activation))].join(', ');
    throw new CommandError(
      'absent',
      `the agent at ${via} does not remember activation ${wanted}; it remembers ${held || 'none'}`,
    );
  }
  const agents = new Map<string, AgentClient>([[known[0].node, agent]]);
  const observations = new Map<string, readonly Observation[]>([
    [known[0].node, known.filter((one) => one.activation === wanted)],
  ]);
  const others = Object.entries(await agent.endpoints()).filter(([node]) => !agents.has(node));
  const failed = await concurrently(others, AT_ONCE, async ([node, endpoint]) => {
    const other = await reach(via, node, endpoint);
    agents.set(node, other);
    observations.set(node, await other.observed({ activation: wanted }));
  });
  const silent = new Map([...failed].map(([[node], error]) => [node, whyUnobserved(error)]));
  const packed = await predictedBy([...agents.values()].slice(0, ASKED), wanted);
  return compare(packed === undefined ? undefined : unpackPrediction(packed), {
    ...{ activation: wanted, observations, silent },
  });
}

async function predictedBy(agents: readonly AgentClient[], activation: number): Promise<string | undefined> {
  for (const agent of agents) {
    const all = await agent.observed({ activation, prediction: true }).catch(() => []);
    for (const { prediction } of all) if (prediction !== undefined) return prediction;
  }
  return undefined;
}
