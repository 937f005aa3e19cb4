import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Problem } from '../model/problem';
import { parseEndpoint } from './endpoint';
import { API, type ErrorBody, type Request, type Verb } from './protocol';
import type { AgentEvent, AgentStatus, AgentSummary, FibCheck, RouteStatus } from './status';

/** No agent answered at the endpoint. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The agent answered and did not do it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** One agent, spoken to over its endpoint. Every call throws {@link Unreachable} or {@link Refused}. */
export class AgentClient {
  constructor(
    readonly endpoint: string,
    /** Milliseconds that an answer may take. */
    private readonly timeoutMs = 10_000,
  ) {}

  /** Gives the agent a packed release ({@link packDelivery}), to be staged next. */
  async deliver(octets: Uint8Array): Promise<AgentSummary> {
    return (await json(await this.call('PUT', '/release', octets))) as AgentSummary;
  }

  async send<V extends Verb>(verb: V, body: Request<V>): Promise<AgentSummary> {
    return (await json(await this.call('POST', `/${verb}`, JSON.stringify(body)))) as AgentSummary;
  }

  async summary(): Promise<AgentSummary> {
    return (await json(await this.call('GET', '/summary'))) as AgentSummary;
  }

  /** Node → where its agent is reached, for the fabric's nodes, as far as the agent was told. */
  async endpoints(): Promise<Record<string, string>> {
    return (await json(await this.call('GET', '/endpoints'))) as Record<string, string>;
  }

  async status(): Promise<AgentStatus> {
    return (await json(await this.call('GET', '/status'))) as AgentStatus;
  }

  /** The routes of the node's table, one after another: a table may be large. */
  async *routes(): AsyncGenerator<RouteStatus> {
    const reply = (await this.call('GET', '/routes')).setEncoding('utf8');
    let rest = '';
    // Who stops reading early leaves this loop, and the loop ends the connection.
    for await (const chunk of reply) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield JSON.parse(line) as RouteStatus;
    }
  }

  /** Has the agent compare its kernel's table with what BGP chose, and mend it; a large table takes seconds. */
  async checkFib(): Promise<FibCheck> {
    return (await json(await this.call('GET', '/fib', undefined, 60_000))) as FibCheck;
  }

  /** Events after `since`; waits up to `waitSeconds` for one. */
  async events(since: number, waitSeconds = 0): Promise<AgentEvent[]> {
    const reply = await this.call('GET', `/events?since=${since}&wait=${waitSeconds}`, undefined, waitSeconds * 1000);
    return (await json(reply)) as AgentEvent[];
  }

  private call(method: string, path: string, body?: string | Uint8Array, moreMs = 0): Promise<IncomingMessage> {
    const endpoint = parseEndpoint(this.endpoint);
    if (endpoint instanceof Problem) return Promise.reject(new Unreachable(endpoint.toString()));
    return new Promise((resolve, reject) => {
      const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
      const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const outgoing: ClientRequest = request(
        {
          socketPath: endpoint.path,
          method,
          path: `${API}${path}`,
          headers,
          timeout: this.timeoutMs + moreMs,
          agent: false,
        },
        (reply) => {
          if (reply.statusCode === 200) return resolve(reply);
          json(reply).then(
            (answer) => {
              const { code, message } = (answer as ErrorBody).error;
              reject(new Refused(code, message));
            },
            () => reject(new Unreachable(`${this.endpoint} answered ${reply.statusCode} and no reason`)),
          );
        },
      );
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`no answer within ${(this.timeoutMs + moreMs) / 1000} s`)),
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) =>
        reject(new Unreachable(`${this.endpoint}: ${explain(error)}`)),
      );
      outgoing.end(body);
    });
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such socket; is the agent running?',
  ECONNREFUSED: 'nobody listens on the socket; is the agent running?',
  EACCES: 'permission denied; the socket is for root and the group of the agent',
};

const explain = (error: NodeJS.ErrnoException) => REASONS[error.code ?? ''] ?? error.message;

async function json(reply: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
