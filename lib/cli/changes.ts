import { relative } from 'node:path';
import type { Command } from 'commander';
import { AgentClient } from '../control/client';
import { concurrently } from '../control/concurrency';
import { keptLocalAs } from '../control/local-as';
import { surveyOutside } from '../control/outside-survey';
import type { AgentSummary } from '../control/status';
import type { Fabric } from '../model/fabric';
import { withFormerSecrets } from '../model/former-secrets';
import { named } from '../model/named';
import { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import type { KeptLocalAs } from '../preview/impact';
import { destructionOf, type Preview, previewOf, SIMULATED_UNASKED } from '../preview/preview';
import type { OriginatedPrefixes } from '../preview/stage-origins';
import { type Report, reportOf } from '../report/report';
import type { OutsideRoutes } from '../topology/outside-routes';
import { codePlaces } from './code-places';
import { CommandError } from './exit-codes';
import {
  asChangeFrom,
  asChangeOf,
  type DestroyedFabric,
  FABRIC_FILES,
  type FabricFile,
  readFabricFiles,
} from './fabric-file';
import { withVia } from './via';

/** Maximum number of agents contacted concurrently. */
const AT_ONCE = 64;

/** Options that select a change. */
export interface ChangeFlags {
  readonly via: string;
  readonly fabric?: string;
  readonly wave?: readonly string[];
  readonly play?: boolean;
  /** The deploy is over: what runs is its result. */
  readonly observed?: unknown;
}

interface Change {
  /** Unset: there is none yet. */
  readonly before?: Fabric;
  readonly after: FabricFile;
  /** Prefixes that nodes originate now, from agents that respond. */
  readonly origins?: OriginatedPrefixes;
  /** What nodes receive from outside, from agents that respond. */
  readonly outside?: OutsideRoutes;
  /** Local AS numbers that nodes keep towards outside neighbours, from agents that respond. */
  readonly localAs?: KeptLocalAs;
}

/** A change and its preview. */
interface LookedAt {
  readonly preview: Preview;
  /** The deploy would be refused. */
  readonly isRefused: boolean;
  readonly report: () => Report;
}

/**
 * Adds the options that select a change: relative to what runs, a plan, or two files. `isOptional`: the change may be
 * missing.
 */
export const withChange = (command: Command, isOptional = false): Command =>
  withVia(command)
    .argument(
      isOptional ? '[file...]' : '<file...>',
      `the fabric after the change, or two files, before and after: ${FABRIC_FILES}; - for standard input. A plan has both, and is compared with what runs only if --via is given`,
    )
    .option(
      '--fabric <name>',
      'one of several fabrics; default: all of a plan or of two files, or with --via the running one',
    )
    .option('--wave <nodes...>', 'nodes that are activated together, separated by commas; once for each wave, in order')
    .option('--play', 'simulate it on a network of any size')
    .option('--no-play', 'do not simulate it');

/** Previews the change selected on the command line, for each of several fabrics. */
export async function lookedAt(files: readonly string[], flags: ChangeFlags, command: Command): Promise<LookedAt[]> {
  const changes = await changesOf(
    files,
    flags,
    flags.observed === undefined && command.getOptionValueSource('via') !== 'default',
  );
  if (changes.length > 1 && flags.wave)
    throw new CommandError('usage', '--wave applies to a single fabric: choose it with --fabric');
  return changes.map((change) => lookedAtOne(change, flags));
}

function lookedAtOne(change: Change | DestroyedFabric, { wave, play }: ChangeFlags): LookedAt {
  if ('isDestroyed' in change) {
    const { before } = change;
    const preview = destructionOf(before);
    return { preview, isRefused: true, report: () => reportOf(preview, { before }) };
  }
  const { before: running, after, ...known } = change;
  const { fabric, allowDisruption: isAllowed, planned, isRotated } = after;
  const before = running && isRotated ? withFormerSecrets(running) : running;
  const waves = existing(wave?.map((names) => names.split(',')) ?? after.waves, fabric);
  const preview = previewOf(before, fabric, { waves, ...known, isAllowed, ...(planned && { planned }), play });
  const places = after.places.size > 0 ? after.places : placesHere(fabric.name);
  return {
    preview,
    isRefused: preview.isDisruptive && !isAllowed,
    report: () =>
      reportOf(preview, { ...(before && { before }), after: fabric, waves, gateOf: after.gateTimes, places }),
  };
}

/** Source locations in the surrounding project, as relative paths: a report contains no absolute paths. */
const placesHere = (fabric: string): ReadonlyMap<string, string> =>
  new Map([...codePlaces(fabric, undefined)].map(([path, place]) => [path, relative(process.cwd(), place)]));

async function changesOf(
  files: readonly string[],
  { via, fabric }: ChangeFlags,
  asksAgents: boolean,
): Promise<(Change | DestroyedFabric)[]> {
  const [one, two, ...rest] = files;
  if (rest.length > 0) throw new CommandError('usage', 'pass one file, or two: before and after');
  if (two !== undefined) return pairsOf(readFabricFiles(one, fabric), readFabricFiles(two, fabric));
  const all = readFabricFiles(one, fabric);
  if (!asksAgents && all.every((file) => 'isDestroyed' in file || file.isPlan))
    return all.map((file) => ('isDestroyed' in file ? file : { before: file.before, after: file }));
  const { release, endpoints } = await new AgentClient(via).deployed();
  const { name } = release.fabric;
  const first = all.length === 1 ? all[0] : all.find((file) => nameOf(file) === name);
  if (!first || 'isDestroyed' in first)
    throw new CommandError('usage', `${one} does not contain fabric ${name}, which runs there`);
  const isSmall = Object.keys(release.fabric.nodes).length <= SIMULATED_UNASKED;
  const { planned: _, ...after } = asChangeOf(release.fabric, first);
  return [
    {
      before: release.fabric,
      after,
      ...(isSmall && { origins: await originsOf(endpoints) }),
      ...(await outsideOf(endpoints)),
    },
  ];
}

const nameOf = (file: FabricFile | DestroyedFabric): string =>
  'isDestroyed' in file ? file.before.name : file.fabric.name;

type Files = readonly (FabricFile | DestroyedFabric)[];

/** Changes between two files, with fabrics matched by name. */
function pairsOf(before: Files, after: Files): (Change | DestroyedFabric)[] {
  const [old, now] = [before, after].map((files) => files.flatMap((file) => ('isDestroyed' in file ? [] : file)));
  const isOne = old.length === 1 && now.length === 1;
  const changed = now.map((file): Change => {
    const former = isOne ? old[0] : old.find((one) => nameOf(one) === nameOf(file));
    const { planned: _, ...plain } = former ? asChangeFrom(former, file) : file;
    return { ...(former && { before: former.fabric }), after: plain };
  });
  const gone = isOne ? [] : old.filter((file) => !now.some((one) => nameOf(one) === nameOf(file)));
  return [...changed, ...gone.map(({ fabric }) => ({ before: fabric, isDestroyed: true as const }))];
}

/** What nodes receive from outside, and the local AS numbers they keep, from their agents. */
async function outsideOf(endpoints: Readonly<Record<string, string>>): Promise<Pick<Change, 'outside' | 'localAs'>> {
  const summaries = new Map<string, AgentSummary>();
  const absent = await concurrently(Object.entries(endpoints), AT_ONCE, async ([node, endpoint]) => {
    summaries.set(node, await new AgentClient(endpoint).summary({ outside: true }));
  });
  const ask = (node: string, name: string) => new AgentClient(endpoints[node]).sent(name);
  const heard = await surveyOutside(summaries, ask, Object.keys(endpoints));
  const silent = [...absent.keys()].map(([node]) => node).sort();
  return {
    outside:
      silent.length === 0
        ? heard
        : { ...heard, unknown: { ...heard.unknown, 'their agents gave no usable answer': silent } },
    localAs: keptLocalAs(summaries),
  };
}

/** What nodes originate, from their agents; an agent that does not respond gets a synthetic prefix. */
async function originsOf(endpoints: Readonly<Record<string, string>>): Promise<OriginatedPrefixes> {
  const all = await Promise.all(
    Object.entries(endpoints).map(async ([node, endpoint]) => {
      const own: Prefix[] = [];
      try {
        for await (const { prefix, from } of new AgentClient(endpoint).routes())
          if (from === 'local') own.push(sure(Prefix.parse(prefix)));
      } catch {
        return [];
      }
      return own.length > 0 ? [[node, own] as const] : [];
    }),
  );
  return named(all.flat());
}

function existing(waves: readonly (readonly string[])[], { nodes }: Fabric): readonly (readonly string[])[] {
  const strange = waves.flat().find((name) => !Object.hasOwn(nodes, name));
  if (strange !== undefined) throw new CommandError('usage', `--wave: there is no node ${strange}`);
  return waves;
}
