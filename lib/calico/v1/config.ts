import { Problem } from '../../model/problem';
import { readAsNumber } from '../check';
import { resource } from '../resource';
import type { Converted } from './converted';
import { nodeName } from './names';

/** A value of `calicoctl config` as a field of a configuration of v3; undefined where it is none of its values. */
type Reader = (value: unknown) => Readonly<Record<string, unknown>> | undefined;

interface Setting {
  /** What the values are, for a problem. */
  readonly values: string;
  readonly read: Reader;
  /** One node may have a value of its own. */
  readonly isOfNodes?: boolean;
}

/** `on` is true to YAML, and the datastore of Kubernetes has true and false as strings; the one of etcd an object. */
const SWITCH: Readonly<Record<string, boolean>> = {
  ...{ on: true, off: false, true: true, false: false, '{"enabled":true}': true, '{"enabled":false}': false },
};

/** Levels of v1 by what v3 calls them; v3 has no silence. */
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

/** The settings of `calicoctl config` that BGP is made of, in lower case, with what the datastores call them. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  ...{ asnumber: asNumber, as_num: asNumber },
  ...{ nodetonodemesh: mesh, nodemeshenabled: mesh, node_mesh: mesh },
  loglevel: logLevel,
};

/** The settings by the names that calicoctl has for them. */
export const SETTING_NAMES = ['asNumber', 'nodeToNodeMesh', 'logLevel'];

/**
 * A setting of `calicoctl config`: part of the configuration of v3, `default` or that of a node, as Calico's upgrade
 * makes it. Undefined where the setting means nothing to BGP (`ipip` is Felix's).
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
