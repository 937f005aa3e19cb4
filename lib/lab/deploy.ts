import type { AgentClient } from '../control/client';
import { packDelivery } from '../control/delivery';
import type { Request } from '../control/protocol';
import { makeRelease } from '../control/release';
import type { Fabric } from '../model/fabric';
import { eachOf } from './build';

/** What agents should run, and the owner. */
interface Deploy {
  readonly fabric: Fabric;
  readonly owner: string;
  /** Agents by node. */
  readonly agents: Readonly<Record<string, AgentClient>>;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Seconds after which agents roll back if the lab is killed during the deploy. */
const CONFIRM_WITHIN = 120;

/**
 * Makes agents run a fabric, as a deploy does, but without gates: stages it on all, then activates, confirms and
 * finalises. Unchanged sessions are not affected. Returns false if all of them run it already.
 */
export async function deploy({ fabric, owner, agents, endpoints, secrets }: Deploy): Promise<boolean> {
  const release = makeRelease(fabric);
  const all = Object.entries(agents);
  const summaries = await Promise.all(all.map(([, agent]) => agent.summary()));
  if (summaries.every(({ transaction }) => transaction.confirmed?.release === release.digest)) return false;
  const activation = Math.max(...summaries.map(({ transaction }) => transaction.activation)) + 1;
  const command = (node: string) => ({ node, owner, fabric: fabric.name, release: release.digest, activation });
  const octets = packDelivery({ release, endpoints });
  const each = (work: (agent: AgentClient, node: string) => Promise<unknown>) =>
    eachOf(all, async ([node, agent]) => void (await work(agent, node)));
  try {
    await each(async (agent, node) => {
      await agent.deliver(octets);
      await agent.send('stage', { ...command(node), secrets: { ...secrets } });
    });
    await each((agent, node) => agent.send('activate', { ...command(node), confirmWithin: CONFIRM_WITHIN }));
  } catch (error) {
    const undo = (node: string): Request<'rollback'> => ({ ...command(node), reason: 'the lab could not deploy it' });
    await each((agent, node) => agent.send('rollback', undo(node)).catch(() => undefined));
    throw error;
  }
  await each((agent, node) => agent.send('confirm', command(node)));
  await each((agent, node) => agent.send('finalise', command(node)));
  return true;
}
