import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type Import, importFabric } from '../../calico/import';
import { readManifests } from '../../calico/manifests';
import { sourceOf } from '../../calico/typescript';
import { InvalidInput } from '../../model/problem';

type Format = 'json' | 'typescript';

const WRITERS: Record<Format, (made: Import) => string> = {
  json: ({ spec }) => `${JSON.stringify(spec, null, 2)}\n`,
  typescript: ({ spec, left, provide }) => sourceOf(spec, left, provide),
};

interface Options {
  readonly name: string;
  readonly out?: string;
  readonly format?: string;
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
    .option('--format <format>', 'json or typescript; without it as the name of --out ends, else typescript')
    .action((files: string[], options: Options) => {
      const format = formatOf(options);
      const { text, report } = importCalico(files.map(read), options.name, format);
      process.stderr.write(report);
      if (options.out === undefined) process.stdout.write(text);
      else writeFileSync(options.out, text);
    });
}

const read = (file: string): string => readFileSync(file === '-' ? 0 : file, 'utf8');

function formatOf({ format, out }: Options): Format {
  const wanted = format ?? (out?.endsWith('.json') ? 'json' : 'typescript');
  if (wanted !== 'json' && wanted !== 'typescript') throw new Error(`${wanted} is no format; use json or typescript`);
  return wanted;
}

/** A fabric from texts of manifests, and for people what became of them. Throws {@link InvalidInput} with all that is wrong with them. */
export function importCalico(texts: readonly string[], name: string, format: Format): { text: string; report: string } {
  const { resources, problems, passedOver } = readManifests(texts.join('\n---\n'));
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
