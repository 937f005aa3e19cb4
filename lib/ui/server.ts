import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Markup } from '../report/markup';
import type { Source } from './answers';
import { rejectionOf } from './door';
import { EventStream } from './event-stream';
import type { FleetSnapshot } from './fleet';
import { pageOf } from './page';
import { neighbourPanel, nodePanel, problemPanel, routesPanel, whyPanel } from './panels';
import { type View, viewOf } from './view';

/** Maximum number of pages connected at once. */
const MOST_STREAMS = 8;
/** Maximum number of concurrent queries to agents. */
const MOST_QUESTIONS = 4;
/** Maximum number of routes listed. */
const MOST_ROUTES = 500;
/** Minimum milliseconds between two views, and the minimum as a multiple of the time to render one. */
const PACE = { leastMs: 15, factor: 2 };

/** Common response headers: no sharing across origins, no caching, no referrer. */
const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

interface Options {
  /** On the loopback address; 0: any free port. */
  readonly port: number;
  /** Script of the page. */
  readonly script: string;
  readonly source: Source;
  /** Returns the current snapshot. */
  readonly fleet: () => FleetSnapshot;
}

type Panel = (parameters: URLSearchParams) => Promise<Markup | undefined> | Markup | undefined;

const sha256 = (text: string) => createHash('sha256').update(text);

/** Serves the view of a fleet to anyone who has the token, and nobody else. Read-only. */
export class UiServer {
  private readonly token = randomBytes(32).toString('base64url');
  private readonly streams = new Set<EventStream>();
  private readonly page: ReturnType<typeof pageOf>;
  private readonly server: Server;
  private port = 0;
  private questions = 0;
  private view: View | undefined;
  private pending: NodeJS.Timeout | undefined;
  private shownAt = 0;
  private tookMs = 0;
  private clock: NodeJS.Timeout | undefined;

  constructor(private readonly options: Options) {
    this.page = pageOf(options.script, (text) => sha256(text).digest('base64'));
    this.server = createServer(
      { headersTimeout: 10_000, requestTimeout: 10_000, maxHeaderSize: 8192 },
      (incoming, reply) => {
        this.respond(incoming, reply).catch(({ message }: Error) => send(reply, 502, problemPanel(message)));
      },
    );
    this.server.maxConnections = 64;
  }

  /**
   * Starts listening; rejects if the port is in use. Returns the URL, with the token in the fragment, where it is not
   * sent to servers or visible to other pages.
   */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port, '127.0.0.1', resolve);
    });
    // Countdowns change even without events.
    this.clock = setInterval(() => this.streams.size > 0 && this.hasCountdown() && this.schedule(), 1000);
    this.port = (this.server.address() as { port: number }).port;
    return `http://127.0.0.1:${this.port}/#token=${this.token}`;
  }

  /** Signals that the snapshot has changed. */
  changed(): void {
    if (this.streams.size > 0) this.schedule();
    else this.view = undefined;
  }

  async close(): Promise<void> {
    clearInterval(this.clock);
    clearTimeout(this.pending);
    for (const stream of this.streams) stream.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private door() {
    const own = sha256(this.token).digest();
    return { port: this.port, isToken: (text: string) => timingSafeEqual(sha256(text).digest(), own) };
  }

  private schedule(): void {
    if (this.pending) return;
    const due = this.shownAt + Math.max(PACE.leastMs, this.tookMs * PACE.factor) - performance.now();
    this.pending = setTimeout(() => this.render(), Math.max(0, due));
  }

  private render(): View {
    clearTimeout(this.pending);
    this.pending = undefined;
    const begun = performance.now();
    const view = viewOf(this.options.fleet(), Date.now());
    this.view = view;
    for (const stream of this.streams) stream.show(view);
    this.shownAt = performance.now();
    this.tookMs = this.shownAt - begun;
    return view;
  }

  private hasCountdown(): boolean {
    return this.options.fleet().nodes.some(({ status }) => status && status.transaction.returnsInMs !== null);
  }

  /** Whatever fails here is an answer: an error that is thrown at once would end the process. */
  private async respond({ method, headers, url = '' }: IncomingMessage, reply: ServerResponse): Promise<void> {
    const [path, query = ''] = url.split('?', 2);
    const rejection = rejectionOf({ method, path, headers }, this.door());
    if (rejection) return send(reply, rejection.status, rejection.text);
    return this.answer(path, new URLSearchParams(query), reply);
  }

  private async answer(path: string, parameters: URLSearchParams, reply: ServerResponse): Promise<void> {
    if (path === '/') return send(reply, 200, this.page.html, { 'content-security-policy': this.page.policy });
    if (path === '/events') return this.follow(reply);
    const [, name = ''] = /^\/panel\/(\w+)$/.exec(path) ?? [];
    const panel = Object.hasOwn(this.panels, name) ? this.panels[name] : undefined;
    if (!panel) return send(reply, 404, 'there is no such page');
    const found = await panel(parameters);
    send(reply, found ? 200 : 404, found ?? problemPanel('The fabric does not have it (any more).'));
  }

  private follow(reply: ServerResponse): void {
    if (this.streams.size >= MOST_STREAMS) {
      send(reply, 503, `more than ${MOST_STREAMS} pages are open`);
      return;
    }
    for (const [name, value] of Object.entries(HEADERS)) reply.setHeader(name, value);
    const stream = new EventStream(reply, () => this.streams.delete(stream));
    this.streams.add(stream);
    stream.show(this.view ?? this.render());
  }

  private readonly panels: Readonly<Record<string, Panel>> = {
    node: (wanted) => nodePanel(this.options.fleet(), wanted.get('node') ?? '', Date.now()),
    neighbour: (wanted) => neighbourPanel(this.options.fleet(), wanted.get('address') ?? ''),
    routes: (wanted) =>
      this.ask(async () => {
        const node = wanted.get('node') ?? '';
        const prefix = wanted.get('prefix') ?? undefined;
        return routesPanel(node, prefix, await this.options.source.routes(node, prefix, MOST_ROUTES));
      }),
    why: (wanted) =>
      this.ask(async () => {
        const node = wanted.get('node') ?? '';
        const about = wanted.get('about') ?? '';
        const answers = await this.options.source.why(node, about);
        const routes = await this.options.source.routes(node, about, MOST_ROUTES).catch(() => undefined);
        return whyPanel(node, about, answers, routes?.rows.length ? routes : undefined);
      }),
  };

  private async ask(question: () => Promise<Markup>): Promise<Markup> {
    if (this.questions >= MOST_QUESTIONS) throw new Error('agents are asked other questions already; try again');
    this.questions++;
    try {
      return await question();
    } finally {
      this.questions--;
    }
  }
}

function send(
  reply: ServerResponse,
  status: number,
  body: string | Markup,
  more: Readonly<Record<string, string>> = {},
) {
  if (reply.headersSent) return void reply.destroy();
  const [type, text] = typeof body === 'string' ? ['plain', body] : ['html', body.text];
  const policy = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" };
  reply
    .writeHead(status, {
      ...HEADERS,
      'content-type': `text/${type}; charset=utf-8`,
      ...policy,
      ...more,
      ...(status === 421 || status === 405 ? { connection: 'close' } : {}),
    })
    .end(text);
}
