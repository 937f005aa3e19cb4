import type { RouteStatus } from '../../control/status';
import { PLAIN, type Screen } from '../screen';
import { foldedLine, rowText, styled, type Text } from '../terminal';

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
  { heading: 'AS PATH', width: 11, of: ({ asPath }) => asPath },
  {
    heading: 'WHY NOT',
    width: 0,
    of: ({ reason, withheld }) => reason ?? (withheld ? `not in the kernel: ${withheld}` : ''),
  },
];

const WIDTHS = COLUMNS.map(({ width }) => width);

/** Where a line goes on that is longer than the screen. */
const INDENT = 3;

/** The heading of a list of routes; * is the best one of its prefix. The last column says why a route is not, or why the kernel has it not. */
export const routesHeading = (screen: Screen = PLAIN): Text =>
  styled(
    'bold',
    foldedLine(
      rowText(
        COLUMNS.map(({ heading }) => heading),
        WIDTHS,
        PLAIN,
      ),
      screen,
      INDENT,
    ),
    screen,
  );

/** A route as one line under the heading. */
export const routeLine = (route: RouteStatus, screen: Screen = PLAIN): Text =>
  foldedLine(
    rowText(
      COLUMNS.map(({ of }) => of(route)),
      WIDTHS,
      PLAIN,
    ),
    screen,
    INDENT,
  );
