import { chmodSync, existsSync, mkdirSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../model/problem';
import { type Delivery, packDelivery } from './delivery';
import { API, type Request, type RouteQuery, readRouteQuery, VERBS, type Verb } from './protocol';
import type { AgentEvent, AgentStatus, AgentSummary, FibCheck, Losses, RouteStatus } from './status';
import type { Refusal } from './transaction';

/** What an agent does for those who speak to it. */
export interface AgentApi {
  /** Carries out a verb; a refusal changed nothing. */
  perform<V extends Verb>(verb: V, request: Request<V>): Promise<Refusal | undefined>;
  /** Takes a delivered release ({@link packDelivery}), to be staged next; a refusal changed nothing. */
  deliver(octets: Buffer): Refusal | undefined;
  summary(): AgentSummary;
  status(): AgentStatus;
  /** Node → where its agent is reached, for the fabric's nodes, as far as this agent was told. */
  endpoints(): Readonly<Record<string, string>>;
  /**
   * The routes of the table, or those that a query picks. An undefined one says that many were passed over, and that others may have
   * their turn.
   */
  routes(query?: RouteQuery): Iterable<RouteStatus | undefined>;
  /** What runs, and where the fabric's agents are reached; undefined while nothing runs. */
  deployed(): Delivery | undefined;
  /** What the release on trial took from this node. */
  losses(): Promise<Losses>;
  /** Whether a path to the prefix is in use on this node. */
  holds(prefix: string): boolean;
  /** Compares the kernel's table with what BGP chose, and mends it. */
  checkFib(): Promise<FibCheck>;
  /** Events after `since`; waits up to `waitMs` for the first. */
  events(since: number, waitMs: number): Promise<readonly AgentEvent[]>;
}

/** A packed release of 5,000 nodes has some 200 kB; nobody has need of more than this. */
const LARGEST_BODY = 16 * 1024 * 1024;

/** Those who come over ssh keep their connection: making one costs a login. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Serves an agent on a unix socket (mode 0660). A socket file that nobody listens on is left over and is replaced; one that is
 * alive is somebody's: rejects with an error that says so.
 */
export async function serve(api: AgentApi, path: string): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) {
    if (await isAlive(path)) throw new Error(`another agent already listens on ${path}`);
    unlinkSync(path);
  }
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, reply) => {
    answer(api, incoming, reply).catch((error: Error) => {
      if (reply.headersSent) reply.destroy();
      else send(reply, 500, { error: { code: 'internal', message: error.message } });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
  chmodSync(path, 0o660);
  return server;
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path, () => resolve(true)).on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });
}

async function answer(api: AgentApi, incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://agent'),
    [name] = url.pathname.split('/').slice(2);
  const isOurs = url.pathname === `${API}/${name}`;
  if (isOurs && incoming.method === 'GET') {
    if (name === 'summary') return send(reply, 200, api.summary());
    if (name === 'status') return send(reply, 200, api.status());
    if (name === 'endpoints') return send(reply, 200, api.endpoints());
    if (name === 'events')
      return send(reply, 200, await api.events(numberOf(url, 'since'), numberOf(url, 'wait') * 1000));
    if (name === 'fib') return send(reply, 200, await api.checkFib());
    if (name === 'release') return sendRelease(reply, api);
    if (name === 'routes') return sendRoutes(reply, api, readRouteQuery(url.searchParams));
    if (name === 'losses') return send(reply, 200, await api.losses());
    if (name === 'holds') return send(reply, 200, api.holds(url.searchParams.get('prefix') ?? ''));
  }
  if (isOurs && incoming.method === 'PUT' && name === 'release')
    return conclude(api, api.deliver(await read(incoming)), reply);
  if (isOurs && incoming.method === 'POST' && Object.hasOwn(VERBS, name))
    return perform(api, name as Verb, incoming, reply);
  send(reply, 404, {
    error: { code: 'unknown', message: `this agent does not know ${incoming.method} ${url.pathname}` },
  });
}

async function perform(api: AgentApi, verb: Verb, incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
  const parsed = VERBS[verb].safeParse(parse(await read(incoming)));
  if (!parsed.success) {
    const what = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    return send(reply, 400, {
      error: { code: 'invalid', message: `the request is not of the form of ${verb}: ${what}` },
    });
  }
  conclude(api, await api.perform(verb, parsed.data as Request<Verb>), reply);
}

function conclude(api: AgentApi, refusal: Refusal | undefined, reply: ServerResponse): void {
  if (refusal) send(reply, 409, { error: { code: refusal.code, message: refusal.message } });
  else send(reply, 200, api.summary());
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY) throw new Error(`the request has more than ${LARGEST_BODY} octets`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // the verb's own schema says what is wrong with it
  }
}

function send(reply: ServerResponse, status: number, body: unknown): void {
  const octets = Buffer.from(JSON.stringify(body));
  // With its length it goes out, and is read, in one piece.
  reply.writeHead(status, { 'content-type': 'application/json', 'content-length': octets.length }).end(octets);
}

/** What runs, packed as it came ({@link packDelivery}). */
function sendRelease(reply: ServerResponse, api: AgentApi): void {
  const running = api.deployed();
  if (running) reply.writeHead(200, { 'content-type': 'application/octet-stream' }).end(packDelivery(running));
  else
    send(reply, 409, { error: { code: 'no-release', message: `no release runs on node ${api.summary().node} yet` } });
}

/** One JSON object a line, as fast as the reader takes them: a table of a million routes never stands in memory as text. */
async function sendRoutes(
  reply: ServerResponse,
  api: AgentApi,
  query: ReturnType<typeof readRouteQuery>,
): Promise<void> {
  if (query instanceof Problem) return send(reply, 400, { error: { code: 'invalid', message: query.toString() } });
  reply.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const routes = api.routes(query);
  async function* lines() {
    for (const item of routes)
      if (item) yield `${JSON.stringify(item)}\n`;
      else await new Promise((turn) => setImmediate(turn));
  }
  // A reader that goes away early is no error of ours.
  await pipeline(Readable.from(lines()), reply).catch(() => undefined);
}

const numberOf = (url: URL, name: string): number => Math.max(0, Number(url.searchParams.get(name)) || 0);
