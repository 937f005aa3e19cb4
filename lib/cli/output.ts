import { type Command, Option } from 'commander';
import { printableJson, printableLines } from '../model/printable';
import type { Screen } from './screen';
import { foldedLines, jsonText, ownScreen, ownText, print, printAll, type Text } from './terminal';
import { commandWords, withAllBelow } from './tree';

/** Output formats: `table` and `wide` for users, the others for programs and pages. */
export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'markdown';

const DATA: readonly Format[] = ['table', 'json', 'yaml'];

/** Every command that prints data, with its formats for `-o`, the default first. */
export const OUTPUTS: Readonly<Record<string, readonly Format[]>> = {
  status: DATA,
  watch: DATA,
  get: ['table', 'wide', 'json', 'yaml'],
  'config get': DATA,
  'node status': DATA,
  sessions: DATA,
  routes: DATA,
  why: DATA,
  impact: [...DATA, 'markdown'],
  report: DATA,
  'fib check': DATA,
  'fleet init': DATA,
  'fleet status': DATA,
  'fleet prune': DATA,
  'lab up': DATA,
  'lab status': DATA,
};

/** Older options equivalent to an `-o` format. Still supported, but not in the help. */
const FORMER: readonly Format[] = ['json', 'markdown'];

/** Adds `-o` to every command that prints data; its value is in `output`. */
export function addOutputs(program: Command): void {
  for (const command of withAllBelow(program)) {
    const forms = OUTPUTS[commandWords(command)];
    if (!forms) continue;
    command.addOption(new Option('-o, --output <format>', 'how to print it').choices(forms).default(forms[0]));
    const former = FORMER.filter((form) => forms.includes(form));
    for (const form of former) {
      const others = former.filter((one) => one !== form);
      command.addOption(new Option(`--${form}`, `the same as -o ${form}`).hideHelp().conflicts(others));
      command.on(`option:${form}`, () => command.setOptionValueWithSource('output', form, 'cli'));
    }
  }
}

/** Output of a command: data for programs, and a representation for users. */
interface View {
  readonly data: unknown;
  readonly table: (screen: Screen) => Text;
  /** Default: as the table. */
  readonly wide?: (screen: Screen) => Text;
  readonly markdown?: () => Text;
}

type DataFormat = 'json' | 'yaml';

const DATA_TEXTS: Readonly<Record<DataFormat, (data: unknown) => Text | Promise<Text>>> = {
  json: (data) => jsonText(data, 2),
  yaml: yamlText,
};

/** Prints data for programs. */
export const showData = async (format: DataFormat, data: unknown): Promise<void> =>
  void print(await DATA_TEXTS[format](data));

/** Prints in the requested format. */
export async function show(format: Format, view: View): Promise<void> {
  if (format === 'json' || format === 'yaml') return showData(format, view.data);
  const screen = ownScreen();
  if (format === 'markdown' && view.markdown) return void print(view.markdown());
  print(foldedLines(((format === 'wide' && view.wide) || view.table)(screen), screen));
}

/** How a stream of items is shown to users: one line each, with an optional heading. */
interface LineView<T> {
  readonly heading?: (screen: Screen) => Text;
  readonly line: (item: T, screen: Screen) => Text;
}

/**
 * Prints items as they arrive: they may not fit into memory, or never end. JSON output has one item per line, YAML
 * output is a single list.
 */
export async function showEach<T>(format: Format, items: AsyncIterable<T>, view: LineView<T>): Promise<void> {
  const screen = ownScreen();
  let count = 0;
  async function* texts() {
    for await (const item of items) {
      if (format === 'json') yield jsonText(item);
      else if (format === 'yaml') yield await yamlText([item]);
      else {
        if (count === 0 && view.heading) yield view.heading(screen);
        yield view.line(item, screen);
      }
      count++;
    }
    if (count === 0 && format === 'yaml') yield await yamlText([]);
  }
  await printAll(texts());
}

/**
 * Kubernetes and many others parse YAML 1.1, in which `yes` and `1e3` are not strings: values that either version would
 * misread are quoted.
 */
const BOTH_VERSIONS = { compat: 'yaml-1.1' } as const;

async function yamlText(data: unknown): Promise<Text> {
  const { stringify } = await import('yaml'); // slow to load, rarely needed
  const text = stringify(data, BOTH_VERSIONS);
  if (printableLines(text) === text) return ownText(text);
  // YAML supports escapes only in double quotes, and they include JSON's.
  return ownText(
    printableJson(
      stringify(data, {
        ...BOTH_VERSIONS,
        defaultStringType: 'QUOTE_DOUBLE',
        lineWidth: 0,
        blockQuote: false,
        doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY,
      }),
    ),
  );
}
