import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { htmlOf } from '../../report/html';
import { markdownOf } from '../../report/markdown';
import { svgOf } from '../../report/picture/svg';
import type { Report } from '../../report/report';
import { pictureStyle } from '../../report/style';
import { LEVELS } from '../../report/verdict';
import { type ChangeFlags, lookedAt, withChange } from '../changes';
import { EXIT } from '../exit-codes';
import { line, lines, ownText, print } from '../terminal';
import { writeText } from '../text-file';

interface Flags extends ChangeFlags {
  readonly html?: string;
  readonly svg?: string;
  readonly markdown?: boolean;
}

/** `peerform report`: the same as `peerform impact` for somebody who decides on a change, as a page, a picture or a comment. Exits with 1 where impact does. */
export function register(program: Command): void {
  withChange(program.command('report'))
    .summary('write a report of a change, with a picture of the network before and after')
    .description(
      'write a report of a change before it is deployed, with a picture of the network before and after: to what runs (--via), of a plan, or of two files. Without an option it prints the verdict',
    )
    .option('--html <file>', 'write one page that needs no script and fetches nothing')
    .option('--svg <file>', 'write the picture alone')
    .option('--markdown', 'print it for the comment on a pull request, in at most 60 kB')
    .action(async (files: string[], flags: Flags, command: Command) => {
      const looked = await lookedAt(files, flags, command),
        reports = looked.map(({ report }) => report());
      if (flags.html !== undefined) written(flags.html, reports, (report) => htmlOf(report, digest));
      if (flags.svg !== undefined) written(flags.svg, reports, pictureAlone);
      if (flags.markdown) print(ownText(markdownOf(reports)));
      else print(lines(...reports.map(verdictText)));
      if (looked.some(({ isRefused }) => isRefused)) process.exitCode = EXIT.failed;
    });
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

const pictureAlone = ({ fabric, picture, verdict }: Report): string =>
  svgOf(picture, `Fabric ${fabric}`, verdict.line, pictureStyle()).text;

/** A file for each fabric: of several, each has the name of its fabric before the ending. */
function written(path: string, reports: readonly Report[], textOf: (report: Report) => string): void {
  for (const report of reports) writeText(reports.length === 1 ? path : pathFor(path, report.fabric), textOf(report));
}

const pathFor = (path: string, fabric: string): string => path.replace(/(\.[^./]*)?$/, `-${fabric}$1`);

const verdictText = ({ fabric, verdict: { level, line: about, sentences } }: Report) =>
  lines(line`${LEVELS[level]}: ${about}`, line`Fabric ${fabric}:`, ...sentences.map((sentence) => line`  ${sentence}`));
