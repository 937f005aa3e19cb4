import { parseEndpoint } from '../model/endpoint';
import { printable } from '../model/printable';
import { AgentClient, Refused, Unreachable } from './client';
import { concurrently } from './concurrency';
import type { AgentStatus } from './status';

/** An agent's answer, or why there is none. */
export interface AgentAnswer {
  readonly node: string;
  readonly status?: AgentStatus;
  readonly error?: string;
}

/** How many agents are spoken to at a time. */
const AT_ONCE = 64;

/** No agent of a node is known to the one that was asked. */
class UnknownNode extends Error {
  override readonly name = 'UnknownNode';
  /** `message` names what the agent told of. */
  constructor(message: string) {
    super(printable(message));
  }
}

/**
 * The status of every agent of the fabric that one of them knows, by name. Throws where the first one can't be reached.
 */
export async function statusOfAll(via: string): Promise<AgentAnswer[]> {
  const agent = new AgentClient(via);
  const [first, endpoints] = await Promise.all([agent.status(), agent.endpoints()]);
  const answers: AgentAnswer[] = [{ node: first.node, status: first }];
  const others = Object.entries(endpoints).filter(([node]) => node !== first.node);
  const failed = await concurrently(others, AT_ONCE, async ([node, endpoint]) => {
    const status = await (await reach(via, node, endpoint)).status();
    answers.push({ node, status });
  });
  for (const [[node], { message }] of failed) answers.push({ node, error: message });
  return answers.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
}

/**
 * The agent of a node (absent: the one at `via`), found by way of the one at `via`. Throws {@link UnknownNode} where
 * that knows none.
 */
export async function agentOf(via: string, node?: string): Promise<AgentClient> {
  const agent = new AgentClient(via);
  if (node === undefined) return agent;
  const [first, endpoints] = await Promise.all([agent.summary(), agent.endpoints()]);
  if (first.node === node) return agent;
  if (!Object.hasOwn(endpoints, node)) {
    const known = [...new Set([first.node, ...Object.keys(endpoints)])].sort().join(', ');
    throw new UnknownNode(
      `the agent of ${first.node} does not know node ${node}; it knows ${known}. If the fabric comes from a file without endpoints, pass the endpoint of the node as --via`,
    );
  }
  return reach(via, node, endpoints[node]);
}

/**
 * The agent of a node at the endpoint that the deploy used. A unix endpoint is a path of the machine that deployed:
 * from elsewhere it leads nowhere, or to another node's agent, and then it is said, not guessed.
 */
export async function reach(via: string, node: string, endpoint: string): Promise<AgentClient> {
  const isUnix = schemeOf(endpoint) === 'unix';
  const hint = `the endpoint ${endpoint} of node ${node} is a socket on the machine that deployed the fabric, not on this one. Run the command there, or give the nodes ssh:// endpoints`;
  if (isUnix && schemeOf(via) !== 'unix') throw new Unreachable(hint);
  const agent = new AgentClient(endpoint);
  const { node: found } = await agent.summary().catch((error: Error) => {
    const isAbsent = isUnix && error instanceof Unreachable && error.code === 'ENOENT';
    throw isAbsent ? new Unreachable(`${error.message} (or ${hint})`, error) : error;
  });
  if (found !== node)
    throw isUnix
      ? new Unreachable(`node ${found} answers here; ${hint}`)
      : new Refused(
          'wrong-node',
          `the agent at ${endpoint}, the endpoint of node ${node}, is that of node ${found}: correct the endpoint`,
        );
  return agent;
}

function schemeOf(text: string): string | undefined {
  const endpoint = parseEndpoint(text);
  return 'scheme' in endpoint ? endpoint.scheme : undefined;
}
