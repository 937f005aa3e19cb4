/*
 * Compares BGP daemons on this machine: starts each that is installed, one after another, in network namespaces of its
 * own, with neighbours that send and count, and prints one table with the ratios to BIRD. See
 * `node bench/run.mjs --help`.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { roomFor } from '../neighbour-room';
import { bird } from './daemon/bird';
import type { Daemon, Tree } from './daemon/daemon';
import { frr } from './daemon/frr';
import { gobgp } from './daemon/gobgp';
import { openbgpd } from './daemon/openbgpd';
import { peerform } from './daemon/peerform';
import { Results } from './report';
import { type Figure, type Place, SCENARIOS, type Scenario, selfTest, short } from './scenario';

const { values } = parseArgs({
  options: {
    daemon: { type: 'string' },
    scenario: { type: 'string' },
    size: { type: 'string' },
    neighbours: { type: 'string' },
    reps: { type: 'string', default: '1' },
    hold: { type: 'string', default: '240' },
    patience: { type: 'string', default: '120' },
    report: { type: 'string' },
    growth: { type: 'boolean', default: false },
    wide: { type: 'boolean', default: false },
    program: { type: 'string' },
    trees: { type: 'string', default: '[]' },
  },
});
/** Trees of other releases, each with the name that its daemons get. */
const TREES = JSON.parse(values.trees) as readonly (Tree & { readonly release: string })[];
/** BIRD 3 has threads. */
function threadsOf(tree: Tree): readonly (number | undefined)[] {
  return Number.parseInt(bird('', tree).version() ?? '', 10) >= 3 ? [1, 2] : [undefined];
}

const DAEMONS: readonly Daemon[] = [
  bird('BIRD'),
  ...TREES.flatMap((tree) => [
    ...(tree.bird2 === undefined ? [] : [bird(`BIRD 2 of ${tree.release}`, tree, tree.bird2)]),
    ...threadsOf(tree).map((threads) =>
      bird(`BIRD of ${tree.release}${threads === 2 ? ', 2 threads' : ''}`, tree, '', threads),
    ),
  ]),
  frr('FRR'),
  ...TREES.map((tree) => frr(`FRR of ${tree.release}`, tree)),
  openbgpd('OpenBGPD'),
  ...TREES.map((tree) => openbgpd(`OpenBGPD of ${tree.release}`, tree)),
  gobgp('GoBGP'),
  ...TREES.map((tree) => gobgp(`GoBGP of ${tree.release}`, tree)),
  peerform,
];

/** Entries in the kernel's table of neighbours: a thousand sinks, with room for what else the machine does. */
const ROOM = 24_576;

async function main(): Promise<void> {
  const daemons = installed(values.daemon?.split(','));
  const chosen = values.scenario?.split(',') ?? (values.growth ? GROWING : undefined);
  const scenarios = SCENARIOS.filter(({ name }) => !chosen || chosen.includes(name));
  const scratch = mkdtempSync(join(tmpdir(), 'peerform-bench-'));
  const place = { scratch, program: values.program!, holdTime: Number(values.hold), clients: clientsOf() };
  process.once('exit', roomFor(ROOM));
  const results = new Results();
  const took: Took = new Map();
  chmodSync(scratch, 0o755); // daemons that give up their privileges must get in
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  try {
    const ceiling = await selfTest(1_000_000, place);
    console.error(`injector straight into sink: 1M in ${ceiling.toFixed(3)} s`);
    for (const scenario of scenarios)
      for (const size of sizesOf(scenario)) {
        const fit = daemons.filter(({ daemon }) => daemon.writesKernel || !scenario.kernelRoutes);
        let isShort = false;
        for (let rep = 0; rep < Number(values.reps) || (isShort && rep < REPS_OF_SHORT); rep++)
          for (const { daemon } of fit) {
            const seconds = (took.get(`${daemon.name} ${scenario.name}`) ?? { seconds: 0 }).seconds;
            if (rep >= Number(values.reps) && seconds > SOON) continue;
            const figures = await runOnce(daemon, scenario, size, place, results, took);
            isShort ||= figures.some(({ unit, value }) => unit === 's' && value < SHORT);
          }
      }
    const names = daemons.map(({ daemon }) => daemon.name);
    const growth = values.growth ? `\n${results.growth(names)}` : '';
    const text = `${heading(daemons, ceiling)}\n${results.table(names)}${growth}`;
    console.log(text);
    if (values.report) writeFileSync(values.report, text);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Where a figure is below so many seconds, as single milliseconds are mostly chance, all daemons that take no longer
 * than SOON for a run of the scenario have so many runs.
 */
const SHORT = 0.01;
const REPS_OF_SHORT = 20;
const SOON = 15;

/** How long a daemon took with a scenario last, and with what size. */
type Took = Map<string, { readonly size: number; readonly seconds: number }>;

async function runOnce(
  daemon: Daemon,
  scenario: Scenario,
  size: number,
  place: Place,
  results: Results,
  took: Took,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const what = `${scenario.name} ${short(size)}`;
  const key = `${daemon.name} ${scenario.name}`;
  const smaller = took.get(key);
  if (smaller && size > smaller.size && (smaller.seconds * size) / smaller.size > Number(values.patience)) {
    results.fail(daemon.name, what, `left out, as ${short(smaller.size)} took ${smaller.seconds.toFixed(0)} s in all`);
    return figures;
  }
  const began = performance.now();
  try {
    await scenario.run(daemon, size, place, (figure) => {
      figures.push(figure);
      results.add(daemon.name, { ...figure, size });
      const { work, value, unit, processor, disturbed } = figure;
      console.error(
        `${daemon.name.padEnd(9)} ${work}: ${value.toFixed(3)} ${unit}${processor === undefined ? '' : `, ${processor.toFixed(3)} s CPU`}${disturbed ? ', disturbed' : ''}`,
      );
    });
  } catch (error) {
    results.fail(daemon.name, what, (error as Error).message);
    console.error(`${daemon.name.padEnd(9)} ${what}: ${(error as Error).message}`);
  }
  took.set(key, { size, seconds: (performance.now() - began) / 1000 });
  return figures;
}

function installed(names: readonly string[] | undefined): { daemon: Daemon; version: string }[] {
  const all = DAEMONS.filter(({ name }) => !names || names.includes(name.toLowerCase().split(' ')[0]));
  return all.flatMap((daemon) => {
    const version = daemon.version();
    if (version === undefined) console.error(`${daemon.name} is not installed`);
    return version === undefined ? [] : [{ daemon: values.wide ? { ...daemon, isWide: true } : daemon, version }];
  });
}

/** Sizes of `--growth`. */
const GROWTH = { routes: '1k,10k,100k,1M', neighbours: '1,10,100,1000' } as const;
const GROWING = ['load', 'own', 'sessions'];

function sizesOf({ sizes, counts }: Scenario): readonly number[] {
  const asked = (counts === 'routes' ? values.size : values.neighbours) ?? (values.growth ? GROWTH[counts] : undefined);
  return asked === undefined ? sizes : asked.split(',').map(sizeOf);
}

const clientsOf = (): number => (values.neighbours === undefined ? 1000 : sizeOf(values.neighbours.split(',')[0]));

const sizeOf = (text: string): number =>
  Number.parseFloat(text) * (text.endsWith('M') ? 1e6 : text.endsWith('k') ? 1e3 : 1);

function heading(daemons: readonly { daemon: Daemon; version: string }[], ceiling: number): string {
  const [{ model }] = cpus();
  return `Medians of ${values.reps} run(s), and of ${REPS_OF_SHORT} where a figure is below ${SHORT * 1000} ms, on ${cpus().length} cores (${model.trim()}), ${values.wide ? 'which the daemon and its neighbours share' : 'the daemon on one of them and its neighbours on the other'}.
${daemons.map(({ daemon, version }) => `${daemon.name} ${version}`).join(', ')}.
Ratios are to ${daemons[0]?.daemon.name}; smaller is better. "~": others took part of the daemon's core meanwhile.
The injector straight into the sink, without a daemon: 1M in ${ceiling.toFixed(2)} s.
`;
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
