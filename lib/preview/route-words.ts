import {
  BY_ATTRIBUTES,
  BY_NEXT_HOP,
  BY_POLICY,
  BY_PREFIX,
  BY_RECURSION,
  type Ineligibility,
} from '../bgp/rib/adj-rib-in/ineligibility';
import type { ReachedLimit } from './limits';
import type { RefusedWave, RouteChange, RouteEffect } from './route-changes';
import { names } from './words';

/** Maximum number of prefixes named in a line. */
const MOST = 4;

type Of = Pick<RouteChange, 'neighbour' | 'nodes'> & { readonly what: string; readonly at: string };

const atNodes = ({ what, at }: Of) => `${what} at ${at}`;
const fromNeighbour = ({ what, at, neighbour }: Of) => `${what} from ${neighbour} at ${at}`;
const toNeighbour = ({ what, at, neighbour }: Of) => `${what} to ${neighbour} by ${at}`;

/** The word for each effect, and what it happens to. */
const WORDS: Readonly<Record<RouteEffect, readonly [word: string, to: (of: Of) => string]>> = {
  lost: ['lost', atNodes],
  leaked: ['leaked', toNeighbour],
  'told in vain': ['advertised in vain', toNeighbour],
  rejected: ['rejected', fromNeighbour],
  withdrawn: ['withdrawn', ({ what, at, neighbour }) => `${what} from ${neighbour} by ${at}`],
  'taken otherwise': ['received with other attributes', fromNeighbour],
  'told otherwise': ['advertised with other attributes', toNeighbour],
  moved: ['moved', atNodes],
  advertised: ['advertised', toNeighbour],
  accepted: ['accepted', fromNeighbour],
  gained: ['gained', atNodes],
};

const INELIGIBLE: Readonly<Record<string, { readonly text: string }>> = {
  ...{ ...BY_ATTRIBUTES, ...BY_NEXT_HOP, ...BY_RECURSION, ...BY_PREFIX, ...BY_POLICY },
};

/** What happens to routes, in one line. */
export const describeRoutes = (change: RouteChange): string => `${WORDS[change.effect][0]}: ${routesIn(change)}`;

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
  const [, to] = WORDS[effect];
  return `${to({ what: names(prefixes, MOST), at: names(nodes), neighbour: like, nodes })}${why}`;
}

/** `wave 1: 192.0.2.0/24 at n2: n1 rejects it from 192.0.2.1 (…)`. */
export function describeRefusal({ wave, prefixes, nodes, rejections }: RefusedWave): string {
  const them = prefixes.length === 1 ? 'it' : 'them';
  const why = rejections.map(
    ({ nodes: by, from, why: code }) =>
      `${names(by)} ${by.length === 1 ? 'rejects' : 'reject'} ${them} from ${from} (${INELIGIBLE[code].text})`,
  );
  return [`wave ${wave}: ${names(prefixes, MOST)} at ${names(nodes)}`, names(why, MOST)].filter(Boolean).join(': ');
}

const KEEP = 'keep a session and filters that let it through';

/** What keeps a path that would be rejected. Default: {@link KEEP}. */
const KEEPS: Readonly<Partial<Record<Ineligibility, string>>> = {
  'as-loop':
    'give the nodes an AS number that is not in the path, or set allow_own_as of the entry (allowOwnAs in constructs)',
  'as-set': 'accept AS_SET on the session: reject_as_sets = false (rejectAsSets in constructs)',
  'reflection-loop': 'give the route reflectors another cluster ID',
  'route-leak': 'correct the role of the entry',
};

/** What keeps the paths that gates would miss. */
export const keepingOf = (refused: readonly RefusedWave[]): string[] => [
  ...new Set(
    refused.flatMap(({ rejections }) =>
      rejections.length > 0 ? rejections.map(({ why }) => KEEPS[why] ?? KEEP) : KEEP,
    ),
  ),
];

export const describeLimit = ({ neighbour, nodes, limit, sends }: ReachedLimit): string =>
  `${neighbour} sends ${sends} prefixes to ${names(nodes)}, above its limit of ${limit}`;
