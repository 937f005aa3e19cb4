import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { type Endpoint, parseEndpoint } from '../model/endpoint';
import { Problem } from '../model/problem';
import { type Delivery, openDelivery } from './delivery';
import { exchange, NO_AGENT } from './exchange';
import { API, type ErrorBody, type Request, type RouteQuery, type Verb, writeRouteQuery } from './protocol';
import { explainSocket } from './socket-error';
import { sshPool } from './ssh-pool';
import type { AgentEvent, AgentStatus, AgentSummary, FibCheck, Losses, RouteStatus } from './status';

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
    /** Milliseconds that an answer may take; over ssh more until the connection is up. */
    private readonly timeoutMs = 10_000,
    /** Ends what is under way. */
    private readonly signal?: AbortSignal,
  ) {}

  /** Gives the agent a packed release ({@link packDelivery}), to be staged next. */
  async deliver(octets: Uint8Array): Promise<AgentSummary> {
    return (await this.answer('PUT', '/release', octets)) as AgentSummary;
  }

  async send<V extends Verb>(verb: V, body: Request<V>): Promise<AgentSummary> {
    return (await this.answer('POST', `/${verb}`, JSON.stringify(body))) as AgentSummary;
  }

  async summary(): Promise<AgentSummary> {
    return (await this.answer('GET', '/summary')) as AgentSummary;
  }

  /** Node → where its agent is reached, for the fabric's nodes, as far as the agent was told. */
  async endpoints(): Promise<Record<string, string>> {
    return (await this.answer('GET', '/endpoints')) as Record<string, string>;
  }

  async status(): Promise<AgentStatus> {
    return (await this.answer('GET', '/status')) as AgentStatus;
  }

  /** What runs on the node: the whole fabric, and where its agents are reached. */
  async deployed(): Promise<Delivery> {
    const delivery = openDelivery(await octets(await this.call('GET', '/release')));
    if ('release' in delivery) return delivery;
    throw new Refused('invalid', `${this.endpoint} runs a release that is not understood here: ${delivery.join('; ')}`);
  }

  /** The routes of the node's table, or those that a query picks, one after another: a table may be large. */
  async *routes(query?: RouteQuery): AsyncGenerator<RouteStatus> {
    const reply = (await this.call('GET', `/routes${query ? writeRouteQuery(query) : ''}`)).setEncoding('utf8');
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
    return (await this.answer('GET', '/fib', undefined, 60_000)) as FibCheck;
  }

  /** What the release on trial took from the node. */
  async losses(): Promise<Losses> {
    return (await this.answer('GET', '/losses')) as Losses;
  }

  /** Whether a path to the prefix is in use on the node. */
  async holds(prefix: string): Promise<boolean> {
    return (await this.answer('GET', `/holds?prefix=${encodeURIComponent(prefix)}`)) as boolean;
  }

  /** Events after `since`; waits up to `waitSeconds` for one. */
  async events(since: number, waitSeconds = 0): Promise<AgentEvent[]> {
    const path = `/events?since=${since}&wait=${waitSeconds}`;
    return (await this.answer('GET', path, undefined, waitSeconds * 1000)) as AgentEvent[];
  }

  /** Asks, and takes the whole answer, which is JSON. */
  private async answer(method: string, path: string, body?: string | Uint8Array, moreMs = 0): Promise<unknown> {
    const endpoint = this.parsed();
    if (endpoint.scheme !== 'unix') return json(await this.call(method, path, body, moreMs));
    const question = { ...this.question(method, path, body), body, timeout: this.timeoutMs + moreMs };
    const { status, body: answered } = await exchange(endpoint.path, question).catch((error) => {
      throw new Unreachable(`${this.endpoint}: ${explainSocket(error)}`);
    });
    if (status !== 200) throw this.refusal(status, answered);
    try {
      return JSON.parse(answered.toString('utf8'));
    } catch {
      throw new Unreachable(`${this.endpoint}: ${NO_AGENT}`);
    }
  }

  private async call(method: string, path: string, body?: string | Uint8Array, moreMs = 0): Promise<IncomingMessage> {
    const { connectMs, ...way } = wayTo(this.parsed());
    const timeout = this.timeoutMs + moreMs + connectMs;
    const options = { ...way, ...this.question(method, path, body), timeout };
    return this.ask(options, body).catch((error) => {
      // A kept connection may have ended just now. Every verb may be said twice.
      if (error instanceof Stale) return this.ask(options, body);
      throw error;
    });
  }

  private parsed(): Endpoint {
    const endpoint = parseEndpoint(this.endpoint);
    if (endpoint instanceof Problem) throw new Unreachable(endpoint.toString());
    return endpoint;
  }

  private question(method: string, path: string, body: string | Uint8Array | undefined) {
    const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
    const headers: Record<string, string | number> =
      body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    return { method, path: `${API}${path}`, headers, signal: this.signal };
  }

  /** What an answer other than 200 means. */
  private refusal(status: number | undefined, body: Buffer): Error {
    try {
      const { code, message } = (JSON.parse(body.toString('utf8')) as ErrorBody).error;
      return new Refused(code, message);
    } catch {
      return new Unreachable(`${this.endpoint} answered ${status} and no reason`);
    }
  }

  private ask(options: RequestOptions, body: string | Uint8Array | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing: ClientRequest = request(options, (reply) => {
        if (reply.statusCode === 200) return resolve(reply);
        const refuse = (body: Buffer) => reject(this.refusal(reply.statusCode, body));
        octets(reply).then(refuse, () => refuse(Buffer.alloc(0)));
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${options.timeout! / 1000} s`)));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') return reject(new Stale());
        const why = error.code?.startsWith('HPE_') ? NO_AGENT : explainSocket(error);
        reject(new Unreachable(`${this.endpoint}: ${why}`));
      });
      outgoing.end(body);
    });
  }
}

/** A kept connection ended before the answer began. */
class Stale extends Error {}

/** Milliseconds more that a connection over ssh may take to come up: more than ssh gives it, which then tells why. */
const SSH_CONNECT_MS = 12_000;

function wayTo(endpoint: Endpoint): RequestOptions & { connectMs: number } {
  if (endpoint.scheme === 'unix') return { socketPath: endpoint.path, agent: false, connectMs: 0 };
  const way = { agent: sshPool, endpoint, connectMs: SSH_CONNECT_MS };
  return way;
}

const json = async (reply: IncomingMessage): Promise<unknown> => JSON.parse((await octets(reply)).toString('utf8'));

async function octets(reply: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
