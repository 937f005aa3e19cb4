import type { RouteStatus } from '../../control/status';

/** Widths of the columns: routes are printed as they come, before the last one is known. */
const COLUMNS: readonly {
  readonly heading: string;
  readonly width: number;
  readonly of: (route: RouteStatus) => string;
}[] = [
  { heading: '', width: 1, of: ({ isBest }) => (isBest ? '*' : ' ') },
  { heading: 'PREFIX', width: 20, of: ({ prefix }) => prefix },
  { heading: 'NEXT HOP', width: 15, of: ({ nextHop }) => nextHop ?? '-' },
  { heading: 'FROM', width: 15, of: ({ from }) => from },
  { heading: 'PREF', width: 4, of: ({ localPref }) => String(localPref ?? '-') },
  { heading: 'MED', width: 4, of: ({ med }) => String(med ?? '-') },
  { heading: 'AS PATH', width: 0, of: ({ asPath }) => asPath },
];

const line = (cells: readonly string[]): string =>
  `${cells
    .map((cell, i) => cell.padEnd(COLUMNS[i].width))
    .join('  ')
    .trimEnd()}\n`;

/** The heading of a list of routes; * is the best one of its prefix. */
export const routesHeading = (): string => line(COLUMNS.map(({ heading }) => heading));

/** A route as one line under the heading. */
export const routeLine = (route: RouteStatus): string => line(COLUMNS.map(({ of }) => of(route)));
