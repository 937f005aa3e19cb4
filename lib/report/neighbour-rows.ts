import type { Preview } from '../preview/preview';
import type { RouteChange, RouteEffect } from '../preview/route-changes';
import { describeRoutes, routesIn } from '../preview/route-words';

/** Effects on routes, as distinguished for reviewers. */
const FATES = ['leaked', 'lost', 're-tagged', 'moved', 'gained'] as const;
type Fate = (typeof FATES)[number];

const FATE_OF: Readonly<Record<RouteEffect, Fate>> = {
  leaked: 'leaked',
  ...{ lost: 'lost', rejected: 'lost', withdrawn: 'lost', 'told in vain': 'lost' },
  ...{ 'taken otherwise': 're-tagged', 'told otherwise': 're-tagged' },
  moved: 'moved',
  ...{ advertised: 'gained', accepted: 'gained', gained: 'gained' },
};

/** Effects on the routes from and to one outside neighbour. */
export interface NeighbourRow {
  /** Name or address. Unset: the nodes' own tables. */
  readonly neighbour?: string;
  readonly changes: readonly NeighbourChange[];
}

interface NeighbourChange {
  readonly fate: Fate;
  readonly prefixes: readonly string[];
  readonly text: string;
  /** The text beside the word for the fate, which it does not repeat. */
  readonly besideFate: string;
}

/** Most severe first. */
export function neighbourRows({ routes }: Preview): NeighbourRow[] {
  const rows = new Map<string, RouteChange[]>();
  for (const change of routes?.routes.changes ?? []) {
    const key = change.name ?? change.neighbour ?? '';
    rows.set(key, [...(rows.get(key) ?? []), change]);
  }
  const all = [...rows].map(
    ([neighbour, changes]): NeighbourRow => ({
      ...(neighbour !== '' && { neighbour }),
      changes: changes
        .map((change) => rowOf(change, FATE_OF[change.effect]))
        .sort((a, b) => FATES.indexOf(a.fate) - FATES.indexOf(b.fate)),
    }),
  );
  const severity = ({ changes }: NeighbourRow) => FATES.indexOf(changes[0].fate);
  return all.sort((a, b) => severity(a) - severity(b));
}

function rowOf(change: RouteChange, fate: Fate): NeighbourChange {
  const text = describeRoutes(change);
  return { fate, prefixes: change.prefixes, text, besideFate: change.effect === fate ? routesIn(change) : text };
}
