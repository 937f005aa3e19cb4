import { DEFAULT_AS_NUMBER, DEFAULT_PORT } from '../model/defaults';
import type { FabricSpec } from '../model/fabric';
import { isSet } from './check';
import { type Cluster, hasPassword } from './cluster';
import { fabricName } from './fabric-name';
import { passwordOf, restartTimeOf } from './import-values';
import type { BGP_CONFIGURATION } from './kind/bgp-configuration';
import type { LeftField, LeftFields } from './left-out';
import type { Spec } from './resource';
import type { FieldsOfFate } from './row';

type Settings = Omit<FabricSpec, 'name' | 'nodes' | 'peers' | 'filters'>;

/** Fields that are settings of the fabric. The other imported fields are lists of services, which nodes advertise. */
type Setting = Exclude<FieldsOfFate<typeof BGP_CONFIGURATION, { taken: string }>, `service${string}`>;

/** Converts a field; undefined if its value is the fabric's default. */
const FIELDS: Readonly<Record<Setting, (value: never, cluster: Cluster) => Settings | string | undefined>> = {
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
    const some = list.filter(({ communities }) => communities.length > 0); // others have no effect
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

/** Settings of the fabric from the default configuration, and the values that cannot be converted, with reasons. */
export function importedSettings(
  spec: Spec,
  cluster: Cluster,
): { readonly settings: Settings; readonly left: LeftFields } {
  const left: Record<string, LeftField> = {};
  let settings: Settings = {};
  for (const [field, say] of Object.entries(FIELDS)) {
    const value = spec[field];
    if (!isSet(value) && value !== false) continue;
    const said = say(value as never, cluster);
    if (typeof said === 'string') left[field] = { reason: said };
    else settings = { ...settings, ...said };
  }
  return { settings, left };
}
