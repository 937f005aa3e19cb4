import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { AgentClient } from '../../lib/control/client';
import { packDelivery } from '../../lib/control/delivery';
import { makeRelease } from '../../lib/control/release';
import type { Lab } from '../../lib/lab/lab';
import { up } from '../../lib/lab/up';
import type { FabricSpec } from '../../lib/model/fabric';
import { readFabric } from '../../lib/model/read';
import { eventually } from './support/network';

const MAIN = join(__dirname, '../../dist/cli/main.js');
const PROGRAM = '/usr/bin/chromium';
const KEPT = process.env.PEERFORM_SCREENSHOTS;
const described = existsSync(PROGRAM) ? describe : describe.skip;

const SPEC: FabricSpec = {
  name: 'live',
  edition: 2,
  asNumber: 67111,
  ...{ connectRetryTime: 2, holdTime: 9, keepaliveTime: 3 },
  nodes: {
    n1: { ipv4Address: '10.0.0.1', advertise: [{ prefix: '10.65.1.0/24' }] },
    n2: { ipv4Address: '10.0.0.2' },
    n3: { ipv4Address: '10.0.0.3' },
  },
  peers: { tor: { address: '192.20.30.40', asNumber: 65000 } },
};
const fabric = (more: Partial<FabricSpec> = {}) => readFabric({ ...SPEC, ...more }).fabric!;
const NODES = Object.keys(SPEC.nodes!);

described('peerform ui beside a lab, in a browser', () => {
  let base: string;
  let lab: Lab;
  let ui: ChildProcess;
  let browser: Browser;
  let page: Page;
  let address: string;
  const troubles: string[] = [];
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'ui-'));
    lab = await up({
      fabric: fabric(),
      name: `live-${process.pid}`,
      folder: join(base, 'l'),
      agents: 'idle',
      outside: 'agent',
    });
    ui = spawn(process.execPath, [MAIN, 'ui', '--via', lab.endpoint], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(ui.stdout!.setEncoding('utf8'), 'data')) as [string];
    address = line.trim();
    browser = await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', ({ message }) => troubles.push(message));
    await page.goto(address);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    ui?.kill('SIGKILL');
    await lab?.down();
    rmSync(base, { recursive: true });
  }, 60_000);

  const client = (node: string) => new AgentClient(lab.endpoints[node]);
  const deployment = (activation: number, more: Partial<FabricSpec> = {}) => {
    const release = makeRelease(fabric(more));
    const command = (node: string) => ({
      ...{ node, owner: 'alice', fabric: 'live', release: release.digest, activation },
    });
    return {
      stage: async () => {
        for (const node of NODES) {
          await client(node).deliver(packDelivery({ release, endpoints: lab.endpoints }));
          await client(node).send('stage', command(node));
        }
      },
      activate: async (...nodes: string[]) => {
        for (const node of nodes) await client(node).send('activate', { ...command(node), confirmWithin: 300 });
      },
      everyone: async (verb: 'confirm' | 'finalise') => {
        for (const node of NODES) await client(node).send(verb, command(node));
      },
    };
  };
  const deployText = () => page.textContent('#deploy') as Promise<string>;
  const says = (text: RegExp, seconds = 30) =>
    eventually(async () => expect((await deployText()).replace(/\s+/g, ' ')).toMatch(text), seconds);
  /** The titles of places of this look. */
  const places = (look: string) => page.locator(`svg.net a.${look} title`).allTextContents();
  async function kept(name: string): Promise<void> {
    if (KEPT === undefined) return;
    mkdirSync(KEPT, { recursive: true });
    await page.screenshot({ path: join(KEPT, `ui-lab-${name}.png`), fullPage: true });
  }

  test('shows the first deploy: the picture comes with it, and sessions come up', async () => {
    await page.waitForSelector('#state:has-text("Live")');
    expect(await (page.textContent('h1') as Promise<string>)).toBe('No fabric yet');
    const first = deployment(1);
    await first.stage();
    await first.activate(...NODES);
    await eventually(async () => expect(await (page.textContent('h1') as Promise<string>)).toBe('Fabric live'));
    await says(/on trial: rolls back in \d+ s unless confirmed/);
    await first.everyone('confirm');
    await first.everyone('finalise');
    await says(/Activation 1 of release \w{12} is deployed: 3 of 3 nodes have it/);
    await eventually(async () => expect(await places('ok')).toHaveLength(4), 60);
    expect(await (page.textContent('#totals') as Promise<string>)).toContain('9 of 9 sessions up');
  }, 120_000);

  test('shows a session go down and come up', async () => {
    const ip = async (words: string) => (await lab.run('n3', ['ip', ...words.split(' ')])).stdout.trim();
    const [device] = (await ip('-br -4 addr show to 10.0.0.3')).split(/[\s@]/);
    const ways = (await ip(`-4 route show dev ${device} scope link`)).split('\n');
    await ip(`link set ${device} down`);
    await eventually(async () => expect((await places('bad')).join()).toContain('n3, 10.0.0.3, 0/3 up'), 120);
    await kept('down');
    await ip(`link set ${device} up`);
    for (const way of ways) await ip(`route replace ${way.trim()} dev ${device}`); // which the kernel forgot with the link
    await eventually(async () => expect(await places('ok')).toHaveLength(4), 120);
    expect(await (page.textContent('#events') as Promise<string>)).toMatch(/n3 session .*Established/);
  }, 260_000);

  test('shows why a node uses a route, by a click on the prefix', async () => {
    await page.click('svg.net a:has-text("n2")');
    await page.click('#panel >> text=Routes of n2');
    await page.click('#panel .routes a:text-is("10.65.1.0/24") >> nth=0');
    await page.waitForSelector('#panel .causes');
    expect(await (page.textContent('#panel') as Promise<string>)).toMatch(
      /Why: 10\.65\.1\.0\/24 at n2[\s\S]*in use[\s\S]*the path to 10\.65\.1\.0\/24 from/,
    );
    await kept('why');
  });

  test('shows a drain and its end', async () => {
    await client('n2').send('drain', { node: 'n2', by: 'bob' });
    await says(/n2: (is being drained: neighbours are asked to avoid it|out of service) \(bob, /);
    await eventually(async () => expect((await places('dra')).join()).toContain('out of service'), 60);
    await kept('drain');
    await client('n2').send('undrain', { node: 'n2', by: 'bob' });
    await eventually(async () => expect(await places('ok')).toHaveLength(4), 60);
  }, 150_000);

  test('shows a deploy as it goes from node to node, and that it is over', async () => {
    const next = deployment(2, { holdTime: 12 });
    await next.stage();
    await next.activate('n1');
    await says(/Activation 2 .* is being deployed.*Activated 1 node \(n1\): on trial.*To come 2 nodes \(n2, n3\)/);
    expect((await places('tri')).join() + (await places('bad')).join()).toContain('activation 2 rolls back in');
    await kept('wave-1');
    await sleep(1500);
    await next.activate('n2', 'n3');
    await says(/Activated 1 node \(n1\): on trial.*Then 2 nodes \(n2, n3\): on trial/);
    await next.everyone('confirm');
    await next.everyone('finalise');
    await says(/Activation 2 .* is deployed.*Activated 1 node \(n1\): confirmed.*Then 2 nodes \(n2, n3\): confirmed/);
    await eventually(async () => expect(await places('ok')).toHaveLength(4), 60);
    await kept('deployed');
  }, 150_000);

  test('shows an agent that is gone', async () => {
    const pid = execFileSync('pgrep', ['-f', `${lab.endpoints.n3.slice('unix://'.length)}`], { encoding: 'utf8' });
    for (const one of pid.trim().split('\n')) process.kill(Number(one), 'SIGKILL');
    await eventually(async () => expect((await places('sil')).join()).toMatch(/n3, 10\.0\.0\.3: no status/), 30);
    await kept('gone');
  }, 60_000);

  test('ends on SIGTERM with 0, and the page says that it is not live any more', async () => {
    ui.kill('SIGTERM');
    expect(await once(ui, 'exit')).toEqual([0, null]);
    await page.waitForSelector('#state:has-text("Not connected")');
    expect(
      troubles.filter((text) => !text.includes('ERR_CONNECTION_REFUSED') && !text.includes('ERR_INCOMPLETE')),
    ).toEqual([]);
  }, 30_000);
});
