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
  oneOf,
  resourceName,
  rule,
  text,
} from '../check';
import { isRecord } from '../documents';
import type { Spec } from '../resource';
import { checkOf, each, taken, told, undecided } from '../row';
import { ENTERPRISE, NO_WORKLOADS } from './bgp-peer';
import { password } from './password';

const block = (reason?: string) => {
  const cidr = network();
  return { cidr: reason === undefined ? taken('`advertise` of each node', cidr) : undecided(reason, cidr) };
};
const NO_SERVICES =
  'a fabric does not watch services: `calico-default` lets their addresses through, so write those that a node serves in its `advertise`';
const METRIC = 'this is the metric of workload routes, which a fabric does not install';
const routePriority = integer(1, 2 ** 31 - 2);

/** Fields of `BGPConfiguration`. */
export const BGP_CONFIGURATION = {
  logSeverityScreen: taken(
    '`logLevel`',
    text({ pattern: /^(trace|debug|info|warning|error|fatal)$/i, what: 'a log level' }),
  ),
  nodeToNodeMeshEnabled: taken('`nodeToNodeMesh`', boolean),
  asNumber: taken('`asNumber`', asNumber),
  serviceLoadBalancerIPs: each(block(NO_SERVICES)),
  serviceExternalIPs: each(block(NO_SERVICES)),
  serviceClusterIPs: each(block()),
  serviceLoadBalancerAggregation: told(
    'a fabric does not watch services: it advertises what `advertise` of its nodes names, addresses or whole prefixes',
    oneOf('Enabled', 'Disabled'),
  ),
  communities: each(
    {
      name: taken('name in `communities`', { required: resourceName }),
      value: taken('value in `communities`', { required: community }),
    },
    { most: 500 },
  ),
  prefixAdvertisements: each(
    {
      cidr: taken('`prefix` of `prefixAdvertisements`', { required: network() }),
      communities: taken('`communities` of `prefixAdvertisements`', { required: list(text(), { most: 50 }) }),
    },
    { most: 500 },
  ),
  listenPort: taken('`listenPort`', integer(1, 65535)),
  nodeMeshPassword: password('`meshPassword`'),
  nodeMeshMaxRestartTime: taken('`meshRestartTime`', duration, 'not if it is more than 4095 seconds'),
  bindMode: taken('`bindMode`', oneOf('None', 'NodeIP')),
  ignoredInterfaces: taken(
    '`ignoredInterfaces`',
    list((it) =>
      it === '*' ? [Problem.of('calico-resource', '"*" would exclude every interface', '')] : interfaceName(it),
    ),
  ),
  localWorkloadPeeringIPV4: told(NO_WORKLOADS, address('ipv4')),
  localWorkloadPeeringIPV6: told(NO_WORKLOADS, address('ipv6')),
  programClusterRoutes: told(
    'the agents install all routes to other nodes, whichever component did so with Calico',
    oneOf('Enabled', 'Disabled', 'EnabledIPIPOnly', 'EnabledNoEncapOnly'),
  ),
  ipv4NormalRoutePriority: told(METRIC, routePriority),
  ipv6NormalRoutePriority: told(METRIC, routePriority),
  extensions: told(ENTERPRISE),
};

/** Checks a v3 `BGPConfiguration`. */
export const bgpConfigurationSpec = checkOf(BGP_CONFIGURATION, {
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
});

/** Fields that only the configuration `default` can set. */
const GLOBAL_FIELDS = [
  ...['nodeToNodeMeshEnabled', 'asNumber', 'nodeMeshPassword', 'nodeMeshMaxRestartTime'],
  ...['serviceLoadBalancerIPs', 'serviceExternalIPs', 'serviceClusterIPs'],
];

/** Problems of such fields in other configurations. */
export const globalFieldProblems = (name: string, spec: Spec): Problem[] =>
  GLOBAL_FIELDS.filter((field) => name !== 'default' && spec[field] !== undefined && spec[field] !== null).map(
    (field) => Problem.of('calico-resource', `${field} may only be set in the default configuration`, field),
  );

const records = (it: unknown): Record<string, unknown>[] => (Array.isArray(it) ? it.filter(isRecord) : []);

/** Communities of advertisements are values, or names defined in the same configuration. */
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
