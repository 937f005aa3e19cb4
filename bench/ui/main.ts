import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
/** Milliseconds from an event at an agent to the picture, at the median. */
const AIM = 100;

const { values } = parseArgs({
  options: {
    programs: { type: 'string' },
    root: { type: 'string' },
    nodes: { type: 'string', default: '200' },
    events: { type: 'string', default: '100' },
    report: { type: 'string' },
  },
});
const [nodes, events] = [Number(values.nodes), Number(values.events)];

/** Milliseconds of the epoch at which each event was there. */
interface Seen {
  readonly at: number;
  readonly stream: number;
  readonly page?: number;
}

async function main(): Promise<number> {
  const fleet = fork(join(values.programs!, 'fleet.js'), [String(nodes)], { stdio: 'inherit' });
  const [{ via }] = (await once(fleet, 'message')) as [{ via: string }];
  const ui = spawn(process.execPath, [join(values.root!, 'dist/cli/main.js'), 'ui', '--no-open', '--via', via], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(ui.stdout!.setEncoding('utf8'), 'data')) as [string];
    return await measured(fleet, line.trim());
  } finally {
    ui.kill('SIGTERM');
    fleet.disconnect();
  }
}

async function measured(fleet: ChildProcess, address: string): Promise<number> {
  const stream = new Stream(address);
  const browser = existsSync(CHROMIUM)
    ? await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    : undefined;
  const page = await browser?.newPage();
  try {
    await page?.goto(address);
    await stream.until((text) => text.includes(`${nodes} of ${nodes} nodes respond`));
    await page?.waitForSelector(`a.ok >> nth=${nodes - 1}`, { state: 'attached', timeout: 60_000 });
    const seen: Seen[] = [];
    for (let i = 0; i < events; i++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      seen.push(await oneEvent(fleet, stream, page, i));
    }
    return report(seen);
  } finally {
    await browser?.close();
    stream.close();
  }
}

/** A session of one node goes down, or comes up again. */
async function oneEvent(fleet: ChildProcess, stream: Stream, page: Page | undefined, i: number): Promise<Seen> {
  const number = ((i >> 1) % (nodes - 1)) + 1;
  const node = `n${number}`;
  const isDown = i % 2 === 0;
  const shown = page?.evaluate(`new Promise((resolve) => {
    const place = [...document.querySelectorAll('svg.net a')].find((one) => one.getAttribute('href') === '#node?node=${node}');
    new MutationObserver((_, observer) => {
      if (!place.classList.contains('${isDown ? 'bad' : 'ok'}')) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(Date.now()));
    }).observe(place, { attributes: true });
  })`) as Promise<number> | undefined;
  // The page has begun to look when it answers the next question.
  await page?.evaluate('1');
  const begun = once(fleet, 'message') as Promise<[{ at: number }]>;
  const came = stream.until(
    (text) => text.includes(`"${node}, `) && text.includes(isDown ? 'sessions down' : 'as it should be'),
  );
  fleet.send({ node, other: `n${number + 1}`, state: isDown ? 'Idle' : 'Established' });
  const [[{ at }], at2, at3] = await Promise.all([begun, came, shown]);
  return { at, stream: at2, ...(at3 !== undefined && { page: at3 }) };
}

/** What the page is sent. */
class Stream {
  private readonly waiting = new Set<{ holds: (text: string) => boolean; done: (at: number) => void }>();
  private readonly request;

  constructor(address: string) {
    const { port, hash } = new URL(address);
    const headers = { authorization: `Bearer ${hash.slice('#token='.length)}` };
    let rest = '';
    this.request = get({ host: '127.0.0.1', port, path: '/events', headers, agent: false }, (reply) =>
      reply.setEncoding('utf8').on('data', (part: string) => {
        const all = (rest + part).split('\n\n');
        rest = all.pop()!;
        for (const text of all)
          for (const one of this.waiting)
            if (one.holds(text)) {
              this.waiting.delete(one);
              one.done(Date.now());
            }
      }),
    ).on('error', () => {});
  }

  /** When something comes of which this holds. */
  until(holds: (text: string) => boolean): Promise<number> {
    return new Promise((done) => this.waiting.add({ holds, done }));
  }

  close(): void {
    this.request.destroy();
  }
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

function report(seen: readonly Seen[]): number {
  const rows = [
    ['to the stream that a page reads', seen.map(({ at, stream }) => stream - at)],
    ['to the picture in chromium, drawn', seen.flatMap(({ at, page }) => (page === undefined ? [] : [page - at]))],
  ] as const;
  const lines = rows
    .filter(([, times]) => times.length > 0)
    .map(([what, times]) => {
      const sorted = [...times].sort((a, b) => a - b);
      return { what, median: at(sorted, 0.5), p95: at(sorted, 0.95), most: sorted.at(-1)! };
    });
  const text = [
    '# From an event at an agent to the picture of `peerform ui`',
    '',
    `Written by \`npm run bench:ui\`: ${nodes} nodes in a full mesh (${(nodes * (nodes - 1)) / 2} sessions), all agents in one process, on ${cpus().length} cores of ${cpus()[0].model}, Node.js ${process.versions.node}. ${events} times a session goes down or comes up at one agent. The aim is ${AIM} ms at the median.`,
    '',
    '| | median (ms) | 95 % | longest |',
    '|---|---|---|---|',
    ...lines.map(({ what, median, p95, most }) => `| ${what} | ${median} | ${p95} | ${most} |`),
    '',
  ].join('\n');
  console.log(text);
  if (values.report !== undefined) writeFileSync(values.report, text);
  return lines.every(({ median }) => median <= AIM) ? 0 : 1;
}

void main().then((code) => process.exit(code));
