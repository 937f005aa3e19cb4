import { Problem } from '../../model/problem';
import { readAsNumber } from '../check';
import { resource } from '../resource';
import type { Converted } from './converted';
import { nodeName } from './names';

/** Converts a value of `calicoctl config` to a field of a v3 configuration; undefined if invalid. */
type Reader = (value: unknown) => Readonly<Record<string, unknown>> | undefined;

interface Setting {
  /** Valid values, for a problem. */
  readonly values: string;
  readonly read: Reader;
  /** Can be set for a single node. */
  readonly isOfNodes?: boolean;
}

/** `on` is true in YAML. The Kubernetes datastore has booleans as strings, etcd's has an object. */
const SWITCH: Readonly<Record<string, boolean>> = {
  ...{ on: true, off: false, true: true, false: false, '{"enabled":true}': true, '{"enabled":false}': false },
};

/** v1 log levels with their v3 names; v3 has no `none`. */
const LEVELS: Readonly<Record<string, string>> = {
  ...{ none: 'Fatal', debug: 'Debug', info: 'Info', warning: 'Warning', error: 'Error', critical: 'Fatal' },
};

const asNumber: Setting = {
  values: 'an AS number',
  read: (value) => {
    const number = readAsNumber(value);
    return number === undefined ? undefined : number === 0 ? {} : { asNumber: number };
  },
};

const mesh: Setting = {
  values: 'on or off',
  read: (value) => {
    const text = String(value).replace(/\s/g, '');
    return Object.hasOwn(SWITCH, text) ? { nodeToNodeMeshEnabled: SWITCH[text] } : undefined;
  },
};

const logLevel: Setting = {
  values: Object.keys(LEVELS).join(', '),
  isOfNodes: true,
  read: (value) => {
    const text = String(value).toLowerCase();
    return Object.hasOwn(LEVELS, text) ? { logSeverityScreen: LEVELS[text] } : undefined;
  },
};

/** The settings of `calicoctl config` related to BGP, in lower case, with their names in the datastores. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  ...{ asnumber: asNumber, as_num: asNumber },
  ...{ nodetonodemesh: mesh, nodemeshenabled: mesh, node_mesh: mesh },
  loglevel: logLevel,
};

/** The settings, by their names in calicoctl. */
export const SETTING_NAMES = ['asNumber', 'nodeToNodeMesh', 'logLevel'];

/**
 * Converts a setting of `calicoctl config` to part of the v3 configuration, `default` or that of a node, as Calico's
 * upgrade does. Undefined if unrelated to BGP (`ipip` is Felix's).
 */
export function convertSetting(name: unknown, value: unknown, node: unknown): Converted | Problem[] | undefined {
  const setting = SETTINGS[String(name).toLowerCase()];
  if (!setting) return undefined;
  const isOfNode = node !== undefined && node !== null && node !== '';
  if (isOfNode && !setting.isOfNodes)
    return [Problem.of('calico-resource', `${name} applies to all nodes and must not name one`, 'metadata.node')];
  const spec = setting.read(value);
  if (!spec)
    return [
      Problem.of(
        'calico-resource',
        `${JSON.stringify(value) ?? 'nothing'} is not a valid ${name}: write ${setting.values}`,
        'spec.value',
      ),
    ];
  const of = isOfNode ? `node.${nodeName(String(node))}` : 'default';
  return { resource: resource('BGPConfiguration', of, spec), identity: String(isOfNode ? node : ''), isPart: true };
}
