import { BY_ATTRIBUTES, BY_NEXT_HOP, BY_POLICY, BY_PREFIX, BY_RECURSION } from '../bgp/rib/adj-rib-in/ineligibility';
import type { ReachedLimit } from './limits';
import type { RefusedWave, RouteChange, RouteEffect } from './route-changes';
import { names } from './words';

/** Maximum number of prefixes named in a line. */
const MOST = 4;

type Of = Pick<RouteChange, 'neighbour' | 'nodes'> & { readonly what: string; readonly at: string };

/** The word for each effect. */
const VERBS: Readonly<Record<RouteEffect, string>> = {
  lost: 'lost',
  leaked: 'leaked',
  'told in vain': 'advertised in vain',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
  'taken otherwise': 'received with other attributes',
  'told otherwise': 'advertised with other attributes',
  moved: 'moved',
  advertised: 'advertised',
  accepted: 'accepted',
  gained: 'gained',
};

/** What it happens to. */
const WORDS: Readonly<Record<RouteEffect, (of: Of) => string>> = {
  lost: ({ what, at }) => `${what} at ${at}`,
  leaked: ({ what, at, neighbour }) => `${what} to ${neighbour} by ${at}`,
  'told in vain': ({ what, at, neighbour }) => `${what} to ${neighbour} by ${at}`,
  rejected: ({ what, at, neighbour }) => `${what} from ${neighbour} at ${at}`,
  withdrawn: ({ what, at, neighbour }) => `${what} from ${neighbour} by ${at}`,
  'taken otherwise': ({ what, at, neighbour }) => `${what} from ${neighbour} at ${at}`,
  'told otherwise': ({ what, at, neighbour }) => `${what} to ${neighbour} by ${at}`,
  moved: ({ what, at }) => `${what} at ${at}`,
  advertised: ({ what, at, neighbour }) => `${what} to ${neighbour} by ${at}`,
  accepted: ({ what, at, neighbour }) => `${what} from ${neighbour} at ${at}`,
  gained: ({ what, at }) => `${what} at ${at}`,
};

const INELIGIBLE: Readonly<Record<string, { readonly text: string }>> = {
  ...{ ...BY_ATTRIBUTES, ...BY_NEXT_HOP, ...BY_RECURSION, ...BY_PREFIX, ...BY_POLICY },
};

/** What happens to routes, in one line. */
export const describeRoutes = (change: RouteChange): string => `${VERBS[change.effect]}: ${routesIn(change)}`;

/** The same without the word for the effect. */
export function routesIn({
  effect,
  nodes,
  neighbour,
  name = neighbour,
  isOneOfMany,
  prefixes,
  detail,
}: RouteChange): string {
  const like = isOneOfMany ? `${name} (of ${nodes[0]}) or an equivalent` : name;
  const why = detail === undefined ? '' : ` (${INELIGIBLE[detail]?.text ?? detail})`;
  return `${WORDS[effect]({ what: names(prefixes, MOST), at: names(nodes), neighbour: like, nodes })}${why}`;
}

export const describeRefusal = ({ wave, prefixes, nodes }: RefusedWave): string =>
  `wave ${wave}: ${names(prefixes, MOST)} at ${names(nodes)}`;

export const describeLimit = ({ neighbour, nodes, limit, sends }: ReachedLimit): string =>
  `${neighbour} sends ${sends} prefixes to ${names(nodes)}, above its limit of ${limit}`;
