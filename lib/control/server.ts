import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../model/problem';
import type { SentRoutes, WorkloadRoutes } from '../topology/outside-routes';
import { yieldTurn } from './concurrency';
import { limitConnections } from './connection-limit';
import { type Delivery, packAside } from './delivery';
import { healthQuerySchema, MOST_WAIT_MS } from './health';
import { awaited, healthWithin } from './health-wait';
import { type JsonLimits, parseJson } from './json';
import { type Observation, type ObservedQuery, predictionSchema, type RecordedPrediction } from './observed';
import type { OutsideStatus } from './outside';
import {
  API,
  type ExchangeQuery,
  type Request,
  type RouteQuery,
  readExchangeQuery,
  readRouteQuery,
  VERBS,
  type Verb,
} from './protocol';
import type { Release } from './release';
import type {
  AgentEvent,
  AgentStatus,
  AgentSummary,
  FibCheck,
  RouteStatus,
  SessionMatches,
  TrialLosses,
} from './status';
import type { Refusal } from './transaction';
import { listenAt } from './unix-socket';

/** The operations that an agent offers over its socket. */
export interface AgentApi {
  /** Executes a verb; a refusal changes nothing. */
  perform<V extends Verb>(verb: V, request: Request<V>): Promise<Refusal | undefined>;
  /** Accepts an uploaded release ({@link packDelivery}), to be staged next; a refusal changes nothing. */
  deliver(octets: Buffer): Promise<Refusal | undefined>;
  summary(): AgentSummary;
  /** The outside neighbours with an established session, each with the name of the routes it sends. */
  outside(): Promise<readonly OutsideStatus[]>;
  /** The workload routes of the node's kernel, at most `MOST_WORKLOADS` of them. */
  workloads(): WorkloadRoutes;
  /** The routes of an outside neighbour by name; undefined if no neighbour sends these any more. */
  sent(name: string): SentRoutes | undefined;
  status(): AgentStatus;
  /** Endpoints of the fabric's agents by node, as far as this agent knows. */
  endpoints(): Readonly<Record<string, string>>;
  /**
   * The routes of the table, or those selected by a query. An undefined item means that many rows were skipped, and
   * allows to yield.
   */
  routes(query?: RouteQuery): Iterable<RouteStatus | undefined>;
  /** The routes exchanged with a neighbour; undefined if there is no such session. */
  exchanged(query: ExchangeQuery): Iterable<RouteStatus | undefined> | undefined;
  /** What the filters of each session decide. */
  matches(): Promise<readonly SessionMatches[]>;
  /** What runs, and the endpoints of the fabric's agents; undefined if nothing runs. */
  deployed(): Delivery | undefined;
  /** What this node lost under the release on trial. */
  losses(): Promise<TrialLosses>;
  /** Whether a path to the prefix is in use on this node. */
  holds(prefix: string): boolean;
  /** Accepts the plan's prediction for the activation that is staged next. */
  predict(prediction: RecordedPrediction): void;
  /** Observations of activations here, latest last. */
  observed(query?: ObservedQuery): readonly Observation[];
  /** Compares the kernel's table with the routes chosen by BGP, and repairs it. */
  checkFib(): Promise<FibCheck>;
  /** Events after `since`; waits up to `waitMs` for the first. */
  events(since: number, waitMs: number): Promise<readonly AgentEvent[]>;
}

/** A packed release of 5,000 nodes has some 200 kB; nothing needs more than this. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** Clients over ssh keep their connection: opening one costs a login. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Maximum number of connections: each further one replaces another ({@link limitConnections}). A deploy opens a few to
 * each agent, a watch one. Together they leave enough descriptors for BGP and netlink, even if a process has only
 * 1,024.
 */
const MOST_CONNECTIONS = { deploy: 256, watch: 128 };

/**
 * Timeouts for receiving a request: to the end of the headers, and of the body, which may arrive over a slow ssh
 * connection.
 */
const SERVER_TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 120_000, connectionsCheckingInterval: 5_000 };

/** Requests permitted on a read-only socket: none changes the agent or is expensive. */
const READING = new Set([
  ...['summary', 'status', 'endpoints', 'events', 'routes', 'exchanged', 'matches'],
  ...['release', 'losses', 'holds', 'observed'],
]);

export interface ServeOptions {
  /** Refuses requests that would change something, or are expensive. */
  readonly isReadOnly?: boolean;
  /** Group id whose members may connect. Default: the group of the process. */
  readonly group?: number;
}

/** Serves an agent on a unix socket (mode 0660); rejects as {@link listenAt} does. */
export async function serve(
  api: AgentApi,
  path: string,
  { isReadOnly = false, group }: ServeOptions = {},
): Promise<Server> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, ...SERVER_TIMEOUTS }, (incoming, reply) => {
    respond(api, incoming, reply, isReadOnly).catch((error: Error) => {
      if (reply.headersSent) reply.destroy();
      else if (error instanceof TooLong) refuse(reply, 413, { code: 'too-long', message: error.message });
      else send(reply, 500, { error: { code: 'internal', message: error.message } });
    });
  });
  limitConnections(server, isReadOnly ? MOST_CONNECTIONS.watch : MOST_CONNECTIONS.deploy);
  await listenAt(server, path, 'agent', { mode: 0o660, ...(group !== undefined && { group }) });
  return server;
}

/** Whatever fails here is an answer: an error that is thrown at once would end the process. */
async function respond(
  api: AgentApi,
  incoming: IncomingMessage,
  reply: ServerResponse,
  isReadOnly: boolean,
): Promise<void> {
  const url = urlOf(incoming);
  if (!url) return refuse(reply, 400, { code: 'invalid', message: 'the target of the request is not a path' });
  if (isReadOnly && !isReading(incoming, url)) return refuseChange(reply);
  return answer(api, incoming, url, reply, isReadOnly);
}

/** Of a request in origin form (RFC 9112 section 3.2.1). */
const urlOf = ({ url = '' }: IncomingMessage): URL | undefined =>
  url.startsWith('/') ? new URL(`http://agent${url}`) : undefined;

const isReading = ({ method }: IncomingMessage, { pathname }: URL): boolean =>
  method === 'GET' && READING.has(pathname.slice(API.length + 1));

/** The rest of the request is not read. */
function refuse(
  reply: ServerResponse,
  status: number,
  error: { readonly code: string; readonly message: string },
): void {
  reply.setHeader('connection', 'close');
  send(reply, status, { error });
}

function refuseChange(reply: ServerResponse): void {
  const message = "this socket is for those who watch; use the agent's own socket to make changes";
  refuse(reply, 403, { code: 'read-only', message });
}

async function answer(
  api: AgentApi,
  incoming: IncomingMessage,
  url: URL,
  reply: ServerResponse,
  isReadOnly: boolean,
): Promise<void> {
  const [name] = url.pathname.split('/').slice(2);
  const isOurs = url.pathname === `${API}/${name}`;
  if (isOurs && incoming.method === 'GET') {
    // Reading the routes of outside neighbours is expensive, and invalidates what an earlier plan received.
    if (name === 'summary' && url.searchParams.has('drained')) return sendDrained(reply, api, numberOf(url, 'drained'));
    if (name === 'summary') return sendSummary(reply, api, url.searchParams.has('outside') && !isReadOnly);
    if (name === 'sent') return sendSent(reply, api, url.searchParams.get('name') ?? '');
    if (name === 'status') return send(reply, 200, api.status());
    if (name === 'endpoints') return send(reply, 200, api.endpoints());
    if (name === 'events')
      return send(reply, 200, await api.events(numberOf(url, 'since'), numberOf(url, 'wait') * 1000));
    if (name === 'fib') return send(reply, 200, await api.checkFib());
    if (name === 'release') return sendRelease(reply, api);
    if (name === 'routes') {
      const query = readRouteQuery(url.searchParams);
      return query instanceof Problem ? refuseQuery(reply, query) : sendRoutes(reply, api.routes(query));
    }
    if (name === 'exchanged') return sendExchanged(reply, api, readExchangeQuery(url.searchParams));
    if (name === 'matches') return send(reply, 200, await api.matches());
    if (name === 'losses') return send(reply, 200, await api.losses());
    if (name === 'observed') return send(reply, 200, api.observed(observedQueryIn(url)));
    if (name === 'holds') return send(reply, 200, api.holds(url.searchParams.get('prefix') ?? ''));
  }
  if (isOurs && incoming.method === 'PUT' && name === 'release')
    return conclude(api, await api.deliver(await read(incoming)), reply);
  if (isOurs && incoming.method === 'PUT' && name === 'prediction') return takePrediction(api, incoming, reply);
  if (isOurs && incoming.method === 'POST' && name === 'health') return sendHealth(api, incoming, reply);
  if (isOurs && incoming.method === 'POST' && Object.hasOwn(VERBS, name))
    return perform(api, name as Verb, incoming, reply);
  send(reply, 404, {
    error: { code: 'unknown', message: `this agent does not know ${incoming.method} ${url.pathname}` },
  });
}

async function takePrediction(api: AgentApi, incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
  const { data } = predictionSchema.safeParse(parse(await read(incoming)));
  if (!data) return send(reply, 400, { error: { code: 'invalid', message: 'the request is not a valid prediction' } });
  api.predict(data);
  conclude(api, undefined, reply);
}

async function perform(api: AgentApi, verb: Verb, incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
  const parsed = VERBS[verb].safeParse(parse(await read(incoming)));
  if (!parsed.success) {
    const what = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    return send(reply, 400, {
      error: { code: 'invalid', message: `the request is not a valid ${verb}: ${what}` },
    });
  }
  conclude(api, await api.perform(verb, parsed.data as Request<Verb>), reply);
}

function conclude(api: AgentApi, refusal: Refusal | undefined, reply: ServerResponse): void {
  if (refusal) {
    const { code, message, unknownFields } = refusal;
    send(reply, 409, { error: { code, message, ...(unknownFields.length > 0 && { fields: unknownFields }) } });
  } else send(reply, 200, api.summary());
}

class TooLong extends Error {
  override readonly message = `the request is longer than ${LARGEST_BODY} octets`;
}

/** Throws {@link TooLong}; the rest is not read, and the connection must be closed. */
async function read(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers['content-length']) > LARGEST_BODY) throw new TooLong();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY) throw new TooLong();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** Limits of a verb's body: names of nodes and secrets, some thousands. */
const VERB: JsonLimits = { octets: LARGEST_BODY, values: 50_000, depth: 8 };

function parse(body: Buffer): unknown {
  try {
    return parseJson(body, VERB);
  } catch {
    return undefined; // the verb's own schema reports the problem
  }
}

function send(reply: ServerResponse, status: number, body: unknown): void {
  const octets = Buffer.from(JSON.stringify(body));
  // With its length it is sent, and read, in one piece.
  reply.writeHead(status, { 'content-type': 'application/json', 'content-length': octets.length }).end(octets);
}

async function sendSummary(reply: ServerResponse, api: AgentApi, withOutside: boolean): Promise<void> {
  if (!withOutside) return send(reply, 200, api.summary());
  const outside = await api.outside();
  const { sessions, kernel: _, trial: __, leftOut: ___, routeMemory: ____, ...summary } = api.status();
  const isCut = sessions.length > 0 && sessions.every(({ state }) => state !== 'Established');
  send(reply, 200, { ...summary, ...(outside && { outside, workloads: api.workloads() }), ...(isCut && { isCut }) });
}

/** Waits until its retiring sessions are closed, or for so many milliseconds. */
async function sendDrained(reply: ServerResponse, api: AgentApi, ms: number): Promise<void> {
  const isOpen = ({ transaction }: AgentSummary) => transaction.retiring?.phase === 'draining';
  const within = Math.min(ms, MOST_WAIT_MS);
  send(
    reply,
    200,
    await awaited(
      within,
      () => api.summary(),
      (summary) => !isOpen(summary),
      goneFrom(reply),
    ),
  );
}

async function sendHealth(api: AgentApi, incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
  const { data } = healthQuerySchema.safeParse(parse(await read(incoming)));
  if (data) return send(reply, 200, await healthWithin(api, data, goneFrom(reply)));
  send(reply, 400, { error: { code: 'invalid', message: 'the request is not a valid question about health' } });
}

/** Aborted when the client closes the connection. */
function goneFrom(reply: ServerResponse): AbortSignal {
  const gone = new AbortController();
  reply.once('close', () => gone.abort());
  return gone.signal;
}

function sendSent(reply: ServerResponse, api: AgentApi, name: string): void {
  const sent = api.sent(name);
  if (sent) send(reply, 200, sent);
  else send(reply, 409, { error: { code: 'unknown', message: 'no neighbour sends this table any more' } });
}

/** What runs, packed as received ({@link packDelivery}): once for all clients. */
async function sendRelease(reply: ServerResponse, api: AgentApi): Promise<void> {
  const running = api.deployed();
  if (running) {
    const { release, endpoints } = running;
    const known = packed.get(release);
    const octets = known?.endpoints === endpoints ? known.octets : packAside(running);
    packed.set(release, { endpoints, octets });
    reply.writeHead(200, { 'content-type': 'application/octet-stream' }).end(await octets);
  } else
    send(reply, 409, {
      error: { code: 'no-release', message: `no release is running on node ${api.summary().node} yet` },
    });
}

/** Packed releases, with their endpoints. */
const packed = new WeakMap<Release, { endpoints: Delivery['endpoints']; octets: Promise<Buffer> }>();

/**
 * One JSON object per line, as fast as the reader consumes them: a table of a million routes is never in memory as a
 * string.
 */
async function sendRoutes(reply: ServerResponse, routes: Iterable<RouteStatus | undefined>): Promise<void> {
  reply.writeHead(200, { 'content-type': 'application/x-ndjson' });
  async function* lines() {
    for (const item of routes)
      if (item) yield `${JSON.stringify(item)}\n`;
      else await yieldTurn();
  }
  // A reader that disconnects early is not an error.
  await pipeline(Readable.from(lines()), reply).catch(() => undefined);
}

const refuseQuery = (reply: ServerResponse, problem: Problem): void =>
  send(reply, 400, { error: { code: 'invalid', message: problem.toString() } });

async function sendExchanged(
  reply: ServerResponse,
  api: AgentApi,
  query: ReturnType<typeof readExchangeQuery>,
): Promise<void> {
  if (query instanceof Problem) return refuseQuery(reply, query);
  const routes = api.exchanged(query);
  const message = `node ${api.summary().node} has no session with ${query.neighbour}: peerform sessions lists its neighbours`;
  if (routes) return sendRoutes(reply, routes);
  send(reply, 409, { error: { code: 'no-neighbour', message } });
}

const observedQueryIn = (url: URL): ObservedQuery => ({
  ...(url.searchParams.has('activation') && { activation: numberOf(url, 'activation') }),
  prediction: url.searchParams.has('prediction'),
});

const numberOf = (url: URL, name: string): number => Math.max(0, Number(url.searchParams.get(name)) || 0);
