import type { Preview } from '../preview/preview';
import type { RouteChange, RouteEffect } from '../preview/route-changes';
import { describeRoutes } from '../preview/route-words';

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
  readonly changes: readonly { readonly fate: Fate; readonly prefixes: readonly string[]; readonly text: string }[];
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
        .map((change) => ({ fate: FATE_OF[change.effect], prefixes: change.prefixes, text: describeRoutes(change) }))
        .sort((a, b) => FATES.indexOf(a.fate) - FATES.indexOf(b.fate)),
    }),
  );
  const severity = ({ changes }: NeighbourRow) => FATES.indexOf(changes[0].fate);
  return all.sort((a, b) => severity(a) - severity(b));
}
