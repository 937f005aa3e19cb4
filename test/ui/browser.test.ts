import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Source } from '../../lib/ui/answers';
import { Feed } from '../../lib/ui/feed';
import { UiServer } from '../../lib/ui/server';
import { pairs } from '../breadth';
import { fabricOf, meshOf, ServedFleet } from './served-fleet';

const PROGRAM = '/usr/bin/chromium';
/** As `npm run build` made it. */
const SCRIPT = join(__dirname, '../../dist/ui/browser/page.js');
/** Where screenshots are kept, if anywhere. */
const KEPT = process.env.PEERFORM_SCREENSHOTS;
const described = existsSync(PROGRAM) ? describe : describe.skip;
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [400, 800, 1200, 1600];
/** The widths at which accessibility is checked, and what the panel shows there. */
const CHECKED = [400, 1200];
const HASHES = ['', '#node?node=n2', '#routes?node=n2', '#why?node=n2&about=10.65.0.0/24'];

const SOURCE: Source = {
  why: async (node, about) => ({
    causes: [
      { title: 'filtered', where: node, text: `rule 1 of filter tor rejects ${about}`, fix: 'see it', isFine: false },
    ],
    errors: [{ at: '2026-11-30T08:00:00.000Z', neighbour: '10.0.0.2', text: 'received: Cease' }],
  }),
  routes: async () => ({
    headings: ['', 'PREFIX', 'NEXT HOP', 'WHY NOT'],
    rows: Array.from({ length: 40 }, (_, i) => {
      const prefix = `10.65.${i}.0/24`;
      return { prefix, cells: ['*', prefix, '10.0.0.2', i % 7 === 0 ? 'the MED is higher' : ''] };
    }),
    isCut: true,
  }),
};

const rackFabric = fabricOf({
  ...{ name: 'dc1', edition: 2 },
  racks: Object.fromEntries(
    ['a', 'b', 'c'].map((rack, i) => [
      `rack-${rack}`,
      { asNumber: 65001 + i, topOfRack: [{ ipv4Address: `192.0.2.${i + 1}`, asNumber: 65100 }] },
    ]),
  ),
  nodes: Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [
      `n${i + 1}`,
      { ipv4Address: `10.0.0.${i + 1}`, rack: `rack-${'abc'[Math.floor(i / 3)]}` },
    ]),
  ),
  peers: { transit: { address: '198.51.100.7', asNumber: 64999, node: 'n1' } },
} as never);

/** Something of everything that may be so. */
function troubled(fleet: ServedFleet): void {
  const [first, ...rest] = [...fleet.agents.keys()];
  fleet.agent(rest[0]).session('192.0.2.1', 'Idle');
  fleet.agent(rest[1]).stop();
  fleet.agent(rest[2]).becomes((status) => ({ ...status, service: 'leaving' }));
  fleet.agent(rest[3]).becomes((status) => ({ ...status, service: 'none' }));
  const { transaction } = fleet.agent(rest[4]).status;
  const next = { ...transaction.active!, activation: 2 };
  fleet
    .agent(rest[4])
    .becomes(
      (status) => ({ ...status, transaction: { ...transaction, active: next, returnsInMs: 60_000 } }),
      'transaction',
      'activate activation 2, release x',
    );
  fleet.agent(rest[5]).becomes((status) => ({
    ...status,
    transaction: { ...transaction, returned: { ...next, reason: 'sessions with <b>tor</b> are down' } },
  }));
  fleet.agent(first).becomes((status) => ({ ...status, kernel: { ...status.kernel, wanted: 9, installed: 8 } }));
}

described('the live page in a browser (chromium, of the package chromium)', () => {
  const fleets: Readonly<Record<string, ServedFleet>> = {
    racks: new ServedFleet(rackFabric),
    cells: new ServedFleet(
      meshOf(200, { peers: { transit: { address: '198.51.100.7', asNumber: 64999, node: 'n1' } } } as never),
    ),
  };
  const shown = new Map<string, { server: UiServer; feed: Feed; address: string }>();
  let browser: Browser;
  beforeAll(async () => {
    for (const [name, fleet] of Object.entries(fleets)) {
      await fleet.start();
      const feed: Feed = new Feed(fleet.via, () => server.changed());
      const server = new UiServer({
        port: 0,
        script: readFileSync(SCRIPT, 'utf8'),
        source: SOURCE,
        fleet: () => feed.fleet,
      });
      await feed.start();
      shown.set(name, { server, feed, address: await server.listen() });
    }
    browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    for (const { server, feed } of shown.values()) {
      feed.stop();
      await server.close();
    }
    for (const fleet of Object.values(fleets)) fleet.stop();
  });

  /** Opens the page; what it asks for elsewhere, and what goes wrong in it, is noted, and how much it took. */
  async function opened(
    name: string,
    {
      width = 1200,
      colorScheme = 'light',
      hash = '',
    }: { width?: number; colorScheme?: 'light' | 'dark'; hash?: string } = {},
  ) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const address = shown.get(name)!.address;
    const own = new URL(address).origin;
    const troubles: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== own) troubles.push(`request: ${request.url()}`);
      if (request.url().includes('token')) troubles.push(`token: ${request.url()}`);
    });
    page.on('console', (message) => troubles.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
    await page.goto(address);
    await isSaid(page, 'Live');
    if (hash !== '') {
      await page.evaluate(`location.hash = '${hash}'`);
      await page.waitForSelector('#panel table, #panel .causes');
    }
    return { page, troubles };
  }

  const isSaid = (page: Page, text: string) => page.waitForSelector(`#state:has-text("${text}")`);

  const violationsIn = async (page: Page) => {
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
    return violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ html }) => html)]);
  };

  async function kept(page: Page, name: string): Promise<void> {
    if (KEPT === undefined) return;
    mkdirSync(KEPT, { recursive: true });
    await page.screenshot({ path: join(KEPT, `${name}.png`), fullPage: true });
  }

  test('shows what happens at an agent while it is open, and takes back what is over', async () => {
    const { page, troubles } = await opened('racks');
    const fleet = fleets.racks;
    expect(await page.textContent('h1')).toBe('Fabric dc1');
    expect(await page.locator('svg.net a.n.ok').count()).toBe(13);
    fleet.agent('n1').session('n2', 'Active');
    await page.waitForSelector('a.n.bad');
    expect(await page.locator('a.n.bad title').textContent()).toMatch(/^n1, .*1 of \d+ sessions down$/);
    expect(await page.locator('path.e.bad title').textContent()).toContain('n1 – n2: 0 of 1 session up, 1 down');
    fleet.agent('n1').session('n2', 'Established');
    await page.waitForSelector('a.n.bad', { state: 'detached' });
    expect(troubles).toEqual([]);
    await page.close();
  }, 30_000);

  test('keeps its token out of the address, and finds it again when it is loaded anew', async () => {
    const { page, troubles } = await opened('racks');
    expect(page.url()).toBe(`${new URL(shown.get('racks')!.address).origin}/`);
    await page.reload();
    await isSaid(page, 'Live');
    const other = await (await browser.newContext()).newPage();
    await other.goto(page.url());
    expect(await other.textContent('#state')).toBe('Open the address that peerform ui printed');
    expect(await other.locator('svg.net').count()).toBe(0);
    expect(troubles).toEqual([]);
    await other.close();
    await page.close();
  });

  test('is no page for a page of another site: neither in a frame nor by a script', async () => {
    const page = await browser.newPage();
    const { address } = shown.get('racks')!;
    const token = new URL(address).hash.slice(7);
    const { origin } = new URL(address);
    // Another site: the same machine under another port is one.
    await page.route('http://evil.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${address}"></iframe>` }),
    );
    await page.goto('http://evil.example/');
    expect(
      await page.evaluate(
        `fetch('${origin}/events', { headers: { authorization: 'Bearer ${token}' } }).then(() => 'read', () => 'refused')`,
      ),
    ).toBe('refused');
    expect(await page.evaluate(`fetch('${origin}/', { mode: 'no-cors' }).then(() => 'read', () => 'refused')`)).toBe(
      'refused',
    );
    for (const frame of page.frames().slice(1)) expect(await frame.locator('#fabric').count()).toBe(0);
    await page.close();
  });

  test('shows on a click the sessions of a node, its routes, and why of a prefix; back goes back', async () => {
    const { page, troubles } = await opened('racks');
    await page.click('a.n:has-text("n2")');
    await page.waitForSelector('#panel table');
    expect(await page.textContent('#panel h2')).toBe('Node n2');
    await page.click('text=Routes of n2');
    await page.waitForSelector('#panel table.routes');
    await page.click('#panel td a >> nth=3');
    await page.waitForSelector('#panel .causes');
    expect(await page.textContent('#panel')).toContain('rule 1 of filter tor rejects 10.65.3.0/24');
    await page.goBack();
    await page.waitForSelector('#panel table.routes');
    await page.click('a.n:has-text("transit")');
    await page.waitForSelector('#panel h2:has-text("Neighbour transit")');
    expect(troubles).toEqual([]);
    await page.close();
  });

  test('is worked by the keyboard alone: the picture by tab and arrows, a place by enter, a question by its form', async () => {
    const { page } = await opened('racks');
    const focus = () =>
      page.evaluate(
        "document.activeElement.closest('a')?.querySelector('.nn')?.textContent ?? document.activeElement.id",
      ) as Promise<string>;
    const until = async (wanted: string) => {
      for (let i = 0; i < 20 && (await focus()) !== wanted; i++) await page.keyboard.press('Tab');
      expect(await focus()).toBe(wanted);
    };
    await until('picture');
    await page.keyboard.press('Tab');
    const first = await focus();
    await page.keyboard.press('ArrowDown');
    expect(await focus()).not.toBe(first);
    for (let i = 0; i < 8 && !(await focus()).startsWith('n'); i++) await page.keyboard.press('ArrowDown');
    const node = await focus();
    await page.keyboard.press('ArrowRight');
    expect(await focus()).not.toBe(node);
    await page.keyboard.press('ArrowLeft');
    expect(await focus()).toBe(node);
    const width = 'getComputedStyle(document.activeElement.querySelector("rect")).strokeWidth';
    expect(await page.evaluate(width)).toBe('4px');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#panel table');
    expect(await page.textContent('#panel h2')).toBe(`Node ${node}`);
    await page.focus('#node');
    await page.keyboard.type('n3');
    await page.keyboard.press('Tab');
    await page.keyboard.type('10.65.9.0/24');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#panel .causes');
    expect(await page.textContent('#panel h2')).toBe('Why: 10.65.9.0/24 at n3');
    expect(await focus()).toBe('panel');
    await page.close();
  });

  test('and all that it loads are less than 150 kB, with 200 nodes', async () => {
    const page = await browser.newPage();
    const client = await page.context().newCDPSession(page);
    let octets = 0;
    await client.send('Network.enable');
    client.on('Network.dataReceived', ({ dataLength }) => {
      octets += dataLength;
    });
    await page.goto(shown.get('cells')!.address);
    await page.waitForSelector('a.c.ok >> nth=199', { state: 'attached' });
    await page.reload();
    octets = 0;
    await page.reload();
    await page.waitForSelector('a.c.ok >> nth=199', { state: 'attached' });
    await page.waitForTimeout(200);
    expect(octets).toBeGreaterThan(20_000);
    expect(octets).toBeLessThan(150_000);
    await page.close();
  }, 90_000);

  test('says so where the server is gone, and where another one has its port', async () => {
    const fleet = await new ServedFleet(meshOf(2)).start();
    const feed: Feed = new Feed(fleet.via, () => server.changed());
    const server = new UiServer({
      port: 0,
      script: readFileSync(SCRIPT, 'utf8'),
      source: SOURCE,
      fleet: () => feed.fleet,
    });
    await feed.start();
    const address = await server.listen();
    const page = await browser.newPage();
    await page.goto(address);
    await isSaid(page, 'Live');
    await server.close();
    await isSaid(page, 'Not connected');
    const other = new UiServer({
      port: Number(new URL(address).port),
      script: '',
      source: SOURCE,
      fleet: () => feed.fleet,
    });
    await other.listen();
    await isSaid(page, 'Ended');
    await page.close();
    feed.stop();
    await other.close();
    fleet.stop();
  }, 30_000);

  describe('with something of everything that may be so', () => {
    beforeAll(() => {
      for (const fleet of Object.values(fleets)) troubled(fleet);
    });

    test.each(pairs(Object.keys(fleets), SCHEMES))(
      'of %s in %s asks nobody else, has no error, fits any width and is accessible',
      async (name, colorScheme) => {
        // Of hundreds of cells the checker needs long; what is beside the picture is the same.
        const looks = pairs(CHECKED, name === 'cells' ? [''] : HASHES);
        for (const width of WIDTHS) {
          const { page, troubles } = await opened(name, { width, colorScheme });
          await page.waitForSelector('.sil');
          expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
          if (CHECKED.includes(width)) {
            for (const [, hash] of looks.filter(([at]) => at === width)) {
              if (hash !== '') {
                await page.evaluate(`location.hash = '${hash}'`);
                await page.waitForSelector(
                  hash.startsWith('#why')
                    ? '#panel .causes'
                    : hash.startsWith('#routes')
                      ? '#panel .routes'
                      : '#panel table',
                );
              }
              expect(await violationsIn(page)).toEqual([]);
              expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
            }
            await kept(page, `ui-${name}-${colorScheme}-${width}`);
          }
          expect(troubles).toEqual([]);
          await page.close();
        }
      },
      120_000,
    );
  });
});
