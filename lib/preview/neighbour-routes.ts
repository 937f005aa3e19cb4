import type { OriginAttributes } from '../bgp/rib/adj-rib-in/attribute-intern';
import { AsNumber } from '../model/as-number';
import type { FilterRule, Policy } from '../model/filter';
import { isPattern } from '../model/interface-pattern';
import type { Prefix } from '../model/prefix';
import { sure } from '../model/problem';
import { isMeantBy, linkOfEnd } from '../topology/link-end';
import type { OutsideRoutes } from '../topology/outside-routes';
import type { PrefixKind } from './route-kinds';
import { sentRoute } from './sent-route';

/** A route that an outside neighbour originates in the simulation. */
export interface NeighbourRoute {
  readonly prefix: Prefix;
  readonly attributes: OriginAttributes;
  /** AS numbers of its path, starting with the neighbour's own if it is external. */
  readonly path: readonly number[];
}

/** Maximum number of routes simulated for one neighbour. */
const MOST_ROUTES = 30;
/** Maximum number of AS numbers that a filter can prepend. */
const MOST_PATH = 10;

/**
 * Representative routes of each outside neighbour, by address; neighbours about which nothing is known are left out.
 * `addresses`: of those in the fabrics. The neighbour of a pattern sends what comes over its links.
 */
export function neighbourRoutes(
  outside: OutsideRoutes,
  kinds: readonly PrefixKind[],
  addresses: ReadonlySet<string>,
): Map<string, NeighbourRoute[]> {
  const patterns = [...addresses].filter((address) => isPattern(linkOfEnd(address) ?? ''));
  const sent = new Map<string, Set<string>>();
  for (const { remoteAddress, routes } of outside.sessions) {
    const wide = addresses.has(remoteAddress) ? [] : patterns.filter((pattern) => isMeantBy(remoteAddress, pattern));
    for (const address of wide.length > 0 ? wide : [remoteAddress])
      sent.set(address, (sent.get(address) ?? new Set<string>()).add(routes));
  }
  return new Map(
    [...sent].map(([address, names]) => [
      address,
      kinds
        .flatMap(({ prefix, sent: sets }): NeighbourRoute[] => {
          const [set] = [...names].flatMap((name) => sets.get(name) ?? []);
          if (!set) return [];
          const { asPath = [], med, origin, ...rest } = sentRoute(set).attributes;
          const { communities, extendedCommunities, largeCommunities } = rest;
          return [
            {
              prefix,
              path: asPath.flatMap(({ members }) => members),
              attributes: {
                ...(med !== undefined && { med }),
                ...(origin !== undefined && { origin }),
                ...(communities && { communities }),
                ...(extendedCommunities && { extendedCommunities }),
                ...(largeCommunities && { largeCommunities }),
              },
            },
          ];
        })
        .slice(0, MOST_ROUTES),
    ]),
  );
}

/** The export policy of such a neighbour, with this AS number: the path of each route. */
export function policyOf(routes: readonly NeighbourRoute[], isExternal: boolean): Policy {
  const rules = routes.flatMap(({ prefix, path }): FilterRule[] => {
    const behind = path.slice(isExternal ? 1 : 0).slice(0, MOST_PATH);
    if (behind.length === 0) return [];
    const set = { prependAsNumbers: behind.map((as) => sure(AsNumber.parse(as))) };
    return [{ prefix, ge: prefix.length, le: prefix.length, action: 'accept', set }];
  });
  return { rules, otherwise: 'accept' };
}
