import type { RouteStatus } from '../../control/status';
import { ageText } from '../age';
import { PLAIN, type Screen } from '../screen';
import { foldedLine, rowText, styled, type Text } from '../terminal';

/** Fixed column widths: routes are printed as they arrive, before the last one is known. */
const COLUMNS: readonly {
  readonly heading: string;
  readonly width: number;
  /** `now`: milliseconds since the epoch. */
  readonly of: (route: RouteStatus, now: number) => string;
}[] = [
  { heading: '', width: 1, of: ({ isBest, isBeside }) => (isBest ? '*' : isBeside ? '=' : ' ') },
  { heading: 'PREFIX', width: 20, of: ({ prefix }) => prefix },
  { heading: 'NEXT HOP', width: 15, of: ({ nextHop }) => nextHop ?? '-' },
  { heading: 'FROM', width: 15, of: ({ from }) => from },
  { heading: 'PREF', width: 4, of: ({ localPref }) => String(localPref ?? '-') },
  { heading: 'MED', width: 4, of: ({ med }) => String(med ?? '-') },
  { heading: 'AGE', width: 6, of: ({ since }, now) => (since === undefined ? '-' : ageText(since, now)) },
  { heading: 'AS PATH', width: 11, of: pathText },
  { heading: 'COMMUNITIES', width: 11, of: ({ communities = [] }) => communities.join(' ') || '-' },
  {
    heading: 'WHY NOT',
    width: 0,
    of: ({ reason, also = [], withheld, isStale }) =>
      [
        ...(isStale ? [STALE] : []),
        ...(reason === undefined ? [] : [reason]),
        ...also.map((one) => one.reason),
        ...(withheld === undefined ? [] : [`not in the kernel: ${withheld}`]),
      ].join('; '),
  },
];

/** RFC 4724. */
const STALE = 'stale: it is retained until the neighbour is back and sends it again';

/** Headings of the columns. */
export const ROUTE_HEADINGS: readonly string[] = COLUMNS.map(({ heading }) => heading);

/** Cells of a route. */
export const routeCells = (route: RouteStatus, now = Date.now()): string[] => COLUMNS.map(({ of }) => of(route, now));

/** The origin at the end of a path, as in other daemons. */
const ORIGINS: Readonly<Record<string, string>> = { igp: 'i', egp: 'e', incomplete: '?' };

function pathText({ asPath, origin }: RouteStatus): string {
  return [asPath, origin === undefined ? '' : (ORIGINS[origin] ?? origin)].filter((text) => text !== '').join(' ');
}

const WIDTHS = COLUMNS.map(({ width }) => width);

/** Indentation of continuation lines. */
const INDENT = 3;

/**
 * Heading of a list of routes; * marks the best path of a prefix, = those used beside it (multipath). The last column
 * says why a path is not best, or why it is not in the kernel.
 */
export const routesHeading = (screen: Screen = PLAIN): Text =>
  styled('bold', foldedLine(rowText(ROUTE_HEADINGS, WIDTHS, PLAIN), screen, INDENT), screen);

/** A route as one line under the heading. */
export const routeLine = (route: RouteStatus, screen: Screen = PLAIN, now = Date.now()): Text =>
  foldedLine(rowText(routeCells(route, now), WIDTHS, PLAIN), screen, INDENT);
