import { parseEndpoint } from '../model/endpoint';
import { printable } from '../model/printable';
import { AgentClient, Refused, Unreachable } from './client';
import { concurrently } from './concurrency';
import type { AgentStatus, AgentSummary } from './status';

/** An agent's answer, or why there is none. */
export interface AgentAnswer {
  readonly node: string;
  readonly status?: AgentStatus;
  readonly error?: string;
}

/** Maximum number of agents queried concurrently. */
const AT_ONCE = 64;

/** The agent that was asked knows no agent of this node. */
class UnknownNode extends Error {
  override readonly name = 'UnknownNode';
  /** `message` names the nodes that the agent knows. */
  constructor(message: string) {
    super(printable(message));
  }
}

/** The agents of a fabric, reached through one of them. Each is queried at most once. */
export class Agents {
  /** The agent at `via`. */
  readonly first: AgentClient;
  private known: Promise<readonly [AgentSummary, Readonly<Record<string, string>>]> | undefined;
  private all: Promise<readonly AgentAnswer[]> | undefined;
  private readonly reached = new Map<string, Promise<AgentClient>>();

  constructor(private readonly via: string) {
    this.first = new AgentClient(via);
  }

  /** The agent of a node. Throws {@link UnknownNode} if the first agent does not know the node. */
  async of(node: string): Promise<AgentClient> {
    const [first, endpoints] = await this.firstKnows();
    if (first.node === node) return this.first;
    if (!Object.hasOwn(endpoints, node)) {
      const known = [...new Set([first.node, ...Object.keys(endpoints)])].sort().join(', ');
      throw new UnknownNode(
        `the agent of ${first.node} does not know node ${node}; it knows ${known}. If the fabric comes from a file without endpoints, pass the endpoint of the node as --via`,
      );
    }
    const known = this.reached.get(node) ?? reach(this.via, node, endpoints[node]);
    this.reached.set(node, known);
    return known;
  }

  /** The status of every agent that the first one knows, by name. Throws if the first one is unreachable. */
  statuses(): Promise<readonly AgentAnswer[]> {
    this.all ??= this.readStatuses();
    return this.all;
  }

  private async readStatuses(): Promise<readonly AgentAnswer[]> {
    const [first, [, endpoints]] = await Promise.all([this.first.status(), this.firstKnows()]);
    const answers: AgentAnswer[] = [{ node: first.node, status: first }];
    const others = Object.keys(endpoints).filter((node) => node !== first.node);
    const failed = await concurrently(others, AT_ONCE, async (node) => {
      answers.push({ node, status: await (await this.of(node)).status() });
    });
    for (const [node, { message }] of failed) answers.push({ node, error: message });
    return answers.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
  }

  private firstKnows(): NonNullable<Agents['known']> {
    this.known ??= Promise.all([this.first.summary(), this.first.endpoints()]);
    return this.known;
  }
}

/** The status of every agent of the fabric that one of them knows, by name. */
export const statusOfAll = (via: string): Promise<readonly AgentAnswer[]> => new Agents(via).statuses();

/** The agent of a node, found through the one at `via`. Default: the one at `via`. */
export async function agentOf(via: string, node?: string): Promise<AgentClient> {
  const agents = new Agents(via);
  return node === undefined ? agents.first : agents.of(node);
}

/**
 * The agent of a node at the endpoint that the deploy used. A unix endpoint is a path on the machine that deployed:
 * elsewhere it does not exist, or belongs to another node's agent, which is reported as an error.
 */
export async function reach(via: string, node: string, endpoint: string): Promise<AgentClient> {
  const isUnix = schemeOf(endpoint) === 'unix';
  const hint = `the endpoint ${endpoint} of node ${node} is a socket on the machine that deployed the fabric, which may be another than this one. Run the command there, or give the nodes ssh:// endpoints`;
  if (isUnix && schemeOf(via) !== 'unix') throw new Unreachable(`${hint}. If it is this one, pass --via ${endpoint}`);
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
