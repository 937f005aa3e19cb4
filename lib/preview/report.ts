import { printable } from '../model/printable';
import type { ChangedSessions } from './impact';
import { describeOtherSide } from './other-side';
import type { Preview } from './preview';
import { describeRouteImpact } from './route-impact';
import { describeRefusal } from './route-words';
import { effectOf, type SessionEffect } from './session-effects';
import type { Outage, SimulatedChange } from './simulate';
import { describeWithdrawal } from './withdrawals';
import { describePartitions, describePaths, describePrefixes, firstLines, names } from './words';

/** A section of a report: a title, and a line for each finding. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  /** Must not be overlooked. */
  readonly isGrave?: boolean;
}

/** A terminal report without its headline, `about`. */
export const textFindings = (preview: Preview): string =>
  [
    ...sectionsOf(preview).flatMap(({ title, lines: found }) => [
      ...['', title],
      ...found.map((line) => `  ${printable(line)}`),
    ]),
    '',
  ].join('\n');

/** Its sections, without empty ones. */
export function sectionsOf({ sessions, paths, routes, planned, apart = [], played }: Preview): Section[] {
  const all: Section[] = [
    {
      title: 'Sessions',
      lines: sessions.sessions.length > 0 ? firstLines(sessions.sessions.map(sessionLine)) : sessions.examples,
    },
    ...(paths
      ? [
          { title: 'Nodes without any path', lines: paths.isolated.length > 0 ? [names(paths.isolated, 20)] : [] },
          { title: 'Lost paths', lines: describePaths(paths.all.filter(({ kind }) => kind === 'lost')) },
          { title: 'Advertised prefixes that nodes no longer receive', lines: describePrefixes(paths.prefixes) },
          {
            title: 'Paths that will lead through outside neighbours',
            lines: describePaths(paths.all.filter(({ kind }) => kind === 'leaving')),
          },
          ...paths.waves.map((wave) => ({
            title: `Paths missing after wave ${wave.wave}, until a later wave`,
            lines: [
              ...describePaths(wave.paths.filter(({ kind }) => kind === 'lost')),
              ...describePrefixes(wave.prefixes),
            ],
          })),
        ]
      : []),
    ...(routes
      ? [
          {
            title: 'Lost prefixes that would fail a gate',
            lines: firstLines(routes.routes.refused.map(describeRefusal)),
            isGrave: true,
          },
        ]
      : []),
    {
      title: 'Routes from and to outside neighbours',
      lines: planned?.routes ?? (routes ? firstLines(describeRouteImpact(routes)) : []),
      isGrave: true,
    },
    {
      title: 'Changes needed on outside neighbours',
      lines: planned?.otherSide ?? firstLines((routes?.others ?? []).map(describeOtherSide)),
    },
    {
      title: 'Outside neighbours that withdraw routes while their sessions are reset',
      // The plan's own sentence names them; its file does not.
      lines: planned ? [] : firstLines((routes?.withdrawals ?? []).map(describeWithdrawal)),
    },
    { title: 'Unknown routes from outside', lines: routes?.routes.gaps ?? [] },
    { title: 'New nodes without a path', lines: describePartitions(apart) },
    ...(played ? [{ title: simulationTitle(played), lines: outageLines(played) }] : []),
  ];
  return all.filter(({ lines: found }) => found.length > 0);
}

function sessionLine({ family, number, from, to, except, ...what }: ChangedSessions): string {
  const ends = to.length === 0 ? `between ${names(from)}` : `${names(from)} with ${names(to)}`;
  const but = except.length === 0 ? '' : `, except ${names(except.map(([a, b]) => `${a} - ${b}`))}`;
  const effect = effectOf(what);
  const why = effect === 'shut' || effect === 'enabled' ? '' : `, ${what.reason}`;
  return `${number} ${HAPPENS[effect] ?? effect} (${family}${why}): ${ends}${but}`;
}

/** Words for effects on sessions that differ from their names. */
const HAPPENS: Readonly<Partial<Record<SessionEffect, string>>> = {
  mayReset: 'may be reset',
  mayRemove: 'may be removed',
  mayAdd: 'may be added',
  shut: 'shut down',
  retuned: 'changed without a reset',
};

/** Names of steps that differ from those in data for programs. */
const STEPS: Readonly<Record<string, string>> = { finalise: 'at the commit' };
function simulationTitle({ prefixes, madeUp }: SimulatedChange): string {
  if (madeUp === prefixes) return `Simulated on ${prefixes} made-up prefixes`;
  return `Simulated on ${prefixes} prefixes${madeUp === 0 ? '' : `, ${madeUp} of them made up`}`;
}

/** Outages grouped by step and prefix, permanent ones first. */
function outageLines({ gaps }: SimulatedChange): string[] {
  if (gaps.length === 0) return ['no node misses any of these prefixes at any time'];
  const groups = new Map<string, Outage[]>();
  const whatOf = ({ prefix, origin, standsFor }: Outage) => standsFor ?? `${prefix} of ${origin}`;
  for (const gap of [...gaps].sort((a, b) => Number(a.to !== undefined) - Number(b.to !== undefined))) {
    const key = `${gap.to === undefined} ${gap.during} ${whatOf(gap)}`;
    const group = groups.get(key);
    if (group) group.push(gap);
    else groups.set(key, [gap]);
  }
  return firstLines(
    [...groups.values()].map((group) => {
      const [gap] = group;
      const { during, to, standsFor } = gap;
      const longest = Math.max(...group.map((gap) => (gap.to ?? gap.from) - gap.from));
      const time = to === undefined ? 'permanently' : `for ${Math.ceil(longest)} ms`;
      const nodes = [...new Set(group.map(({ node }) => node))];
      return `${STEPS[during] ?? during}: ${whatOf(gap)} ${standsFor === undefined ? 'is' : 'are'} missing ${time} at ${names(nodes)}`;
    }),
  );
}
