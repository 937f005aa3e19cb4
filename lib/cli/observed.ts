import { reach } from '../control/agents';
import { AgentClient, Refused, whyUnobserved } from '../control/client';
import { concurrently } from '../control/concurrency';
import type { Observation } from '../control/observed';
import { type Comparison, compare } from '../preview/observed/comparison';
import { keptPrediction } from '../provider/resource/prediction';
import { CommandError } from './exit-codes';

/** Maximum number of agents contacted concurrently. */
const AT_ONCE = 64;

/**
 * Compares what an activation did (default: the last one) with its plan, as reported by the agents that the one at
 * `via` knows.
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
  const prediction = await keptPrediction([...agents.values()].map((one) => () => predictedBy(one, wanted)));
  return compare(prediction, { activation: wanted, observations, silent });
}

async function predictedBy(agent: AgentClient, activation: number): Promise<string | undefined> {
  const all = await agent.observed({ activation, prediction: true });
  return all.find(({ prediction }) => prediction !== undefined)?.prediction;
}
