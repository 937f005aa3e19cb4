import type { Command } from 'commander';
import { AgentClient } from '../../control/client';
import { keptLocalAs } from '../../control/local-as';
import { surveyOutside } from '../../control/outside-survey';
import type { AgentSummary } from '../../control/status';
import { inTurns } from '../../control/turns';
import type { Fabric } from '../../model/fabric';
import { named } from '../../model/named';
import { Prefix } from '../../model/prefix';
import { printable } from '../../model/printable';
import { sure } from '../../model/problem';
import type { KeptLocalAs } from '../../preview/impact';
import type { Origins } from '../../preview/play';
import { destructionOf, PLAYED_UNASKED, type Preview, previewOf } from '../../preview/preview';
import { markdownReport, textFindings } from '../../preview/report';
import type { OutsideRoutes } from '../../topology/outside-routes';
import { CommandError, EXIT } from '../exit-codes';
import { asChangeOf, type DestroyedFabric, FABRIC_FILES, type FabricFile, readFabricFiles } from '../fabric-file';
import { type Format, show } from '../output';
import { foldedLine, lines, ownText, styled } from '../terminal';
import { withVia } from '../via';

/** Agents that are asked at a time. */
const AT_ONCE = 64;

interface Flags {
  readonly via: string;
  readonly fabric?: string;
  readonly wave?: readonly string[];
  readonly play?: boolean;
  readonly output: Format;
}

/**
 * `peerform impact`: what a change does to the network, before anything moves. Exits with 1 where it cuts nodes off and the stack does not
 * allow that, of several fabrics where one of them does.
 */
export function register(program: Command): void {
  withVia(program.command('impact'))
    .summary('show the effect of a change on the network before it is deployed')
    .description(
      'show the effect of a change on sessions, paths and prefixes before it is deployed: to what runs (--via), of a plan, or of two files',
    )
    .argument(
      '<file...>',
      `the fabric after the change, or two files, before and after: ${FABRIC_FILES}; - for standard input. A plan has both, and is compared with what runs only if --via is given`,
    )
    .option(
      '--fabric <name>',
      'one of several fabrics; default: all of a plan or of two files, or with --via the running one',
    )
    .option('--wave <nodes...>', 'nodes that are activated together, separated by commas; once for each wave, in order')
    .option('--play', 'simulate it on a network of any size')
    .option('--no-play', 'do not simulate it')
    .action(async (files: string[], flags: Flags, command: Command) => {
      const asksAgents = command.getOptionValueSource('via') !== 'default',
        changes = await changesOf(files, flags, asksAgents);
      if (changes.length > 1 && flags.wave)
        throw new CommandError('usage', '--wave applies to a single fabric: choose it with --fabric');
      const looked = changes.map((change) => lookedAt(change, flags)),
        previews = looked.map(({ preview }) => preview),
        isOne = previews.length === 1;
      await show(flags.output, {
        data: isOne ? previews[0] : previews,
        table: (screen) =>
          lines(
            ...previews.map((preview) => {
              const about = printable(preview.about),
                headline = isOne ? about : `Fabric ${printable(preview.fabric)}: ${about}`;
              return lines(
                styled(preview.isDisruptive ? 'red' : 'bold', foldedLine(ownText(headline), screen, 2), screen),
                ownText(textFindings(preview)),
              );
            }),
          ),
        markdown: () => ownText(previews.map(markdownReport).join('\n')),
      });
      if (looked.some(({ isRefused }) => isRefused)) process.exitCode = EXIT.failed;
    });
}

interface Change {
  /** Absent: there is none yet. */
  readonly before?: Fabric;
  readonly after: FabricFile;
  /** The prefixes that nodes originate now, of those that answer. */
  readonly origins?: Origins;
  /** What nodes hear from outside, of those that answer. */
  readonly outside?: OutsideRoutes;
  /** The AS numbers that nodes keep towards neighbours outside, of those that answer. */
  readonly localAs?: KeptLocalAs;
}

/** `isRefused`: the deploy would be. */
function lookedAt(change: Change | DestroyedFabric, { wave, play }: Flags): { preview: Preview; isRefused: boolean } {
  if ('isDestroyed' in change) return { preview: destructionOf(change.before), isRefused: true };
  const { before, after, ...known } = change,
    { fabric, allowDisruption: isAllowed, planned } = after,
    waves = existing(wave?.map((names) => names.split(',')) ?? after.waves, fabric);
  const preview = previewOf(before, fabric, { waves, ...known, isAllowed, ...(planned && { planned }), play });
  return { preview, isRefused: preview.isDisruptive && !isAllowed };
}

async function changesOf(
  files: readonly string[],
  { via, fabric }: Flags,
  asksAgents: boolean,
): Promise<(Change | DestroyedFabric)[]> {
  const [one, two, ...rest] = files;
  if (rest.length > 0) throw new CommandError('usage', 'pass one file, or two: before and after');
  if (two !== undefined) return pairsOf(readFabricFiles(one, fabric), readFabricFiles(two, fabric));
  const all = readFabricFiles(one, fabric);
  if (!asksAgents && all.every((file) => 'isDestroyed' in file || file.isPlan))
    return all.map((file) => ('isDestroyed' in file ? file : { before: file.before, after: file }));
  const { release, endpoints } = await new AgentClient(via).deployed(),
    { name } = release.fabric,
    first = all.length === 1 ? all[0] : all.find((file) => nameOf(file) === name);
  if (!first || 'isDestroyed' in first)
    throw new CommandError('usage', `${one} does not contain fabric ${name}, which runs there`);
  const isSmall = Object.keys(release.fabric.nodes).length <= PLAYED_UNASKED,
    { planned: _, ...after } = asChangeOf(release.fabric, first);
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

/** What two files change: of several fabrics each by its name. */
function pairsOf(before: Files, after: Files): (Change | DestroyedFabric)[] {
  const [old, now] = [before, after].map((files) => files.flatMap((file) => ('isDestroyed' in file ? [] : file))),
    isOne = old.length === 1 && now.length === 1;
  const changed = now.map((file): Change => {
    const former = isOne ? old[0] : old.find((one) => nameOf(one) === nameOf(file)),
      { planned: _, ...plain } = former ? asChangeOf(former.fabric, file) : file;
    return { ...(former && { before: former.fabric }), after: plain };
  });
  const gone = isOne ? [] : old.filter((file) => !now.some((one) => nameOf(one) === nameOf(file)));
  return [...changed, ...gone.map(({ fabric }) => ({ before: fabric, isDestroyed: true as const }))];
}

/** What nodes hear from outside, and the AS numbers that they keep towards it, as their agents tell. */
async function outsideOf(endpoints: Readonly<Record<string, string>>): Promise<Pick<Change, 'outside' | 'localAs'>> {
  const summaries = new Map<string, AgentSummary>();
  const absent = await inTurns(Object.entries(endpoints), AT_ONCE, async ([node, endpoint]) => {
    summaries.set(node, await new AgentClient(endpoint).summary({ outside: true }));
  });
  const ask = (node: string, name: string) => new AgentClient(endpoints[node]).sent(name),
    heard = await surveyOutside(summaries, ask, Object.keys(endpoints)),
    silent = [...absent.keys()].map(([node]) => node).sort();
  return {
    outside:
      silent.length === 0 ? heard : { ...heard, unknown: { ...heard.unknown, 'their agents do not answer': silent } },
    localAs: keptLocalAs(summaries),
  };
}

/** What nodes originate, as their agents tell; one that does not answer has a prefix made up for it. */
async function originsOf(endpoints: Readonly<Record<string, string>>): Promise<Origins> {
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
