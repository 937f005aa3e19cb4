import { AgentClient, Unreachable } from '../control/client';
import type { Request, Verb } from '../control/protocol';
import { SCHEMA_VERSION } from '../control/release';
import type { AgentStatus } from '../control/status';
import { type Diagnostic, error, warning } from './diagnostic';

/** What came of asking every agent for its status. */
export interface Survey {
  readonly statuses: ReadonlyMap<string, AgentStatus>;
  /** Nodes whose agent did not answer, and why. */
  readonly absent: ReadonlyMap<string, string>;
}

/** How many agents are spoken to at a time. */
const AT_ONCE = 64;
/** An agent that is alive tells its status at once. */
const STATUS_TIMEOUT_MS = 5_000;
/** Checking and storing a release of thousands of nodes takes a moment. */
const VERB_TIMEOUT_MS = 30_000;

/** The agents of some nodes, by node name and endpoint. */
export class Fleet {
  constructor(readonly endpoints: Readonly<Record<string, string>>) {}

  get nodes(): string[] {
    return Object.keys(this.endpoints);
  }

  /** The fleet without some of its nodes. */
  without(left: Iterable<string>): Fleet {
    const out = new Set(left);
    return new Fleet(Object.fromEntries(Object.entries(this.endpoints).filter(([node]) => !out.has(node))));
  }

  /** Asks all for their status. Only {@link Unreachable} counts as absent; an answer that is none is thrown. */
  async survey(): Promise<Survey> {
    const statuses = new Map<string, AgentStatus>(),
      absent = new Map<string, string>();
    await this.each(this.nodes, async (node) => {
      try {
        statuses.set(node, await new AgentClient(this.endpoints[node], STATUS_TIMEOUT_MS).status());
      } catch (failure) {
        if (!(failure instanceof Unreachable)) throw failure;
        absent.set(node, failure.message);
      }
    });
    return { statuses, absent };
  }

  /** Sends a verb to some nodes; gives those that did not carry it out, and why. */
  async send<V extends Verb>(
    verb: V,
    nodes: readonly string[],
    body: (node: string) => Request<V>,
  ): Promise<Map<string, string>> {
    const failed = new Map<string, string>();
    await this.each(nodes, async (node) => {
      try {
        await new AgentClient(this.endpoints[node], VERB_TIMEOUT_MS).send(verb, body(node));
      } catch (failure) {
        failed.set(node, failure instanceof Error ? failure.message : String(failure));
      }
    });
    return failed;
  }

  private async each(nodes: readonly string[], visit: (node: string) => Promise<void>): Promise<void> {
    const rest = nodes[Symbol.iterator]();
    const worker = async () => {
      for (const node of rest) await visit(node);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, nodes.length) }, worker));
  }
}

/** `n1 (reason)`, one a line. */
export const listing = (reasons: Iterable<readonly [string, string]>): string =>
  [...reasons]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, reason]) => `  node ${node}: ${reason}`)
    .join('\n');

const names = (nodes: Iterable<string>): string => [...nodes].sort().join(', ');

/** What a refresh says of agents that do not answer. */
export function absentAtRefresh(absent: ReadonlyMap<string, string>): Diagnostic[] {
  if (absent.size === 0) return [];
  const detail = `What is known of them is as old as the last refresh or deploy.\n${listing(absent)}`;
  return [warning(`Agents do not answer: ${names(absent.keys())}`, detail)];
}

/**
 * What keeps an apply from beginning: agents that do not answer (but those that may be absent), that are another node than
 * the one meant, or that do not understand what would be sent. Nothing was changed.
 */
export function obstacles({ statuses, absent }: Survey, mayBeAbsent: ReadonlySet<string>): Diagnostic[] {
  const missing = [...absent].filter(([node]) => !mayBeAbsent.has(node));
  const strangers = [...statuses].filter(([node, status]) => status.node !== node);
  const others = [...statuses].filter(([, status]) => status.schemaVersion !== SCHEMA_VERSION);
  return [
    ...(missing.length > 0
      ? [
          error(
            `Agents do not answer: ${names(missing.map(([node]) => node))}`,
            `Nothing was changed. Start them, or name them in "unreachable" to go on without them; they catch up at a later deploy.\n${listing(missing)}`,
          ),
        ]
      : []),
    ...strangers.map(([node, status]) =>
      error(
        `The agent at the endpoint of node ${node} is node ${status.node}`,
        'Nothing was changed. Correct the endpoint.',
        ['nodes', node],
      ),
    ),
    ...others.map(([node, status]) =>
      error(
        `The agent of node ${node} (version ${status.version}) understands releases of schema version ${status.schemaVersion}, not ${SCHEMA_VERSION}`,
        'Nothing was changed. Let the agent and the provider be of the same version of Peerform.',
        ['nodes', node],
      ),
    ),
  ];
}
