import type { Fabric } from '../model/fabric';
import { type KeptPaths, keptPathsOf } from '../preview/about';
import type { Preview } from '../preview/preview';
import { effectCounts } from '../preview/session-effects';
import { OUTSIDE } from '../topology/reach';
import type { Change } from './change';
import { grouped, prefixSeconds, secondsText } from './words';

/** What a reviewer should do: nothing, look at it, or think twice. */
type Level = 'safe' | 'look' | 'cuts';

export interface Verdict {
  readonly level: Level;
  /** The change in one sentence, most severe effect first. */
  readonly line: string;
  /** What happens to sessions, nodes and prefixes, as shares. */
  readonly sentences: readonly string[];
}

/** Names of the levels. */
export const LEVELS: Readonly<Record<Level, string>> = { safe: 'Safe', look: 'Look', cuts: 'Cuts' };

/** Effects on routes that need no review. */
const HARMLESS: ReadonlySet<string> = new Set(['accepted', 'gained']);

/** `sessions`: numbers before and after. */
export function verdictOf(
  preview: Preview,
  { before, after }: Change,
  sessions: { readonly before: number; readonly after: number },
): Verdict {
  const nodes = Object.keys((after ?? before)?.nodes ?? {}).length;
  const [isFirst, leaving] = [!before, leavingOf(before, after)];
  const isLook = needsLook(preview, (name) => before?.nodes[name] === undefined, { isFirst, leaving });
  return {
    level: preview.isDisruptive ? 'cuts' : isLook ? 'look' : 'safe',
    line: preview.about,
    sentences: [
      sessionSentence(preview, sessions),
      nodeSentence(preview, nodes, { isFirst, after, leaving }),
      prefixSentence(preview, Object.keys((after ?? before)?.nodes ?? {})),
    ],
  };
}

/**
 * `isNew`: routes that new nodes advertise to neighbours, or receive, are expected. `isFirst`: nothing exists yet that
 * could be lost.
 */
function needsLook(
  { sessions: { counts }, paths, routes, planned, apart = [], played }: Preview,
  isNew: (node: string) => boolean,
  { isFirst, leaving }: { readonly isFirst: boolean; readonly leaving: number },
): boolean {
  return (
    counts.reset + counts.removed + leaving > 0 ||
    (!isFirst && paths === undefined) ||
    (paths?.all ?? []).length + (paths?.waves ?? []).reduce((sum, wave) => sum + wave.paths.length, 0) > 0 ||
    apart.length + (played?.gaps.length ?? 0) + (planned ? planned.routes.length + planned.otherSide.length : 0) > 0 ||
    (routes !== undefined &&
      (routes.isUnsure === true ||
        routes.routes.isPartial === true ||
        routes.routes.changes.some(
          ({ effect, nodes, isOfNewNodes }) =>
            !HARMLESS.has(effect) && !(effect === 'advertised' && (isOfNewNodes || nodes.every(isNew))),
        ) ||
        [
          routes.routes.dropped ?? [],
          routes.routes.ceded ?? [],
          routes.routes.originated ?? [],
          Object.keys(routes.kernel ?? {}),
          routes.routes.limits,
          routes.shut,
          routes.drains.out,
          routes.drains.back, // traffic moves to them
          routes.others,
          routes.withdrawals ?? [],
          routes.questions ?? [],
        ].some(({ length }) => length > 0)))
  );
}

const share = (number: number, all: number): string => `${grouped(number)} of ${grouped(all)}`;

function sessionSentence(
  { sessions: { counts, sessions } }: Preview,
  { before, after }: { before: number; after: number },
): string {
  const { added, mayAdd, removed, mayRemove, reset, mayReset, shut, enabled, retuned } = effectCounts(counts, sessions);
  const word = (number: number) => (number === 1 ? 'session' : 'sessions');
  if (before === 0) return `${grouped(after)} ${word(after)} will be set up; none exists yet.`;
  const parts = [
    reset > 0 ? `${share(reset, before)} ${word(before)} reset` : '',
    mayReset > 0 ? `${share(mayReset, before)} ${word(before)} may be reset` : '',
    shut > 0 ? `${share(shut, before)} ${word(before)} shut down` : '',
    removed > 0 ? `${share(removed, before)} ${word(before)} removed` : '',
    // Those of other links are not among those before.
    mayRemove > 0 ? `${grouped(mayRemove)} ${word(mayRemove)} may be removed` : '',
    enabled > 0 ? `${share(enabled, before)} ${word(before)} enabled` : '',
    retuned > 0 ? `${share(retuned, before)} ${word(before)} changed without a reset` : '',
    added > 0 ? `${grouped(added)} ${word(added)} added` : '',
    mayAdd > 0 ? `${grouped(mayAdd)} ${word(mayAdd)} may be added` : '',
  ].filter((part) => part !== '');
  const untouched = before - removed - counts.reset - retuned;
  if (parts.length === 0)
    return before === 1 ? 'The only session stays as it is.' : `All ${grouped(before)} sessions stay as they are.`;
  // Those that may be reset may stay as they are.
  if (untouched === 0 && mayReset > 0) return `${parts.join(', ')}.`;
  return `${parts.join(', ')}; ${untouched === 0 ? 'none stays as it is' : `${share(untouched, before)} ${untouched === 1 ? 'stays as it is' : 'stay as they are'}`}.`;
}

/** Nodes that lose every path, and those that lose any, at either end, or to a prefix that a node advertises. */
export function losersIn({ paths }: Pick<Preview, 'paths'>): {
  readonly all: ReadonlySet<string>;
  readonly some: ReadonlySet<string>;
} {
  const lost = paths?.all.filter(({ kind }) => kind === 'lost') ?? [];
  const isolated = paths?.isolated ?? [];
  const without = paths?.prefixes.flatMap(({ at }) => at) ?? [];
  const ends = lost.flatMap(({ from, to }) => [...from, ...(to === OUTSIDE ? [] : to)]);
  return { all: new Set(isolated), some: new Set([...isolated, ...ends, ...without]) };
}

const leavingOf = (before: Fabric | undefined, after: Fabric | undefined): number =>
  after ? Object.keys(before?.nodes ?? {}).filter((name) => !after.nodes[name]).length : 0;

function nodeSentence(
  preview: Preview,
  nodes: number,
  { isFirst, after, leaving }: { readonly isFirst: boolean; readonly after?: Fabric; readonly leaving: number },
): string {
  if (isFirst) return `${grouped(nodes)} ${nodes === 1 ? 'node joins' : 'nodes join'}, and none has a path to lose.`;
  if (!after) return nodes === 1 ? 'The only node loses every path.' : `All ${grouped(nodes)} nodes lose every path.`;
  const { paths } = preview;
  if (!paths) return 'Whether nodes lose a path was not checked, as they differ in too many ways.';
  const losers = losersIn(preview).some.size;
  const goes = leaving === 0 ? '' : `${grouped(leaving)} ${leaving === 1 ? 'node leaves' : 'nodes leave'} the fabric; `;
  if (nodes === 0) return `${goes}none is left.`;
  return losers === 0
    ? `${goes}0 of ${grouped(nodes)} nodes lose a path${WHICH[keptPathsOf(after, preview.routes)]}.`
    : `${goes}${share(losers, nodes)} nodes ${lose(losers)} a path, ${share(paths.isolated.length, nodes)} ${lose(paths.isolated.length)} every path.`;
}

const lose = (number: number): string => (number === 1 ? 'loses' : 'lose');

const WHICH: Readonly<Record<KeptPaths, string>> = {
  all: '',
  'among nodes': ' to each other',
  'as far as known': ' to each other, as far as is known here',
};

function prefixSentence({ played, paths }: Preview, nodes: readonly string[]): string {
  if (!played) {
    const lost = paths?.prefixes.length ?? 0;
    return lost > 0
      ? `${grouped(lost)} advertised ${lost === 1 ? 'prefix is' : 'prefixes are'} lost permanently by some nodes; the change was not simulated.`
      : 'The change was not simulated, so that outages of short duration are unknown.';
  }
  const { gaps, prefixes } = played;
  const missing = new Set(gaps.map(({ prefix }) => prefix)).size;
  const missed = new Set(gaps.map(({ node }) => node));
  const at = nodes.filter((name) => missed.has(name)).length;
  const outside = missed.size - at;
  const forever = gaps.filter(({ to }) => to === undefined).length;
  if (missing === 0) return `0 of ${grouped(prefixes)} simulated prefixes are missing at any node at any time.`;
  const where = [
    at > 0 || outside === 0 ? `${share(at, nodes.length)} ${nodes.length === 1 ? 'node' : 'nodes'}` : '',
    outside > 0 ? `${grouped(outside)} outside ${outside === 1 ? 'neighbour' : 'neighbours'}` : '',
  ].filter((part) => part !== '');
  const text = `${share(missing, prefixes)} simulated prefixes ${missing === 1 ? 'is' : 'are'} missing`;
  if (forever === gaps.length) return `${text} permanently at ${where.join(' and ')}.`;
  const lasting =
    forever === 0 ? '' : `; ${share(forever, gaps.length)} losses ${forever === 1 ? 'is' : 'are'} permanent`;
  return `${text} at ${where.join(' and ')}: for ${secondsText(prefixSeconds(gaps))} prefix-seconds in total${lasting}.`;
}
