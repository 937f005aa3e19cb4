import { reach } from './agents';
import { AgentClient, mayBeDone } from './client';
import { concurrently } from './concurrency';
import type { AgentSummary } from './status';
import { type Activation, type Claim, isSame } from './transaction';

/** Maximum number of agents queried concurrently. */
const AT_ONCE = 64;

/** The outcome of rolling back a release on trial. */
interface Undone {
  /** The activation; absent if none is on trial anywhere. */
  readonly activation?: Activation;
  /** Nodes that run their previous release again. */
  readonly returned: readonly string[];
  /** Nodes that had confirmed it, and keep it. */
  readonly kept: readonly string[];
  /** Nodes that may still run it, or have it staged: what is known of them, and why. */
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * Rolls back an activation on every node of a fabric that has not confirmed it: at once, rather than by the confirm
 * timer. `vias`: endpoints of agents of the fabric, of which the first that responds names the others. Default of
 * `which`: the latest on trial anywhere. Throws if no agent responds.
 */
export async function undo(vias: readonly string[], which: Activation | undefined, reason: string): Promise<Undone> {
  const { agents, summaries, failed } = await surveyBy(vias);
  const activation = which ?? latestOnTrial(summaries.values());
  if (!activation) return { returned: [], kept: [], failed };
  const has = (step: Claim | null) => isSame(step, activation);
  const held = [...summaries].filter(([, { transaction }]) => has(transaction.active) || has(transaction.staged));
  const kept = held.filter(([, { transaction }]) => has(transaction.confirmed)).map(([node]) => node);
  const open = held.filter(([node]) => !kept.includes(node));
  const unsaid = await concurrently(open, AT_ONCE, async ([node, { transaction }]) => {
    const step = has(transaction.active) ? transaction.active : transaction.staged;
    const owner = step?.owner ?? transaction.owner ?? '';
    const { release, activation: number } = activation;
    await agents.get(node)!.send('rollback', {
      ...{ node, owner, release, activation: number, reason },
      ...(step?.fabric !== undefined && { fabric: step.fabric }),
    });
  });
  const untold = new Map(
    [...unsaid].map(([[node, { transaction }], error]) => [node, whatIsLeft(error, has(transaction.active))]),
  );
  const returned = open.filter(([node, { transaction }]) => !untold.has(node) && has(transaction.active));
  return {
    activation: { release: activation.release, activation: activation.activation },
    returned: returned.map(([node]) => node).sort(),
    kept: kept.sort(),
    failed: new Map([...failed, ...untold]),
  };
}

const BY_ITSELF = 'rolls back by itself when no confirmation arrives';

/** What is known of a node whose rollback failed. */
function whatIsLeft(error: Error, isRunning: boolean): string {
  const { message } = error;
  if (!isRunning) return `may still have it staged, without running it: ${message}`;
  return mayBeDone(error)
    ? `did not answer; it was rolled back, or ${BY_ITSELF}: ${message}`
    : `was not rolled back, and ${BY_ITSELF}: ${message}`;
}

interface Surveyed {
  readonly agents: ReadonlyMap<string, AgentClient>;
  readonly summaries: ReadonlyMap<string, AgentSummary>;
  readonly failed: Map<string, string>;
}

/** The summaries of all agents known to the first of these that responds. */
async function surveyBy(vias: readonly string[]): Promise<Surveyed> {
  const reasons: string[] = [];
  for (const via of vias) {
    const first = new AgentClient(via);
    try {
      const [summary, endpoints] = await Promise.all([first.summary(), first.endpoints()]);
      const agents = new Map([[summary.node, first]]);
      const summaries = new Map([[summary.node, summary]]);
      const others = Object.entries(endpoints).filter(([node]) => node !== summary.node);
      const failed = await concurrently(others, AT_ONCE, async ([node, endpoint]) => {
        const agent = await reach(via, node, endpoint);
        summaries.set(node, await agent.summary());
        agents.set(node, agent);
      });
      const absent = [...failed].map(
        ([[node], { message }]) =>
          [node, `did not report what it runs; if it has the release on trial, it ${BY_ITSELF}: ${message}`] as const,
      );
      return { agents, summaries, failed: new Map(absent) };
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(reasons.length > 0 ? reasons.join('; ') : 'no agent was given');
}

/** The latest activation that runs somewhere unconfirmed. */
function latestOnTrial(summaries: Iterable<AgentSummary>): Activation | undefined {
  const onTrial = [...summaries].flatMap(({ transaction: { active, confirmed } }) =>
    active && !isSame(confirmed, active) ? [active] : [],
  );
  return onTrial.sort((a, b) => b.activation - a.activation)[0];
}

/** The outcome, in lines for display. */
export function describeUndone({ activation, returned, kept, failed }: Undone): string[] {
  const left = [...failed].map(([node, what]) => `node ${node} ${what}`);
  if (!activation && failed.size > 0)
    return ['no release is on trial on the nodes that responded: nothing was rolled back', ...left];
  if (!activation) return ['no release is on trial: nothing was rolled back'];
  return [
    returned.length > 0
      ? `activation ${activation.activation} was rolled back; these nodes run again what they ran before: ${returned.join(', ')}`
      : failed.size > 0
        ? `activation ${activation.activation} is not known to have been rolled back on any node`
        : `activation ${activation.activation} is not on trial on any node: nothing was rolled back`,
    ...(kept.length > 0 ? [`these nodes had confirmed it and keep it: ${kept.join(', ')}`] : []),
    ...left,
  ];
}
