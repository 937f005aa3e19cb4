import { DEFAULT_AS_NUMBER, DEFAULT_PORT } from '../model/defaults';
import type { FabricSpec } from '../model/fabric';
import { isSet } from './check';
import { type Cluster, hasPassword } from './cluster';
import { fabricName } from './fabric-name';
import { passwordOf, restartTimeOf } from './import-values';
import type { Spec } from './resource';

type Settings = Omit<FabricSpec, 'name' | 'nodes' | 'peers' | 'filters'>;

/** How a field of the default configuration is said; undefined where it says what a fabric does anyway. */
const FIELDS: Readonly<Record<string, (value: never, cluster: Cluster) => Settings | string | undefined>> = {
  asNumber: (_, { asNumber }) => (asNumber === DEFAULT_AS_NUMBER ? undefined : { asNumber }),
  nodeToNodeMeshEnabled: (_, { mesh }) => (mesh ? undefined : { nodeToNodeMesh: false }),
  nodeMeshPassword: (password) => (hasPassword(password) ? { meshPassword: passwordOf(password) } : undefined),
  nodeMeshMaxRestartTime: (duration) => {
    const seconds = restartTimeOf(duration);
    return typeof seconds === 'number' ? { meshRestartTime: seconds } : seconds;
  },
  listenPort: (port: number) => (port === DEFAULT_PORT ? undefined : { listenPort: port }),
  bindMode: (mode) => (mode === 'NodeIP' ? { bindMode: 'nodeAddress' } : undefined),
  communities: (list: { name: string; value: string }[]) =>
    list.length === 0
      ? undefined
      : { communities: Object.fromEntries(list.map(({ name, value }) => [fabricName(name), value])) },
  prefixAdvertisements: (list: { cidr: string; communities: string[] }[]) => {
    const some = list.filter(({ communities }) => communities.length > 0); // others add nothing
    return some.length === 0
      ? undefined
      : {
          prefixAdvertisements: some.map(({ cidr, communities }) => ({
            prefix: cidr,
            communities: communities.map(fabricName),
          })),
        };
  },
  ignoredInterfaces: (list: string[]) => (list.length === 0 ? undefined : { ignoredInterfaces: [...list] }),
  logSeverityScreen: (severity: string) => {
    const logLevel = LEVELS[severity.toLowerCase()];
    return logLevel && { logLevel };
  },
};

const LEVELS: Readonly<Record<string, FabricSpec['logLevel']>> = {
  ...{ trace: 'debug', debug: 'debug', info: 'info', warning: 'warn', error: 'error', fatal: 'error' },
};

/** Why a fabric has no word for a field. */
const REASONS: Readonly<Record<string, string>> = {
  programClusterRoutes: 'the agents install all routes to other nodes, whichever component did so with Calico',
  ...Object.fromEntries(
    ['serviceClusterIPs', 'serviceExternalIPs', 'serviceLoadBalancerIPs', 'serviceLoadBalancerAggregation'].map(
      (field) => [field, 'a fabric has no services; list their prefixes in `advertise` of its nodes'],
    ),
  ),
  ...Object.fromEntries(
    ['localWorkloadPeeringIPV4', 'localWorkloadPeeringIPV6'].map((field) => [
      field,
      'a fabric cannot peer with workloads',
    ]),
  ),
  ...Object.fromEntries(
    ['ipv4NormalRoutePriority', 'ipv6NormalRoutePriority'].map((field) => [
      field,
      'this is the metric of workload routes, which a fabric does not install',
    ]),
  ),
};

/** What the default configuration says of the whole fabric, and the fields that it can't say, with the reason. */
export function settingsOf(
  spec: Spec,
  cluster: Cluster,
): { readonly settings: Settings; readonly left: Readonly<Record<string, string>> } {
  const left: Record<string, string> = {};
  let settings: Settings = {};
  for (const [field, value] of Object.entries(spec)) {
    if (!isSet(value) && field !== 'nodeToNodeMeshEnabled') continue; // false and 0 say nothing elsewhere
    const said = Object.hasOwn(FIELDS, field)
      ? FIELDS[field](value as never, cluster)
      : (REASONS[field] ?? `a fabric has no ${field}`);
    if (typeof said === 'string') left[field] = said;
    else settings = { ...settings, ...said };
  }
  return { settings, left };
}
