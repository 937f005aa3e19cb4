import { type Command, Option } from 'commander';
import { type Import, importFabric } from '../../calico/import';
import { byWeight, groupedByKind, type LeftOut, leftOfBarren, nothingIn } from '../../calico/left-out';
import { type ManifestFile, readManifests } from '../../calico/manifests';
import { typescriptSource } from '../../calico/typescript';
import { SETTING_NAMES } from '../../calico/v1/config';
import { NEWEST_EDITION } from '../../model/edition';
import type { FabricSpec } from '../../model/fabric';
import { printable, printableJson } from '../../model/printable';
import { InvalidInput } from '../../model/problem';
import { CommandError } from '../exit-codes';
import { ownText, print, printError } from '../terminal';
import { readText, writeText } from '../text-file';

type Format = 'json' | 'typescript';

/** Imported fabrics are new and use the newest edition. */
const inNewest = ({ name, ...rest }: FabricSpec): FabricSpec => ({ name, edition: NEWEST_EDITION, ...rest });

const WRITERS: Record<Format, (made: Import) => string> = {
  json: ({ spec }) => `${printableJson(JSON.stringify(inNewest(spec), null, 2))}\n`,
  typescript: ({ spec, left, provide }) => typescriptSource(inNewest(spec), left, provide),
};

interface Options {
  readonly name: string;
  readonly out?: string;
  readonly format?: Format;
  readonly config: readonly string[];
  readonly strict?: boolean;
}

/**
 * `peerform import calico FILE…`: converts Calico manifests to a fabric. What was imported and left out is reported on
 * standard error.
 */
export function register(program: Command): void {
  program
    .command('import')
    .description('convert the configuration of other software to a fabric')
    .command('calico')
    .description('convert Calico manifests (v1 or v3, YAML or JSON) to a fabric')
    .argument('<file...>', 'manifest files; - for standard input')
    .option('--name <name>', 'name of the fabric', 'calico')
    .option('--out <file>', 'output file; default: standard output')
    .addOption(
      new Option(
        '--format <format>',
        'output format; default: json if the name of --out ends with .json, otherwise typescript',
      ).choices(Object.keys(WRITERS)),
    )
    .option(
      '--config <name=value>',
      'a setting of calicoctl 1.x, which no manifest contains, as printed by `calicoctl config get`; may be repeated',
      (setting: string, before: string[]) => [...before, setting],
      [],
    )
    .option('--strict', 'exit with 1, and write nothing, if anything must be decided before a deploy')
    .action((files: string[], { name, out, format, config, strict }: Options) => {
      const form = format ?? (out?.endsWith('.json') ? 'json' : 'typescript');
      const { text, report, undecided } = importCalico([...files.map(read), ...config.map(settingOf)], name, form);
      printError(ownText(report));
      if (strict && undecided > 0)
        throw new CommandError('failed', `nothing was written: ${UNDECIDED} (${undecided}; see above)`);
      if (out === undefined) print(ownText(text));
      else writeText(out, text);
    });
}

/** Heading in the report for what affects traffic. */
const UNDECIDED = 'must be decided before a deploy';

const read = (name: string): ManifestFile => ({ name, text: readText(name) });

/** Converts `asNumber=67111` to a manifest; Calico has none for it. */
function settingOf(setting: string): ManifestFile {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(setting) ?? [];
  if (!SETTING_NAMES.some((known) => known.toLowerCase() === name?.toLowerCase()))
    throw new CommandError(
      'usage',
      `--config ${setting}: write ${SETTING_NAMES.join(', ')}, an equals sign and the value`,
    );
  const document = { apiVersion: 'v1', kind: 'config', metadata: { name }, spec: { value } };
  return { name: `--config ${setting}`, text: JSON.stringify(document) };
}

/** What was left out when reading, followed by what was left out when converting. */
const withLeft = (made: Import, left: readonly LeftOut[]): Import => ({ ...made, left: [...left, ...made.left] });

/** A fabric converted from manifests, and a report for users. Throws {@link InvalidInput} with all problems. */
export function importCalico(
  files: readonly ManifestFile[],
  name: string,
  format: Format,
): { text: string; report: string; undecided: number } {
  const { resources, problems, left, passedOver, barren } = readManifests(...files);
  if (problems.length > 0) throw new InvalidInput(problems, 'the manifests have problems');
  if (resources.length === 0) throw new InvalidInput(barren.map(nothingIn), 'the manifests have nothing to import');
  const made = withLeft(importFabric(resources, name), [...barren.map(leftOfBarren), ...left]);
  const { undecided, rest } = byWeight(groupedByKind(made.left));
  if (made.problems.length > 0) throw new InvalidInput(made.problems, 'the manifests do not make a valid fabric');
  const lines = [
    ...undecided.map(({ path, reason }) => `${UNDECIDED}: ${path}: ${reason}`),
    `imported: ${made.taken.length === 0 ? 'nothing' : made.taken.join(', ')}`,
    ...rest.map(({ path, reason }) => `not imported: ${path}: ${reason}`),
    ...made.provide.map(({ path, reason }) => `to provide: ${path}: ${reason}`),
    ...(passedOver.length > 0 ? [`not related to BGP: ${passedOver.join(', ')}`] : []),
  ];
  return {
    text: WRITERS[format](made),
    report: `${lines.map((line) => printable(line)).join('\n')}\n`,
    undecided: undecided.length,
  };
}
