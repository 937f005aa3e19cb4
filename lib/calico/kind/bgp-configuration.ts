import { Problem } from '../../model/problem';
import {
  address,
  asNumber,
  boolean,
  community,
  duration,
  integer,
  interfaceName,
  isCommunity,
  isSet,
  list,
  network,
  object,
  oneOf,
  resourceName,
  rule,
  text,
} from '../check';
import { isRecord } from '../documents';
import type { Spec } from '../resource';
import { password } from './bgp-peer';

const blocks = list(object({ cidr: network() }));
const routePriority = integer(1, 2 ** 31 - 2);

/** A `BGPConfiguration` of v3. */
export const bgpConfigurationSpec = object(
  {
    logSeverityScreen: text({ pattern: /^(trace|debug|info|warning|error|fatal)$/i, what: 'a log level' }),
    nodeToNodeMeshEnabled: boolean,
    asNumber,
    serviceLoadBalancerIPs: blocks,
    serviceExternalIPs: blocks,
    serviceClusterIPs: blocks,
    serviceLoadBalancerAggregation: oneOf('Enabled', 'Disabled'),
    communities: list(object({ name: { required: resourceName }, value: { required: community } }), { most: 500 }),
    prefixAdvertisements: list(
      object({ cidr: { required: network() }, communities: { required: list(text(), { most: 50 }) } }),
      { most: 500 },
    ),
    listenPort: integer(1, 65535),
    nodeMeshPassword: password,
    nodeMeshMaxRestartTime: duration,
    bindMode: oneOf('None', 'NodeIP'),
    ignoredInterfaces: list((it) =>
      it === '*' ? [Problem.of('calico-resource', '"*" would exclude every interface', '')] : interfaceName(it),
    ),
    localWorkloadPeeringIPV4: address('ipv4'),
    localWorkloadPeeringIPV6: address('ipv6'),
    programClusterRoutes: oneOf('Enabled', 'Disabled', 'EnabledIPIPOnly', 'EnabledNoEncapOnly'),
    ipv4NormalRoutePriority: routePriority,
    ipv6NormalRoutePriority: routePriority,
  },
  {
    rules: [
      ...['nodeMeshPassword', 'nodeMeshMaxRestartTime'].map((field) =>
        rule(
          field,
          `${field} has no effect without the mesh`,
          (spec) => spec.nodeToNodeMeshEnabled === false && isSet(spec[field]),
        ),
      ),
      rule(
        'communities',
        'communities need prefixAdvertisements',
        (spec) => records(spec.communities).length > 0 && records(spec.prefixAdvertisements).length === 0,
      ),
      rule(
        'ignoredInterfaces',
        'a pattern is listed twice',
        ({ ignoredInterfaces: them }) => Array.isArray(them) && new Set(them).size < them.length,
      ),
      advertisedCommunities,
    ],
  },
);

/** What only the configuration `default` can say. */
const GLOBAL_FIELDS = [
  ...['nodeToNodeMeshEnabled', 'asNumber', 'nodeMeshPassword', 'nodeMeshMaxRestartTime'],
  ...['serviceLoadBalancerIPs', 'serviceExternalIPs', 'serviceClusterIPs'],
];

/** The problems of fields that stand in a configuration other than `default`. */
export const globalFieldProblems = (name: string, spec: Spec): Problem[] =>
  GLOBAL_FIELDS.filter((field) => name !== 'default' && spec[field] !== undefined && spec[field] !== null).map(
    (field) => Problem.of('calico-resource', `${field} may only be set in the default configuration`, field),
  );

const records = (it: unknown): Record<string, unknown>[] => (Array.isArray(it) ? it.filter(isRecord) : []);

/** Communities of advertisements are values, or names that the same configuration gives. */
function advertisedCommunities(spec: Spec): Problem[] {
  const names = new Set(records(spec.communities).map(({ name }) => name));
  return records(spec.prefixAdvertisements).flatMap(({ communities }, i) =>
    (Array.isArray(communities) ? communities : []).flatMap((it, j) =>
      names.has(it) || isCommunity(it)
        ? []
        : [
            Problem.of(
              'community',
              `${JSON.stringify(it)} is not a community or the name of one`,
              `prefixAdvertisements[${i}].communities[${j}]`,
            ),
          ],
    ),
  );
}
