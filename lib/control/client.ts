import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { type Endpoint, type EtcdEndpoint, parseEndpoint } from '../model/endpoint';
import { inheritingNothing } from '../model/named';
import { printable } from '../model/printable';
import { Problem } from '../model/problem';
import type { SentRoutes } from '../topology/outside-routes';
import { type Delivery, openDelivery } from './delivery';
import { FleetClient, NoReply, UnreadableReply } from './fleet/client';
import type { Health, HealthQuery } from './health';
import { healthWithin } from './health-wait';
import { exchange, LARGEST_ANSWER, NO_AGENT, NoAgent, TOO_LARGE } from './http-exchange';
import { type JsonLimits, parseJson } from './json';
import type { Observation, ObservedQuery, RecordedPrediction } from './observed';
import { unknownFieldsInWords } from './older-agents';
import { readSent, sentRoutesName } from './outside';
import { pause } from './pause';
import {
  API,
  type ExchangeQuery,
  type Request,
  type RouteQuery,
  type Verb,
  writeExchangeQuery,
  writeRouteQuery,
} from './protocol';
import { ResponseTimeout } from './response-timeout';
import { type MessageShape, readAs, SHAPES } from './shape';
import { sshPool } from './ssh-pool';
import type {
  AgentEvent,
  AgentStatus,
  AgentSummary,
  FibCheck,
  RouteStatus,
  SessionMatches,
  TrialLosses,
} from './status';
import { explainSocket } from './system-error';

/** The status of a node with thousands of sessions has some hundred thousand values. */
const ANSWER: JsonLimits = { octets: LARGEST_ANSWER, values: 2_000_000, depth: 64 };

/** A route's path may contain thousands of AS numbers. */
const LONGEST_LINE = 256 * 1024;

/** Milliseconds of pause after an answer without events that did not wait for one. */
const EARLY_MS = 1_000;

const CUT_SHORT = 'it closed the connection before its answer was complete';

/** Errors of a socket that was not connected. */
const UNSENT: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES']);

/** No agent responded at the endpoint. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  /** The endpoint, if it was a single one. */
  readonly endpoint?: string;
  /** The system's error code if the socket itself failed: `ENOENT`, `ECONNREFUSED` and so on. */
  readonly code?: string;
  /** The request has certainly not reached an agent. */
  readonly isUnsent: boolean;
  /** What is wrong with the etcd through which the agent was to be asked: then nothing is known of the agent. */
  readonly etcd?: string;
  /** `message` may contain output of whatever is at the endpoint: it is reduced to one line. */
  constructor(
    message: string,
    { endpoint, code, isUnsent = false, etcd }: Partial<Omit<Unreachable, keyof Error>> = {},
  ) {
    super(printable(message));
    this.endpoint = endpoint;
    this.code = code;
    this.isUnsent = isUnsent || UNSENT.has(code ?? '');
    this.etcd = etcd === undefined ? undefined : printable(etcd);
  }
}

/** What answered at the endpoint cannot be used: it is not what an agent of this version says. */
export class Unusable extends Unreachable {}

/** It names another node. */
export class Misnamed extends Unusable {}

/** The agent refused the request. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly code: string,
    message: string,
    /** Fields of the release that the agent, being older, does not know: as paths, or as names by an agent of 0.1. */
    readonly unknownFields: readonly string[] = [],
  ) {
    super(printable(message)); // it may come from the agent
  }
}

/**
 * Whether a change that failed may have been made all the same: the agent did not answer, although it may have the
 * request, or failed while it executed it.
 */
export const mayBeDone = (error: Error): boolean => {
  if (error instanceof Refused) return error.code === 'internal';
  return !(error instanceof Unreachable && error.isUnsent);
};

/** For users, why there is no answer of an agent that can be used: one came all the same, or none. */
export function lackInWords(error: Error): string {
  const { message } = error;
  if (error instanceof Refused) return `refuses to answer: ${message}`;
  if (error instanceof Unreachable && error.etcd !== undefined) return `cannot be asked: ${error.etcd}`;
  return error instanceof Unusable ? `gave no usable answer: ${message}` : `does not respond: ${message}`;
}

/** Why an agent did not report what an activation did. */
export const whyUnobserved = (error: Error): string =>
  error instanceof Refused && error.code === 'unknown' ? 'its agent is older and records nothing' : error.message;

/** Answers in which an agent says of which node it is, or in each entry of which it does. */
const NAMES_ITSELF: ReadonlySet<unknown> = new Set([SHAPES.summary, SHAPES.status, SHAPES.fib, SHAPES.observed]);

type Named = Pick<AgentSummary, 'node'>;

/** What a request has beyond its method and path. */
interface Asked {
  /** Of several that are sent together: a refusal of it does not end them. */
  readonly isOptional?: boolean;
  readonly body?: string | Uint8Array;
  /** The body has secrets. */
  readonly isSecret?: boolean;
  /** Milliseconds by which the response may take longer. */
  readonly moreMs?: number;
}

/** A request, alone or one of several that are executed in order. */
type Step = Asked & { readonly method: string; readonly path: string };

const asGet = (path: string, moreMs = 0): Step => ({ method: 'GET', path, moreMs });
const asDelivery = (octets: Uint8Array): Step => ({ method: 'PUT', path: '/release', body: octets });
const asPrediction = (prediction: RecordedPrediction): Step => {
  return { method: 'PUT', path: '/prediction', body: JSON.stringify(prediction) };
};
function asVerb<V extends Verb>(verb: V, body: Request<V>): Step {
  const isSecret = 'secrets' in body && Object.keys(body.secrets ?? {}).length > 0;
  return { method: 'POST', path: `/${verb}`, body: JSON.stringify(body), isSecret };
}
const asDrained = (withinMs: number): Step => {
  return { method: 'GET', path: `/summary?drained=${withinMs}`, moreMs: withinMs };
};

/** An agent, reached through its endpoint. Every call throws {@link Unreachable} or {@link Refused}. */
export class AgentClient {
  constructor(
    readonly endpoint: string,
    /** Timeout of a response in milliseconds ({@link ResponseTimeout}); over ssh, plus the time to connect. */
    private readonly timeoutMs = 10_000,
    /** Aborts requests in progress. */
    private readonly signal?: AbortSignal,
  ) {}

  /** Uploads a packed release ({@link packDelivery}), to be staged next. */
  deliver(octets: Uint8Array): Promise<AgentSummary> {
    return this.answer(SHAPES.summary, asDelivery(octets));
  }

  /** Uploads the plan's prediction for the activation that is staged next; an older agent refuses with `unknown`. */
  predict(prediction: RecordedPrediction): Promise<AgentSummary> {
    return this.answer(SHAPES.summary, asPrediction(prediction));
  }

  send<V extends Verb>(verb: V, body: Request<V>): Promise<AgentSummary> {
    return this.answer(SHAPES.summary, asVerb(verb, body));
  }

  /**
   * Uploads a packed release and the plan's prediction, without which an older agent works, and stages it. `stop`: what
   * was not begun by then is not done.
   */
  async stage(
    octets: Uint8Array,
    prediction: RecordedPrediction | undefined,
    request: Request<'stage'>,
    stop?: AbortSignal,
  ): Promise<AgentSummary> {
    const endpoint = this.parsed();
    const predicted = prediction ? [{ ...asPrediction(prediction), isOptional: true }] : [];
    if (endpoint.scheme === 'etcd')
      return this.together(endpoint, [asDelivery(octets), ...predicted, asVerb('stage', request)]);
    await this.deliver(octets);
    stop?.throwIfAborted();
    if (prediction) await this.predict(prediction).catch(() => {});
    stop?.throwIfAborted();
    return this.send('stage', request);
  }

  /** Finalises, and waits for up to so many milliseconds until the retiring sessions are closed, as {@link drained}. */
  async finalise(request: Request<'finalise'>, withinMs: number): Promise<AgentSummary> {
    const endpoint = this.parsed();
    if (endpoint.scheme === 'etcd') return this.together(endpoint, [asVerb('finalise', request), asDrained(withinMs)]);
    const summary = await this.send('finalise', request);
    return summary.transaction.retiring?.phase === 'draining' ? this.drained(withinMs).catch(() => summary) : summary;
  }

  /** `outside`: include outside neighbours, which an older agent omits. */
  summary({ outside = false }: { readonly outside?: boolean } = {}): Promise<AgentSummary> {
    return this.answer(SHAPES.summary, asGet(outside ? '/summary?outside=1' : '/summary'));
  }

  /** The summary once its retiring sessions are closed, or after so many milliseconds; an older agent does not wait. */
  drained(withinMs: number): Promise<AgentSummary> {
    return this.answer(SHAPES.summary, asDrained(withinMs));
  }

  /** The routes an outside neighbour sends, by their name in the summary. */
  async sent(name: string): Promise<SentRoutes> {
    const said = await this.answer(SHAPES.any, asGet(`/sent?name=${encodeURIComponent(name)}`));
    const sent = readSent(said);
    if (!sent) throw this.unusable('it reports routes in a form that is not supported here');
    // What one node says counts for all that receive a table of this name: none may say it for another.
    if (sentRoutesName(said as SentRoutes) === name) return sent;
    throw this.unusable(`the routes that it reports are not those named ${name}`);
  }

  /** Endpoints of the fabric's agents by node, as far as the agent knows. */
  async endpoints(): Promise<Readonly<Record<string, string>>> {
    return inheritingNothing(await this.answer(SHAPES.endpoints, asGet('/endpoints')));
  }

  status(): Promise<AgentStatus> {
    return this.answer(SHAPES.status, asGet('/status'));
  }

  /**
   * What a gate asks of the node. For an older agent it is worked out here, from its full status, without waiting.
   */
  async health(query: HealthQuery): Promise<Health> {
    const asked: Step = { method: 'POST', path: '/health', body: JSON.stringify(query), moreMs: query.waitMs };
    try {
      return await this.answer(SHAPES.health, asked);
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'unknown')) throw error;
    }
    const status = await this.status();
    return healthWithin({ status: () => status, losses: () => this.losses() }, { ...query, waitMs: 0 });
  }

  /** What runs on the node: the whole fabric, and its agents' endpoints. */
  async deployed(): Promise<Delivery> {
    const delivery = openDelivery(await this.whole(asGet('/release')));
    if ('release' in delivery) return delivery;
    throw new Refused(
      'invalid',
      `${this.endpoint} runs a release that is not supported here: ${delivery.join('; ')}${this.remedy()}`,
    );
  }

  /** The routes of the node's table, or those selected by a query, as a stream: a table may be large. */
  routes(query?: RouteQuery): AsyncGenerator<RouteStatus> {
    return this.routesAt(`/routes${query ? writeRouteQuery(query) : ''}`);
  }

  /** The routes that the node exchanges with a neighbour; an older agent refuses with `unknown`. */
  exchanged(query: ExchangeQuery): AsyncGenerator<RouteStatus> {
    return this.routesAt(`/exchanged${writeExchangeQuery(query)}`);
  }

  private async *routesAt(path: string): AsyncGenerator<RouteStatus> {
    const endpoint = this.parsed();
    const parts =
      endpoint.scheme === 'etcd'
        ? [await this.whole(asGet(path))]
        : this.chunks(await this.call(endpoint, 'GET', path));
    let rest = '';
    const decoder = new StringDecoder('utf8');
    // A reader that stops early leaves this loop, which closes the connection.
    for await (const chunk of parts) {
      const lines = `${rest}${decoder.write(chunk)}`.split('\n');
      rest = lines.pop()!;
      if (rest.length > LONGEST_LINE) throw this.misunderstood(`a line of more than ${LONGEST_LINE} octets`);
      for (const line of lines) yield this.read(SHAPES.route, Buffer.from(line));
    }
  }

  /**
   * Has the agent compare its kernel's table with the routes chosen by BGP, and repair it; a large table takes seconds.
   */
  checkFib(): Promise<FibCheck> {
    return this.answer(SHAPES.fib, asGet('/fib', 60_000));
  }

  /** Counts what the filters of each session decide, over the whole table; an older agent refuses with `unknown`. */
  matches(): Promise<SessionMatches[]> {
    return this.answer(SHAPES.matches, asGet('/matches', 60_000));
  }

  /** What the node lost under the release on trial. */
  losses(): Promise<TrialLosses> {
    return this.answer(SHAPES.losses, asGet('/losses'));
  }

  /** Observations of activations on the node, latest last; an older agent refuses with `unknown`. */
  observed({ activation, prediction }: ObservedQuery = {}): Promise<Observation[]> {
    const parameters = [
      ...(activation === undefined ? [] : [`activation=${activation}`]),
      ...(prediction ? ['prediction=1'] : []),
    ];
    return this.answer(SHAPES.observed, asGet(`/observed${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`));
  }

  /** Whether a path to the prefix is in use on the node. */
  holds(prefix: string): Promise<boolean> {
    return this.answer(SHAPES.holds, asGet(`/holds?prefix=${encodeURIComponent(prefix)}`));
  }

  /**
   * Events after `since`, in order, or all of an agent that was started since; waits up to `waitSeconds` for one. What
   * answers at once without any, as no agent does, is not asked again as fast as it answers.
   */
  async events(since: number, waitSeconds = 0): Promise<AgentEvent[]> {
    const path = `/events?since=${since}&wait=${waitSeconds}`;
    const begun = performance.now();
    const events = await this.answer(SHAPES.events, asGet(path, waitSeconds * 1000));
    if (events.some(({ sequence }, i) => i > 0 && sequence <= events[i - 1].sequence))
      throw this.misunderstood('its events are not in order');
    const isAnew = events.length > 0 && events.at(-1)!.sequence < since;
    const found = isAnew ? events : events.filter(({ sequence }) => sequence > since);
    const isEarly = found.length === 0 && performance.now() - begun < waitSeconds * 500;
    if (isEarly) await pause(EARLY_MS, this.signal);
    return found;
  }

  /** Sends a request and reads the whole response, JSON of this shape. */
  private async answer<T>(shape: MessageShape<T>, step: Step): Promise<T> {
    return this.read(shape, await this.whole(step));
  }

  /** Sends a request and reads the whole response. */
  private async whole(step: Step): Promise<Buffer> {
    const endpoint = this.parsed();
    if (endpoint.scheme === 'etcd') return this.throughEtcd(endpoint, [step]);
    const { method, path, body, moreMs = 0 } = step;
    if (endpoint.scheme === 'ssh')
      return collect(this.chunks(await this.call(endpoint, method, path, body, moreMs), moreMs));
    const asked = { ...this.question(method, path, body), body, timeout: this.timeoutMs + moreMs };
    const { status, body: answered } = await exchange(endpoint.path, asked).catch((error) => {
      throw error instanceof NoAgent
        ? this.unusable(error.message)
        : this.unreachable(explainSocket(error), { code: error.code });
    });
    if (status !== 200) throw this.refusal(status, answered);
    return answered;
  }

  /** Sends requests that are executed in order, until one is refused that is not optional; reads the last response. */
  private async together(endpoint: EtcdEndpoint, steps: readonly Step[]): Promise<AgentSummary> {
    return this.read(SHAPES.summary, await this.throughEtcd(endpoint, steps));
  }

  private async throughEtcd(endpoint: EtcdEndpoint, steps: readonly Step[]): Promise<Buffer> {
    const { signal } = this;
    const moreMs = Math.max(...steps.map((step) => step.moreMs ?? 0));
    const { status, body } = await FleetClient.to(endpoint)
      .ask(endpoint.node, {
        steps: steps.map(({ moreMs: _, path, ...step }) => ({ ...step, path: `${API}${path}` })),
        ...{ waits: moreMs > 0, timeoutMs: this.timeoutMs + moreMs, signal },
      })
      .catch((error: Error) => {
        if (error instanceof UnreadableReply) throw this.unusable(error.message);
        const { isUnsent = false, isOfEtcd = false } = error instanceof NoReply ? error : {};
        throw this.unreachable(error.message, { isUnsent, ...(isOfEtcd && { etcd: error.message }) });
      });
    if (status !== 200) throw this.refusal(status, body);
    return body;
  }

  private read<T>(shape: MessageShape<T>, octets: Buffer): T {
    let said: unknown;
    try {
      said = parseJson(octets, ANSWER);
    } catch (error) {
      throw error instanceof SyntaxError ? this.unusable(NO_AGENT) : this.misunderstood((error as Error).message);
    }
    let answer: T;
    try {
      answer = readAs(shape, said);
    } catch (error) {
      throw this.misunderstood((error as Error).message);
    }
    if (NAMES_ITSELF.has(shape)) for (const { node } of [answer].flat() as Named[]) this.verifyNode(node);
    return answer;
  }

  /** Through etcd, anyone who has the certificate of a node may answer for it, and be shown as another. */
  private verifyNode(node: string): void {
    const { endpoint } = this;
    const asked = this.parsed();
    if (asked.scheme !== 'etcd' || node === asked.node) return;
    const what = `the answer for node ${asked.node} names node ${node}`;
    throw new Misnamed(`${endpoint}: ${what}${this.remedy()}`, { endpoint });
  }

  /** Who may have written an answer that is not as an agent writes it, and what to do, where it came through etcd. */
  private remedy(): string {
    const asked = this.parsed();
    if (asked.scheme !== 'etcd') return '';
    const { node } = asked;
    return `: somebody with the certificate of ${node} may have written this answer. Check ${node}, and unless its agent wrote it, revoke and replace its certificate`;
  }

  private misunderstood(why: string): Unusable {
    return this.unusable(`${NO_AGENT}, or an agent of an unsupported version (${why})`);
  }

  private unusable(why: string): Unusable {
    return new Unusable(`${this.endpoint}: ${why}${this.remedy()}`, { endpoint: this.endpoint });
  }

  private unreachable(why: string, more: Partial<Pick<Unreachable, 'code' | 'isUnsent' | 'etcd'>> = {}): Unreachable {
    return new Unreachable(`${this.endpoint}: ${why}`, { endpoint: this.endpoint, ...more });
  }

  /** The chunks of a response, within its time limit. */
  private async *chunks(reply: IncomingMessage, moreMs = 0): AsyncGenerator<Buffer> {
    const timer = new ResponseTimeout(this.timeoutMs + moreMs, 0, (why) => reply.destroy(why));
    const fail = ({ message, code }: NodeJS.ErrnoException) => {
      throw this.unreachable(code === 'ECONNRESET' ? CUT_SHORT : message, { code });
    };
    const parts = reply[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (;;) {
        timer.wait();
        const { done, value } = await parts.next().catch(fail);
        if (done) return;
        timer.came(value.length);
        yield value;
      }
    } finally {
      timer.rest();
      await parts.return?.(); // closes the connection if it is not read to its end
    }
  }

  private async call(
    endpoint: HttpEndpoint,
    method: string,
    path: string,
    body?: string | Uint8Array,
    moreMs = 0,
  ): Promise<IncomingMessage> {
    const { connectMs, ...way } = wayTo(endpoint);
    const timeout = this.timeoutMs + moreMs + connectMs;
    const options = { ...way, ...this.question(method, path, body), timeout };
    return this.ask(options, body).catch((error) => {
      // A kept-alive connection may just have been closed. Every verb is idempotent.
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

  /** The error for a response other than 200. */
  private refusal(status: number | undefined, body: Buffer): Error {
    try {
      const { error } = readAs(SHAPES.refusal, parseJson(body, ANSWER));
      const { code, message, fields } = error;
      return new Refused(code, message, fields ?? unknownFieldsInWords(code, message));
    } catch {
      return this.unusable(`it answered ${status} without a reason`);
    }
  }

  private ask(options: RequestOptions, body: string | Uint8Array | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing: ClientRequest = request(options, (reply) => {
        timer.rest();
        outgoing.setTimeout(0); // the reader sets the timeout
        if (reply.statusCode === 200) return resolve(reply);
        const refuse = (body: Buffer) => reject(this.refusal(reply.statusCode, body));
        collect(this.chunks(reply)).then(refuse, () => refuse(Buffer.alloc(0)));
      });
      const timer = new ResponseTimeout(options.timeout!, body?.length ?? 0, (why) => outgoing.destroy(why));
      timer.wait();
      outgoing.on('close', () => timer.rest());
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') return reject(new Stale());
        reject(
          error.code?.startsWith('HPE_')
            ? this.unusable(NO_AGENT)
            : this.unreachable(explainSocket(error), { code: error.code }),
        );
      });
      outgoing.end(body);
    });
  }
}

/** A kept-alive connection was closed before the response began. */
class Stale extends Error {}

/** Additional milliseconds for connecting over ssh: more than ssh's own limit, so that ssh reports the reason. */
const SSH_CONNECT_MS = 12_000;

/** An endpoint with a connection to the agent itself. */
type HttpEndpoint = Exclude<Endpoint, EtcdEndpoint>;

function wayTo(endpoint: HttpEndpoint): RequestOptions & { connectMs: number } {
  if (endpoint.scheme === 'unix') return { socketPath: endpoint.path, agent: false, connectMs: 0 };
  const way = { agent: sshPool, endpoint, connectMs: SSH_CONNECT_MS };
  return way;
}

async function collect(parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of parts) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new Unusable(TOO_LARGE); // leaving the loop closes the connection
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
