import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireContext } from '../../lib/bgp/wire/context';
import type { Family } from '../../lib/bgp/wire/family';
import { IpAddress } from '../../lib/model/address';
import { sure } from '../../lib/model/problem';
import { type Feed, feed } from '../table/feed';
import { firstOf, lastOf, prefixes } from '../table/prefixes';
import type { Daemon } from './daemon/daemon';
import { INJECTOR, Namespaces, SINKS_OWN } from './namespaces';
import type { Neighbour, Order } from './orders';
import { Traffic } from './traffic-process';
import { DAEMON_AS, INJECTOR_AS, type Measured, type Setup, Trial } from './trial';

/** A figure of one daemon in one run. */
export interface Figure {
  /** The work, a line of the report. */
  readonly work: string;
  readonly value: number;
  readonly unit: 's' | 'ms' | 'MB' | 'octets';
  /** Seconds of the daemon's processors. */
  readonly processor?: number;
  readonly disturbed?: boolean;
  /** How much work it was: routes, or neighbours. */
  readonly size?: number;
}

/** Where a run keeps its files, and the program that plays neighbours. */
export interface Place {
  readonly scratch: string;
  readonly program: string;
  /** Seconds, of all sessions. */
  readonly holdTime: number;
  /** How many clients a route reflector has. */
  readonly clients: number;
}

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** The sizes it is run with unless others are asked for, and what they count. */
  readonly sizes: readonly number[];
  readonly counts: 'routes' | 'neighbours';
  /** For daemons that write kernel routes; absent: for all. */
  readonly kernelRoutes?: true;
  /** Runs it once, telling each figure as soon as it is there. */
  run(daemon: Daemon, size: number, place: Place, tell: (figure: Figure) => void): Promise<void>;
}

/** Share of the prefixes that get another path. */
const CHURN = 0.1;
const timeLimit = (routes: number): number => 60 + routes / 2500;

/** 10000 is 10k. */
export const short = (n: number): string => (n >= 1e6 ? `${n / 1e6}M` : n >= 1e4 ? `${n / 1e3}k` : String(n));

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'load',
    what: 'a table in and out to one neighbour, then a tenth of it changes, then the session ends',
    sizes: [10_000, 100_000, 1_000_000],
    counts: 'routes',
    run: (daemon, size, place, tell) => throughput(daemon, size, place, tell, 'ipv4', 1),
  },
  {
    name: 'own',
    what: 'a table in without anybody to be told; then a neighbour comes late',
    sizes: [10_000, 100_000, 1_000_000],
    counts: 'routes',
    async run(daemon, size, place, tell) {
      const { table } = feedsOf(size, 'ipv4', place.scratch);
      await withTrial(daemon, place, { family: 'ipv4', sinks: 1 }, async (trial) => {
        await trial.connect(trial.injector);
        await trial.settle();
        const before = trial.memory('VmRSS');
        tell({ work: 'memory with none', value: before / 1e6, unit: 'MB' });
        trial.mark();
        trial.injector.order({ order: 'send', id: 0, file: table.file });
        const { at } = await trial.injector.wait('sending', 30);
        tell(
          figure(`${short(size)} in, nobody told`, await trial.measured(at, await trial.holds(size, timeLimit(size)))),
        );
        tell({ work: `memory with ${short(size)}`, value: trial.memory('VmHWM') / 1e6, unit: 'MB' });
        tell({
          work: `octets a route of ${short(size)}`,
          value: (trial.memory('VmHWM') - before) / size,
          unit: 'octets',
        });
        await trial.settle();
        tell({ work: `memory with ${short(size)}, at rest`, value: trial.memory('VmRSS') / 1e6, unit: 'MB' });
        trial.mark();
        trial.sinks.order({ order: 'expect', announced: size });
        trial.sinks.order({ order: 'connect' });
        const { at: up } = await trial.sinks.wait('up', 60);
        const told = await trial.keepAwake(trial.sinks.wait('told', timeLimit(size), () => trial.isAlive()));
        mustBe(table, told.checksum);
        tell(figure(`${short(size)} to a late neighbour`, await trial.measured(up, told.at)));
      });
    },
  },
  {
    name: 'fib',
    what: 'a table into the kernel, without anybody to be told; then the session ends and it is out again',
    sizes: [1_000_000],
    counts: 'routes',
    kernelRoutes: true,
    async run(daemon, size, place, tell) {
      const { table } = feedsOf(size, 'ipv4', place.scratch);
      await withTrial(daemon, place, { family: 'ipv4', sinks: 1, kernelRoutes: true }, async (trial) => {
        await trial.connect(trial.injector);
        await trial.rest();
        const before = trial.inKernel();
        const pauses = await trial.pauses();
        for (const isIn of [true, false]) {
          trial.mark();
          trial.injector.order(isIn ? { order: 'send', id: 0, file: table.file } : { order: 'close', id: 0 });
          const { at } = await trial.injector.wait(isIn ? 'sending' : 'closed', 30);
          const done = await trial.kernelHolds(before + (isIn ? size : 0), timeLimit(size), !isIn);
          const work = isIn ? `${short(size)} into the kernel` : `session ends, ${short(size)} out of the kernel`;
          tell(figure(work, await trial.measured(at, done)));
        }
        tell({ work: `memory with ${short(size)} in the kernel`, value: trial.memory('VmHWM') / 1e6, unit: 'MB' });
        if (pauses)
          tell({
            work: `longest pause of the event loop, ${short(size)} in and out of the kernel`,
            value: await pauses(),
            unit: 'ms',
          });
      });
    },
  },
  ...[10, 50].map(
    (sinks): Scenario => ({
      name: `fanout${sinks}`,
      what: `a table to ${sinks} neighbours, then a tenth of it changes`,
      sizes: [100_000],
      counts: 'routes',
      run: (daemon, size, place, tell) => throughput(daemon, size, place, tell, 'ipv4', sinks),
    }),
  ),
  {
    name: 'ipv6',
    what: 'as load, of IPv6',
    sizes: [200_000],
    counts: 'routes',
    run: (daemon, size, place, tell) => throughput(daemon, size, place, tell, 'ipv6', 1),
  },
  {
    name: 'reflector',
    what: 'a table to all clients of a route reflector; then one client with routes of its own leaves, and comes back',
    sizes: [100_000],
    counts: 'routes',
    run: reflector,
  },
  {
    name: 'sessions',
    what: 'so many neighbours come up, at most four at a time in the middle of it',
    sizes: [1000],
    counts: 'neighbours',
    run: (daemon, size, place, tell) => sessions(daemon, size, place, tell, 4, `${size} sessions up`),
  },
  {
    name: 'herd',
    what: 'so many neighbours connect at once',
    sizes: [1000],
    counts: 'neighbours',
    run: (daemon, size, place, tell) =>
      sessions(daemon, size, place, tell, undefined, `${size} sessions up that connect at once`),
  },
];

async function throughput(
  daemon: Daemon,
  size: number,
  place: Place,
  tell: (figure: Figure) => void,
  family: 'ipv4' | 'ipv6',
  sinks: number,
): Promise<void> {
  const { table, churn } = feedsOf(size, family, place.scratch);
  const limit = timeLimit(size * Math.max(1, sinks / 4));
  const name = `${short(size)}${family === 'ipv6' ? ' IPv6' : ''}`;
  const to = sinks === 1 ? 'in and out' : `to ${sinks} neighbours`;
  await withTrial(daemon, place, { family, sinks }, async (trial) => {
    await trial.connect(trial.sinks);
    await trial.connect(trial.injector);
    await trial.rest();
    const pauses = await trial.pauses();
    for (const [part, work] of [
      [table, `${name} ${to}`],
      [churn, `10 % of ${name} change${sinks === 1 ? '' : `, ${to}`}`],
    ] as const) {
      trial.sinks.order({ order: 'expect', announced: part.count });
      await trial.sinks.wait('ready', 30);
      trial.mark();
      trial.injector.order({ order: 'send', id: 0, file: part.file });
      const { at } = await trial.injector.wait('sending', 30);
      const told = await trial.sinks.wait('told', limit, () => trial.isAlive());
      mustBe(part, told.checksum);
      tell(figure(work, await trial.measured(at, told.at)));
    }
    if (sinks > 1) return;
    trial.sinks.order({ order: 'expect', withdrawn: size });
    await trial.sinks.wait('ready', 30);
    trial.mark();
    trial.injector.order({ order: 'close', id: 0 });
    const { at } = await trial.injector.wait('closed', 30);
    const told = await trial.sinks.wait('told', limit, () => trial.isAlive());
    tell(figure(`session ends, ${name} withdrawn`, await trial.measured(at, told.at)));
    if (pauses)
      tell({ work: `longest pause of the event loop in all this, ${name}`, value: await pauses(), unit: 'ms' });
  });
}

/** Routes of the client that leaves and comes back. */
const OWN = 100;

async function reflector(daemon: Daemon, size: number, place: Place, tell: (figure: Figure) => void): Promise<void> {
  const { clients, scratch } = place;
  const { table, own } = feedsOf(size, 'ipv4', scratch, 'ibgp');
  const limit = timeLimit((size * clients) / 4);
  const name = `${short(size)} to ${clients} clients`;
  await withTrial(daemon, place, { family: 'ipv4', sinks: clients, reflects: true }, async (trial) => {
    const { injector, sinks } = trial;
    await trial.connect(sinks);
    await trial.connect(injector);
    await trial.rest();
    tell({ work: `memory with ${clients} clients`, value: trial.memory('VmRSS') / 1e6, unit: 'MB' });
    const [flapping] = trial.sinkIds;
    /** Has something done, and waits until these were told. */
    const told = async (
      work: string,
      expected: Omit<Extract<Order, { order: 'expect' }>, 'order'>,
      by: Traffic,
      order: Order,
      begins: 'sending' | 'closed' | 'reopening',
    ) => {
      sinks.order({ order: 'expect', ...expected });
      await sinks.wait('ready', 30);
      trial.mark();
      by.order(order);
      const { at } = await by.wait(begins, 30);
      const end = await sinks.wait('told', limit, () => trial.isAlive());
      tell(figure(work, await trial.measured(at, end.at)));
      return end.checksum;
    };
    const all = await told(name, { announced: size }, injector, { order: 'send', id: 0, file: table.file }, 'sending');
    mustBe(table, all);
    tell({ work: `memory with ${name}`, value: trial.memory('VmHWM') / 1e6, unit: 'MB' });
    const pauses = await trial.pauses();
    const others = { except: flapping };
    const sends: Order = { order: 'send', id: flapping, file: own.file };
    const rest = `to the other ${clients - 1}`;
    await told(`${OWN} of a client ${rest}`, { announced: OWN, ...others }, sinks, sends, 'sending');
    await told(
      `that client leaves, ${OWN} withdrawn ${rest}`,
      { withdrawn: OWN, ...others },
      sinks,
      { order: 'close', id: flapping },
      'closed',
    );
    await told(
      `it comes back, until it has ${short(size)}`,
      { announced: size, only: flapping },
      sinks,
      { order: 'reopen', id: flapping },
      'reopening',
    );
    if (pauses)
      tell({ work: `longest pause of the event loop, ${clients} clients`, value: await pauses(), unit: 'ms' });
  });
}

async function sessions(
  daemon: Daemon,
  size: number,
  place: Place,
  tell: (figure: Figure) => void,
  window: number | undefined,
  work: string,
): Promise<void> {
  await withTrial(daemon, place, { family: 'ipv4', sinks: size }, async (trial) => {
    trial.mark();
    trial.sinks.order({ order: 'connect', ...(window !== undefined && { window }) });
    const { at } = await trial.sinks.wait('connecting', 60);
    const up = await trial.sinks.wait('up', 60, () => trial.isAlive());
    tell(figure(work, await trial.measured(at, up.at)));
  });
}

/** The bench's own ceiling: seconds from the injector straight into a sink, with no daemon between. */
export async function selfTest(size: number, { scratch, program }: Place): Promise<number> {
  const { table } = feedsOf(size, 'ipv4', scratch);
  const namespaces = new Namespaces();
  namespaces.up([]);
  const neighbour: Neighbour = {
    id: 0,
    local: '10.2.0.2',
    remote: '10.2.0.2',
    as: INJECTOR_AS,
    routerId: 1,
    family: 'ipv4',
    remembers: false,
    holdTime: 240,
  };
  // The injector's own AS number takes the place of the daemon's, so the paths differ: only prefixes are counted here.
  const [injector, sink] = [0, 1].map(
    () => new Traffic((argv) => namespaces.command('neighbours', undefined, argv), program),
  );
  try {
    injector.order({ order: 'neighbours', neighbours: [{ ...neighbour, listens: true }] });
    sink.order({ order: 'neighbours', neighbours: [{ ...neighbour, remembers: true }] });
    injector.order({ order: 'connect' });
    await injector.wait('connecting', 10);
    sink.order({ order: 'connect' });
    await Promise.all([injector.wait('up', 10), sink.wait('up', 10)]);
    sink.order({ order: 'expect', announced: size });
    await sink.wait('ready', 10);
    injector.order({ order: 'send', id: 0, file: table.file });
    const { at } = await injector.wait('sending', 10);
    const told = await sink.wait('told', 60);
    return told.at - at;
  } finally {
    await Promise.all([injector.end(), sink.end()]);
    namespaces.down();
  }
}

async function withTrial(
  daemon: Daemon,
  { scratch, program, holdTime }: Place,
  setup: Omit<Setup, 'holdTime'>,
  work: (trial: Trial) => Promise<void>,
): Promise<void> {
  const trial = await Trial.begin(daemon, scratch, program, { ...setup, holdTime });
  try {
    await work(trial);
  } finally {
    await trial.end();
  }
}

type FeedFile = Omit<Feed, 'bytes'> & { readonly file: string };
interface Feeds {
  readonly table: FeedFile;
  readonly churn: FeedFile;
  readonly own: FeedFile;
}
const made = new Map<string, Feeds>();

/** The table of this size, the other paths of a tenth of it, and further routes of another neighbour, as files. */
function feedsOf(
  size: number,
  family: 'ipv4' | 'ipv6',
  scratch: string,
  session: WireContext['session'] = 'ebgp',
): Feeds {
  const name = `${family}-${session}-${size}`;
  const known = made.get(name);
  if (known) return known;
  const context: WireContext = {
    session,
    as4: true,
    addPathReceive: new Set(),
    addPathSend: new Set(),
    extendedMessage: false,
    localAs: INJECTOR_AS,
    peerAs: DAEMON_AS,
    families: new Set<Family>([`${family} unicast`]),
    extendedNextHop: new Set(),
  };
  const more = prefixes(size + OWN, family);
  const all = firstOf(more, size);
  const nextHop = sure(IpAddress.parse(INJECTOR[family].own)).bytes;
  mkdirSync(scratch, { recursive: true });
  const file = ({ bytes, ...facts }: Feed, suffix: string): FeedFile => {
    const path = join(scratch, `${name}.${suffix}`);
    writeFileSync(path, bytes);
    return { ...facts, file: path };
  };
  const nextHopOfSinks = sure(IpAddress.parse(SINKS_OWN[family])).bytes;
  const feeds = {
    table: file(feed(all, context, { nextHop, seed: 2 }), 'table'),
    churn: file(feed(firstOf(all, Math.round(size * CHURN)), context, { nextHop, seed: 3 }), 'churn'),
    own: file(feed(lastOf(more, OWN), context, { nextHop: nextHopOfSinks, seed: 4 }), 'own'),
  };
  made.set(name, feeds);
  return feeds;
}

const figure = (work: string, { seconds, processor, disturbed }: Measured): Figure => ({
  work,
  value: seconds,
  unit: 's',
  processor,
  disturbed,
});

function mustBe({ checksum }: FeedFile, got: number | undefined): void {
  if (got !== checksum)
    throw new Error('what came out is not what went in: a prefix is missing, comes twice or has a wrong path');
}
