import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../lib/cli/run';
import { packDelivery } from '../../lib/control/delivery';
import type { Observation } from '../../lib/control/observed';
import { packJson } from '../../lib/control/packed';
import { makeRelease } from '../../lib/control/release';
import type {
  AgentEvent,
  AgentStatus,
  FibCheck,
  KernelStatus,
  RouteStatus,
  SessionMatches,
} from '../../lib/control/status';
import type { Fabric } from '../../lib/model/fabric';

const time = '2026-11-23T08:22:38.000Z';
const kernel: Required<Omit<KernelStatus, 'lastDisturbance'>> = {
  wanted: 3,
  installed: 2,
  failed: [{ prefix: '10.0.0.0/8', reason: 'no way' }],
  withheld: { routes: 1, examples: [{ prefix: '10.0.0.1/32', reason: 'it is an address of this node' }] },
  passedOn: { prefixes: 1, examples: [{ prefix: '10.0.0.0/24', reason: 'the link eth0 is connected to it' }] },
  movesSlowly: true,
  waiting: [{ nextHop: '10.0.0.9', reason: 'unreachable', routes: 1 }],
  workloads: 1,
  differences: { missing: 1, extra: 0, different: 0 },
  lastDifference: time,
  beside: [{ prefix: '10.0.0.0/8', protocol: 'bird', metric: 100 }],
  duplicates: [{ prefix: '10.65.0.1/32', nodes: ['n2'] }],
};
const step = { release: `sha256:${'5'.repeat(64)}`, activation: 1 };
const status: AgentStatus = {
  schemaVersion: 1,
  version: '0.1.0',
  node: 'n1',
  fabric: 'lab',
  asNumber: 67111,
  routerId: '10.0.0.1',
  startedAt: time,
  transaction: {
    owner: 'ann@host:/srv',
    activation: 1,
    confirmed: step,
    active: step,
    staged: null,
    retiring: null,
    returned: { ...step, reason: 'it failed' },
    drained: { by: 'ann', at: time },
    returnsInMs: null,
  } as unknown as AgentStatus['transaction'],
  service: 'none',
  sessions: [
    {
      key: '10.0.0.1 10.0.0.2 179',
      kind: 'mesh',
      origin: 'nodeToNodeMesh',
      remoteNode: 'n2',
      localAddress: '10.0.0.1',
      remoteAddress: '10.0.0.2',
      port: 179,
      localAs: 67111,
      remoteAs: 67111,
      isInside: true,
      isRetiring: false,
      state: 'Idle',
      since: time,
      lastError: { at: time, text: 'received: NOTIFICATION Cease' },
      routes: { ipv4: { received: 0, accepted: 0, advertised: 0, endOfRib: true } },
    },
    {
      key: '10.0.0.1 10.0.0.3 179',
      kind: 'global',
      origin: 'peers.tor',
      localAddress: '10.0.0.1',
      remoteAddress: '10.0.0.3',
      port: 179,
      localAs: 67111,
      remoteAs: 65000,
      isInside: false,
      isRetiring: false,
      state: 'Idle',
      since: time,
      down: 'administratively down',
      routes: {},
    },
  ],
  kernel,
  leftOut: [{ kind: 'refused', what: 'refused connections', count: 3, last: time }],
};
/** The best path, which is not beside another. */
const route: Required<Omit<RouteStatus, 'isBeside'>> = {
  prefix: '10.0.0.0/8',
  isBest: true,
  from: 'local',
  nextHop: '10.0.0.2',
  reason: 'the import policy rejects it',
  withheld: 'it is an address of this node',
  asPath: '65000',
  localPref: 100,
  med: 1,
  code: 'policy',
  rule: { filter: 'all', number: 1, action: 'reject' },
  also: [
    { code: 'policy', reason: 'it is rejected by export policy', rule: { filter: 'all', number: 2, action: 'reject' } },
  ],
  origin: 'igp',
  communities: ['64512:1', 'no-export'],
  since: time,
  isStale: true,
};
const matches: SessionMatches[] = [
  {
    key: '10.0.0.1 10.0.0.3 179',
    import: { rules: [{ filter: 'all', number: 1, action: 'accept', routes: 4 }], unmatched: 1 },
  },
];
const { transaction, ...summary } = status;
const fib: FibCheck = {
  node: 'n1',
  routes: 3,
  missing: 1,
  extra: 0,
  different: 0,
  examples: [{ prefix: '10.0.0.0/8', kind: 'missing', by: 'ip route' }],
  since: time,
  tookMs: 3,
  kernel,
};
const observed: Observation[] = [
  {
    ...{ version: 1, node: 'n1', ...step, kind: 'deploy', began: time, lasted: 900, isOver: true },
    ...{ steps: { activated: 20, confirmed: 30, closed: 40 }, origins: ['10.65.0.1/32'], withdrawn: [] },
    sessions: [
      {
        ...{ key: '10.0.0.1 10.0.0.3 179', change: 'reset', reason: 'hold time', resets: 1, downs: 2 },
        ...{ wasUp: true, isUp: true, news: [{ at: 3, isUp: false, why: 'the hold timer expired' }] },
      },
    ],
    losses: [{ prefix: '10.0.0.0/8', at: 4, ms: 12, times: 1, isLost: false }],
    gaps: ['the agent was restarted'],
    prediction: packJson({
      ...{ version: 1, fabric: 'lab', about: 'Changes nothing.', nodes: ['n1', 'n2'], leaving: [], behind: [] },
      ...{ counts: { added: 0, removed: 0, reset: 0, retuned: 0 }, sessions: [], places: {}, drained: [] },
      ...{ mayBeDown: [], withdrawn: [], untold: [], losses: { by: 'simulation', gaps: [] } },
    }),
    cut: { sessions: 0, losses: 0, origins: 0 },
  },
];
const events: AgentEvent[] = [{ sequence: 1, time, kind: 'session', message: 'n2: Established' }];
/** What an agent answers, by the name of the question. */
export const ANSWERS = {
  status,
  summary: { ...summary, transaction },
  endpoints: { n1: 'x', n2: 'unix:///none.sock' },
  routes: [route],
  matches,
  fib,
  events,
  observed,
};
export type Answers = typeof ANSWERS;

/** An agent on a socket of its own that runs a fabric and answers what it is told to. */
export class AnsweringAgent {
  readonly folder = mkdtempSync(join(tmpdir(), 'peerform-answers-'));
  readonly via = `unix://${join(this.folder, 'agent.sock')}`;
  /** What it answers now; undefined: it refuses, in the words of {@link refusal}. */
  now: Answers | undefined = ANSWERS;
  refusal = { code: 'busy', message: 'no' };
  private eventsTold = 0;
  private isWatched = false;
  private readonly server = createServer((request, reply) => this.answer(request, reply));

  constructor(private readonly fabric: Fabric) {}

  start = (): Promise<void> => new Promise((resolve) => this.server.listen(join(this.folder, 'agent.sock'), resolve));

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true });
  }

  /** What a command line that asks it prints. */
  asked(...words: string[]): Promise<{ out: string; error: string }> {
    this.eventsTold = 0;
    this.isWatched = words[0] === 'watch';
    return outputOf(...words, '--via', this.via);
  }

  private answer({ method, url = '' }: IncomingMessage, reply: ServerResponse): void {
    const name = new URL(url, 'http://agent').pathname.split('/')[2] as keyof Answers | 'release';
    const { now } = this;
    const refuse = () => reply.writeHead(409).end(JSON.stringify({ error: this.refusal }));
    if (!now) return void refuse();
    if (name === 'release')
      return void reply.end(packDelivery({ release: makeRelease(this.fabric), endpoints: now.endpoints }));
    if (name === 'routes') return void reply.end(now.routes.map((one) => `${JSON.stringify(one)}\n`).join(''));
    if (name === 'events' && this.eventsTold++ > 1) return void refuse(); // else it would be followed for ever
    // Where a node doesn't answer `watch` asks it for ever.
    if (name === 'endpoints' && this.isWatched) return void reply.end('{}');
    const answer = method === 'POST' ? now.summary : now[name];
    if (answer === undefined)
      return void reply.writeHead(404).end(JSON.stringify({ error: { code: 'unknown', message: `no ${name}` } }));
    reply.end(JSON.stringify(answer));
  }
}

/** Runs a command line in this process; what it printed on either stream. */
export async function outputOf(...words: string[]): Promise<{ out: string; error: string }> {
  const text = { out: '', error: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      text[stream === 'stdout' ? 'out' : 'error'] += chunk;
      return true;
    }),
  );
  const before = process.exitCode;
  try {
    await run(words);
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = before;
  }
  return text;
}

export const ESCAPE = '\u001b';
/** What puts a style on and off. */
export const CODES = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');
