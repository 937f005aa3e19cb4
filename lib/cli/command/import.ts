import { readFileSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type Import, importFabric } from '../../calico/import';
import { type ManifestFile, readManifests } from '../../calico/manifests';
import { sourceOf } from '../../calico/typescript';
import { SETTING_NAMES } from '../../calico/v1/config';
import { InvalidInput } from '../../model/problem';
import { CommandError } from '../exit-codes';

type Format = 'json' | 'typescript';

const WRITERS: Record<Format, (made: Import) => string> = {
  json: ({ spec }) => `${JSON.stringify(spec, null, 2)}\n`,
  typescript: ({ spec, left, provide }) => sourceOf(spec, left, provide),
};

interface Options {
  readonly name: string;
  readonly out?: string;
  readonly format?: Format;
  readonly config: readonly string[];
}

/** `peerform import calico FILE…`: a fabric from manifests of Calico. What was taken and what was left out goes to standard error. */
export function register(program: Command): void {
  program
    .command('import')
    .description('write a fabric from the configuration of something else')
    .command('calico')
    .description('write a fabric from manifests of Calico, v1 or v3, YAML or JSON')
    .argument('<file...>', 'files of manifests; - for standard input')
    .option('--name <name>', 'name of the fabric', 'calico')
    .option('--out <file>', 'where to write; without it to standard output')
    .addOption(
      new Option('--format <format>', 'how to write; without it as the name of --out ends, else typescript').choices(
        Object.keys(WRITERS),
      ),
    )
    .option(
      '--config <name=value>',
      'a setting of calicoctl 1.x, which stands in no manifest, as `calicoctl config get` prints it; again for each',
      (setting: string, before: string[]) => [...before, setting],
      [],
    )
    .action((files: string[], { name, out, format, config }: Options) => {
      const form = format ?? (out?.endsWith('.json') ? 'json' : 'typescript');
      const { text, report } = importCalico([...files.map(read), ...config.map(settingOf)], name, form);
      process.stderr.write(report);
      if (out === undefined) process.stdout.write(text);
      else writeFileSync(out, text);
    });
}

function read(name: string): ManifestFile {
  try {
    return { name, text: readFileSync(name === '-' ? 0 : name, 'utf8') };
  } catch (error) {
    throw new CommandError('usage', `${name}: ${(error as Error).message}`);
  }
}

/** `asNumber=67111` as the manifest that Calico has none of. */
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

/** A fabric from manifests, and for people what became of them. Throws {@link InvalidInput} with all that is wrong with them. */
export function importCalico(
  files: readonly ManifestFile[],
  name: string,
  format: Format,
): { text: string; report: string } {
  const { resources, problems, passedOver } = readManifests(...files);
  if (problems.length > 0) throw new InvalidInput(problems, 'the manifests are not in order');
  const made = importFabric(resources, name);
  if (made.problems.length > 0) throw new InvalidInput(made.problems, 'the manifests make no fabric');
  const lines = [
    `taken: ${made.taken.length === 0 ? 'nothing' : made.taken.join(', ')}`,
    ...made.left.map(({ path, reason }) => `left out: ${path}: ${reason}`),
    ...made.provide.map(({ path, reason }) => `to provide: ${path}: ${reason}`),
    ...(passedOver.length > 0 ? [`no matter of BGP: ${passedOver.join(', ')}`] : []),
  ];
  return { text: WRITERS[format](made), report: `${lines.join('\n')}\n` };
}
