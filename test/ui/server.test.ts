import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Source } from '../../lib/ui/answers';
import { Feed } from '../../lib/ui/feed';
import { UiServer } from '../../lib/ui/server';
import { eventually } from '../e2e/support/network';
import { fabricOf, ServedFleet } from './served-fleet';

const SOURCE: Source = {
  why: async (node, about) => {
    if (node !== 'n1') throw new Error(`the agent of n1 does not know node ${node}`);
    return {
      causes: [{ title: 'in use', where: node, text: `the path to ${about}`, fix: '', isFine: true }],
      errors: [],
    };
  },
  routes: async (_, prefix) => ({
    headings: ['', 'PREFIX'],
    rows: [{ prefix: '10.65.1.0/24', cells: ['*', prefix ?? '10.65.1.0/24'] }],
    isCut: false,
  }),
};

/** What is shown of a fleet, to whoever asks by HTTP. */
class Shown {
  readonly feed: Feed;
  readonly server: UiServer;
  address = '';

  constructor(via: string) {
    this.feed = new Feed(via, () => this.server.changed());
    this.server = new UiServer({ port: 0, script: 'script', source: SOURCE, fleet: () => this.feed.fleet });
  }

  async start(): Promise<this> {
    await this.feed.start();
    this.address = await this.server.listen();
    return this;
  }

  async stop(): Promise<void> {
    this.feed.stop();
    await this.server.close();
  }

  get url(): URL {
    return new URL(this.address);
  }

  get token(): string {
    return this.url.hash.slice('#token='.length);
  }

  ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> {
    const own = { authorization: `Bearer ${this.token}`, ...headers };
    return new Promise((resolve, reject) =>
      get({ port: this.url.port, path, headers: own, method, agent: false }, resolve).on('error', reject),
    );
  }

  async text(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const reply = await this.ask(path, headers, method);
    reply.setEncoding('utf8');
    let body = '';
    for await (const part of reply) body += part;
    return { status: reply.statusCode, headers: reply.headers, body };
  }

  /** What comes of the stream, put together as the page does. */
  async follow() {
    const reply = await this.ask('/events');
    const regions = new Map<string, string>();
    const labels = new Map<string, string>();
    let rest = '';
    let messages = 0;
    reply.setEncoding('utf8').on('data', (part: string) => {
      const events = (rest + part).split('\n\n');
      rest = events.pop()!;
      for (const event of events) {
        if (!event.startsWith('data: ')) continue;
        const change = JSON.parse(event.slice(6));
        messages++;
        for (const [id, html] of Object.entries<string>(change.regions ?? {})) regions.set(id, html);
        for (const [id, , label] of change.marks ?? []) labels.set(id, label);
      }
    });
    reply.on('error', () => {});
    return { reply, regions, labels, messages: () => messages, all: () => [...labels.values()].join('\n') };
  }
}

const fabric = fabricOf({
  ...{ name: 'dc1', edition: 2 },
  nodes: { n1: { ipv4Address: '10.0.0.1' }, n2: { ipv4Address: '10.0.0.2' }, n3: { ipv4Address: '10.0.0.3' } },
  peers: { transit: { address: '198.51.100.7', asNumber: 64999 } },
} as never);

describe('peerform ui', () => {
  let fleet: ServedFleet;
  let shown: Shown;
  beforeEach(async () => {
    fleet = await new ServedFleet(fabric).start();
    shown = await new Shown(fleet.via).start();
  });
  afterEach(async () => {
    await shown.stop();
    fleet.stop();
  });

  test('gives an address of this machine alone, with 256 bits that are in no path', () => {
    expect(shown.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    expect(shown.url.search).toBe('');
  });

  test('follows all agents: what happens at one is shown, and only what changed is sent', async () => {
    const page = await shown.follow();
    await eventually(() => expect(page.regions.get('totals')).toContain('9 of 9 sessions up'));
    await eventually(() => expect(page.regions.get('fabric')).toBe('Fabric dc1'));
    const before = page.messages();
    fleet.agent('n2').session('n3', 'Idle');
    await eventually(() => expect(page.all()).toContain('n2 – n3: 0 of 1 session up, 1 down'));
    expect(page.regions.get('events')).toContain('changed');
    expect(page.messages() - before).toBeLessThan(5);
    fleet.agent('n2').session('n3', 'Established');
    await eventually(() => expect(page.all()).toContain('n2 – n3: 1 of 1 session up'));
  });

  test('says which agent does not respond, and follows it again when it does', async () => {
    const page = await shown.follow();
    await eventually(() => expect(page.regions.get('totals')).toContain('3 of 3 nodes respond'));
    fleet.agent('n3').stop();
    await eventually(() => expect(page.all()).toMatch(/n3, 10\.0\.0\.3: no status/));
    await fleet.agent('n3').start();
    fleet.agent('n3').session('n1', 'Idle');
    await eventually(() => expect(page.all()).toContain('n3, 10.0.0.3, 2/3 up: 1 of 3 sessions down'));
  });

  test('answers what is clicked on: a node, a neighbour, routes, and why', async () => {
    const page = await shown.follow();
    await eventually(() => expect(page.regions.get('totals')).toContain('9 of 9 sessions up'));
    const panel = async (path: string) => (await shown.text(`/panel/${path}`)).body.replace(/<[^>]+>/g, ' ');
    expect(await panel('node?node=n1')).toMatch(/Node n1 .*3 of 3 sessions are up/s);
    expect(await panel('neighbour?address=198.51.100.7')).toMatch(/Neighbour transit .*3 of 3 sessions are up.*n3/s);
    expect((await shown.text('/panel/routes?node=n1')).body).toContain('href="#why?node=n1&amp;about=10.65.1.0%2F24"');
    expect(await panel('why?node=n1&about=10.65.1.0/24')).toMatch(/in use .*the path to 10\.65\.1\.0\/24/s);
    expect(await shown.text('/panel/node?node=n9')).toMatchObject({ status: 404 });
    expect(await shown.text('/panel/why?node=<b>&about=x')).toMatchObject({
      status: 502,
      body: expect.stringContaining('does not know node &lt;b&gt;'),
    });
    for (const path of ['/panel/constructor', '/panel/', '/release', '/../etc/passwd', '/panel/node/../x'])
      expect(await shown.text(path)).toMatchObject({ status: 404 });
  });

  test('shows nothing without the token, nor under another name, nor to pages of others; and changes nothing', async () => {
    for (const path of ['/events', '/panel/node?node=n1', '/x']) {
      const { status, body } = await shown.text(path, { authorization: 'Bearer x' });
      expect([status, body]).toEqual([401, 'open the address that peerform ui printed']);
    }
    expect((await shown.text('/events', { host: `evil.example:${shown.url.port}` })).status).toBe(421);
    expect((await shown.text('/panel/node?node=n1', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await shown.text('/events', {}, 'POST')).status).toBe(405);
    const page = await shown.text('/', { authorization: '' });
    expect(page).toMatchObject({ status: 200 });
    expect(page.body).not.toMatch(/dc1|n1|10\.0\.0/);
    expect(page.body).not.toContain(shown.token);
  });

  test('says with every answer that nothing of it may be kept, framed, guessed at or told to others', async () => {
    for (const path of ['/', '/panel/node?node=n1', '/nothing']) {
      const { headers } = await shown.text(path);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringMatching(/^default-src 'none'/),
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
    const { headers } = await shown.ask('/events');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'text/event-stream' });
    const { headers: own } = await shown.text('/');
    expect(own['content-security-policy']).not.toMatch(/unsafe|\*|http/);
  });

  test('a request that is no HTTP, or names no path, harms nothing', async () => {
    for (const line of [
      'GET //[ HTTP/1.1',
      'GET http://[::bad HTTP/1.1',
      'nonsense',
      `GET /${'x'.repeat(20_000)} HTTP/1.1`,
    ]) {
      const socket = connect(Number(shown.url.port), '127.0.0.1');
      socket.end(`${line}\r\nHost: 127.0.0.1:${shown.url.port}\r\n\r\n`);
      socket.on('error', () => {}).resume();
      await new Promise((resolve) => socket.on('close', resolve));
    }
    expect((await shown.text('/')).status).toBe(200);
  });

  test('serves no more than 8 pages at once', async () => {
    const pages = await Promise.all(Array.from({ length: 8 }, () => shown.ask('/events')));
    expect((await shown.text('/events')).status).toBe(503);
    pages[0].destroy();
    await eventually(async () => {
      const reply = await shown.ask('/events');
      expect(reply.statusCode).toBe(200);
    });
  });
});
