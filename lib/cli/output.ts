import { type Command, Option } from 'commander';
import { printableJson, printableLines } from '../model/printable';
import type { Screen } from './screen';
import { foldedLines, jsonText, ownScreen, ownText, print, printAll, type Text } from './terminal';
import { commandWords, withAllBelow } from './tree';

/** How data is printed: `table` and `wide` for people, the others for programs and pages. */
export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'markdown';

const DATA: readonly Format[] = ['table', 'json', 'yaml'];

/** Every command that prints data, and the forms that it has for `-o`, the first by default. */
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
  'lab up': DATA,
  'lab status': DATA,
};

/** Options of before `-o`, which mean a form of it. They go on working, and are in no help. */
const FORMER: readonly Format[] = ['json', 'markdown'];

/** Adds `-o` to every command that prints data; its value is `output`. */
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

/** Something to print: the data for programs, and how people see it. */
interface View {
  readonly data: unknown;
  readonly table: (screen: Screen) => Text;
  /** Those that are absent are as the table. */
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

/** Prints something in the form that was asked for. */
export async function show(format: Format, view: View): Promise<void> {
  if (format === 'json' || format === 'yaml') return showData(format, view.data);
  const screen = ownScreen();
  if (format === 'markdown' && view.markdown) return void print(view.markdown());
  print(foldedLines(((format === 'wide' && view.wide) || view.table)(screen), screen));
}

/** How things that come one after another are seen by people: a line each, under a heading where there is one. */
interface LineView<T> {
  readonly heading?: (screen: Screen) => Text;
  readonly line: (item: T, screen: Screen) => Text;
}

/**
 * Prints things as they come, as there may be more than fit into memory, or no end of them. As JSON each is one line,
 * as YAML all of them are one list.
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
 * Kubernetes and many others read YAML 1.1, in which `yes` and `1e3` are not strings: what either version reads as
 * something else is quoted.
 */
const BOTH_VERSIONS = { compat: 'yaml-1.1' } as const;

async function yamlText(data: unknown): Promise<Text> {
  const { stringify } = await import('yaml'); // slow to load, seldom needed
  const text = stringify(data, BOTH_VERSIONS);
  if (printableLines(text) === text) return ownText(text);
  // Only within double quotes YAML knows escapes, and there JSON's are among them.
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
