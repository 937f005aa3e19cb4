import { BY_ATTRIBUTES, BY_NEXT_HOP, BY_POLICY, BY_PREFIX, BY_RECURSION } from '../bgp/rib/adj-rib-in/ineligibility';
import type { ReachedLimit } from './limits';
import type { RefusedWave, RouteChange, RouteEffect } from './route-changes';
import { names } from './words';

/** Maximum number of prefixes named in a line. */
const MOST = 4;

type Of = Pick<RouteChange, 'neighbour' | 'nodes'> & { readonly what: string; readonly at: string };

/** Phrase for each effect. */
const WORDS: Readonly<Record<RouteEffect, (of: Of) => string>> = {
  lost: ({ what, at }) => `lost: ${what} at ${at}`,
  leaked: ({ what, at, neighbour }) => `leaked: ${what} to ${neighbour} by ${at}`,
  'told in vain': ({ what, at, neighbour }) => `advertised in vain: ${what} to ${neighbour} by ${at}`,
  rejected: ({ what, at, neighbour }) => `rejected: ${what} from ${neighbour} at ${at}`,
  withdrawn: ({ what, at, neighbour }) => `withdrawn: ${what} from ${neighbour} by ${at}`,
  'taken otherwise': ({ what, at, neighbour }) => `received with other attributes: ${what} from ${neighbour} at ${at}`,
  'told otherwise': ({ what, at, neighbour }) => `advertised with other attributes: ${what} to ${neighbour} by ${at}`,
  moved: ({ what, at }) => `moved: ${what} at ${at}`,
  advertised: ({ what, at, neighbour }) => `advertised: ${what} to ${neighbour} by ${at}`,
  accepted: ({ what, at, neighbour }) => `accepted: ${what} from ${neighbour} at ${at}`,
  gained: ({ what, at }) => `gained: ${what} at ${at}`,
};

const INELIGIBLE: Readonly<Record<string, { readonly text: string }>> = {
  ...{ ...BY_ATTRIBUTES, ...BY_NEXT_HOP, ...BY_RECURSION, ...BY_PREFIX, ...BY_POLICY },
};

/** What happens to routes, in one line. */
export function describeRoutes({
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
