import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { Comparison } from '../../preview/observed/comparison';
import { comparisonSections } from '../../preview/observed/sections';
import { htmlOf } from '../../report/html';
import { markdownOf, observedMarkdown } from '../../report/markdown';
import { svgOf } from '../../report/picture/svg';
import type { Report } from '../../report/report';
import { pictureStyle } from '../../report/style';
import { LEVELS } from '../../report/verdict';
import { type ChangeFlags, lookedAt, withChange } from '../changes';
import { CommandError, EXIT } from '../exit-codes';
import { observedAt } from '../observed';
import { type Format, show } from '../output';
import { line, lines, ownText, print } from '../terminal';
import { writeText } from '../text-file';

interface Flags extends ChangeFlags {
  readonly observed?: string | true;
  readonly output: Format;
  readonly html?: string;
  readonly svg?: string;
  readonly markdown?: boolean;
}

/**
 * `peerform report`: like `peerform impact`, but as a page, picture or comment for reviewers. Exits with 1 if impact
 * does, and with `--observed` if the deploy was not as predicted or that is not known.
 */
export function register(program: Command): void {
  withChange(program.command('report'), true)
    .summary('write a report of a change, with a picture of the network before and after')
    .description(
      'write a report of a change before it is deployed, with a picture of the network before and after: to what runs (--via), of a plan, or of two files. Without an option it prints the verdict. After the deploy, --observed compares what it did with what was predicted',
    )
    .option(
      '--observed [activation]',
      'compare what a deploy did with what its plan predicted, as its agents recorded it; default: the last activation. Files are not needed; with them the page and the comment show both',
    )
    .option('--html <file>', 'write one page that needs no script and fetches nothing')
    .option('--svg <file>', 'write the picture alone')
    .option('--markdown', 'print it for the comment on a pull request, in at most 60 kB')
    .action(async (files: string[], flags: Flags, command: Command) => {
      const observed =
        flags.observed === undefined ? undefined : await observedAt(flags.via, activationIn(flags.observed));
      if (observed && files.length === 0) await showObserved(observed, flags);
      else await showReports(await reportsOf(files, flags, command, observed), flags);
      if (observed && observed.verdict !== 'as predicted') process.exitCode = EXIT.failed;
    });
}

/** Parses an activation number; undefined means the last one. */
function activationIn(text: string | true): number | undefined {
  if (text === true) return undefined;
  const activation = Number(text);
  if (!Number.isInteger(activation) || activation < 1)
    throw new CommandError(
      'usage',
      `--observed: ${text} is not an activation; write its number, or nothing for the last one. Files go before the option`,
    );
  return activation;
}

async function showObserved(observed: Comparison, { output, html, svg, markdown }: Flags): Promise<void> {
  if (html !== undefined || svg !== undefined)
    throw new CommandError(
      'usage',
      'a page or a picture needs the change: name its plan, or the two files, before the option --observed',
    );
  if (markdown) print(ownText(observedMarkdown(observed)));
  else await show(output, { data: observed, table: () => observedText(observed) });
}

async function reportsOf(
  files: readonly string[],
  flags: Flags,
  command: Command,
  observed: Comparison | undefined,
): Promise<Report[]> {
  if (files.length === 0) throw new CommandError('usage', "missing required argument 'file'");
  const looked = await lookedAt(files, flags, command);
  if (!observed && looked.some(({ isRefused }) => isRefused)) process.exitCode = EXIT.failed;
  return looked.map(({ report }) => ({ ...report(), ...(observed && { observed }) }));
}

async function showReports(reports: readonly Report[], { output, html, svg, markdown }: Flags): Promise<void> {
  if (html !== undefined) written(html, reports, (report) => htmlOf(report, digest));
  if (svg !== undefined) written(svg, reports, pictureAlone);
  if (markdown) print(ownText(markdownOf(reports)));
  else
    await show(output, {
      data: reports.length === 1 ? reports[0] : reports,
      table: () => lines(...reports.map(verdictText)),
    });
}

const observedText = (observed: Comparison) =>
  lines(
    line`Activation ${observed.activation}: ${observed.line}`,
    ...comparisonSections(observed).flatMap(({ title, lines: all }) => [
      line``,
      line`${title}`,
      ...all.map((text) => line`  ${text}`),
    ]),
  );

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

const pictureAlone = ({ fabric, picture, verdict }: Report): string =>
  svgOf(picture, `Fabric ${fabric}`, verdict.line, pictureStyle()).text;

/** Writes a file for each fabric; with several, the fabric's name is inserted before the extension. */
function written(path: string, reports: readonly Report[], textOf: (report: Report) => string): void {
  for (const report of reports) writeText(reports.length === 1 ? path : pathFor(path, report.fabric), textOf(report));
}

const pathFor = (path: string, fabric: string): string => path.replace(/(\.[^./]*)?$/, `-${fabric}$1`);

const verdictText = ({ fabric, observed, verdict: { level, line: about, sentences } }: Report) =>
  lines(
    line`${LEVELS[level]}: ${about}`,
    line`Fabric ${fabric}:`,
    ...sentences.map((sentence) => line`  ${sentence}`),
    ...(observed ? [line``, observedText(observed)] : []),
  );
