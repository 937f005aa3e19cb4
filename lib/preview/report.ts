import type { ChangedSessions } from '../topology/impact';
import type { Gap, Played } from './play';
import type { Preview } from './preview';
import { describeApart, describePaths, describePrefixes, lines, names } from './words';

/** A part of a report: what it is about, and a line for each finding. */
interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The report for a terminal. */
export const textReport = (preview: Preview): string =>
  [
    verdictOf(preview),
    ...sectionsOf(preview).flatMap(({ title, lines: found }) => ['', title, ...found.map((line) => `  ${line}`)]),
    '',
  ].join('\n');

/** The report for a pull request: the verdict, and each part folded. */
export const markdownReport = (preview: Preview): string =>
  [
    `### Fabric ${preview.fabric}: ${verdictOf(preview)}`,
    ...sectionsOf(preview).flatMap(({ title, lines: found }) => [
      '',
      `<details><summary>${title}</summary>`,
      '',
      ...found.map((line) => `- ${line}`),
      '',
      '</details>',
    ]),
    '',
  ].join('\n');

function verdictOf({ sessions: { counts }, paths, isDisruptive }: Preview): string {
  const changed = Object.entries(counts).filter(([, number]) => number > 0),
    what = changed.map(([change, number]) => `${number} ${change}`).join(', ');
  const sessions = changed.length === 0 ? 'no session changes' : `sessions: ${what}`;
  if (isDisruptive) return `${sessions}; CUTS OFF NODES OR PREFIXES: a deploy needs allow_disruption`;
  return paths && paths.lost > 0 ? `${sessions}; some paths of one address family are lost` : sessions;
}

function sectionsOf({ sessions, paths, apart = [], played }: Preview): Section[] {
  const all: Section[] = [
    { title: 'Sessions', lines: lines(sessions.sessions.map(sessionLine)) },
    ...(paths
      ? [
          { title: 'Nodes without any path', lines: paths.isolated.length > 0 ? [names(paths.isolated, 20)] : [] },
          { title: 'Paths that are lost', lines: describePaths(paths.all.filter(({ kind }) => kind === 'lost')) },
          { title: 'Advertised prefixes that nodes hear of no more', lines: describePrefixes(paths.prefixes) },
          {
            title: 'Paths that lead by way of neighbours outside from now on',
            lines: describePaths(paths.all.filter(({ kind }) => kind === 'leaving')),
          },
          ...paths.waves.map((wave) => ({
            title: `Paths that are missing after wave ${wave.wave}, until a later one`,
            lines: [
              ...describePaths(wave.paths.filter(({ kind }) => kind === 'lost')),
              ...describePrefixes(wave.prefixes),
            ],
          })),
        ]
      : []),
    { title: 'New nodes without a path', lines: describeApart(apart) },
    ...(played
      ? [{ title: `Played on a simulated network, ${played.prefixes} prefixes`, lines: gapLines(played) }]
      : []),
  ];
  return all.filter(({ lines: found }) => found.length > 0);
}

function sessionLine({ change, reason, family, number, from, to, except }: ChangedSessions): string {
  const ends = to.length === 0 ? `between ${names(from)}` : `${names(from)} with ${names(to)}`;
  const but = except.length === 0 ? '' : `, but not ${names(except.map(([a, b]) => `${a} - ${b}`))}`;
  return `${number} ${change} (${family}, ${reason}): ${ends}${but}`;
}

/** Gaps of one step and one prefix together, those that do not end first. */
function gapLines({ gaps }: Played): string[] {
  if (gaps.length === 0) return ['no node misses a prefix at any moment'];
  const groups = new Map<string, Gap[]>();
  for (const gap of [...gaps].sort((a, b) => Number(a.to !== undefined) - Number(b.to !== undefined))) {
    const key = `${gap.to === undefined} ${gap.during} ${gap.prefix}`,
      group = groups.get(key);
    if (group) group.push(gap);
    else groups.set(key, [gap]);
  }
  return lines(
    [...groups.values()].map((group) => {
      const [{ prefix, origin, during, to }] = group,
        longest = Math.max(...group.map((gap) => (gap.to ?? gap.from) - gap.from));
      const time = to === undefined ? 'for good' : `for ${Math.ceil(longest)} ms`;
      return `${during}: ${prefix} of ${origin} is missing ${time} at ${names(group.map(({ node }) => node))}`;
    }),
  );
}
