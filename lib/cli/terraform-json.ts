import { joined } from '../provider/resource/forms';
import { isValues, UNKNOWN, type Value, type Values } from '../provider/value';

/** A fabric in Terraform's JSON. */
export interface Found {
  /** Attributes after the change, possibly with unknowns; null: the change destroys it. */
  readonly after: Values | null;
  /** Attributes before the change, for a plan; null: there was none. */
  readonly before?: Values | null;
  /** Its name, as far as known. */
  readonly name: string;
  /** The plan's own impact, if any. */
  readonly impact?: Values;
}

const FABRIC = 'peerform_fabric';

/**
 * The fabrics in a file of Terraform or cdktf: `cdk.tf.json`, or the output of `terraform show -json` for a plan or
 * state. Undefined if it is none of these.
 */
export function fabricsIn(content: unknown): readonly Found[] | undefined {
  if (!isObject(content)) return undefined;
  if (Array.isArray(content.resource_changes)) return content.resource_changes.flatMap(plannedFabric);
  if (isObject(content.planned_values)) return []; // A plan without changes for an empty configuration.
  if (isObject(content.values) && 'format_version' in content) return stateFabrics(content.values.root_module);
  if (isObject(content.resource) || (isObject(content.terraform) && !('nodes' in content)))
    return stackFabrics(content.resource);
  return undefined;
}

function stackFabrics(resource: unknown): Found[] {
  const all = isObject(resource) && isObject(resource[FABRIC]) ? Object.values(resource[FABRIC]) : [];
  return all.filter(isObject).map((attributes) => found(expressions(attributes) as Values));
}

/** Values written as Terraform expressions are unknown here. */
function expressions(value: unknown): Value {
  if (typeof value === 'string') return /[$%]\{/.test(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(expressions);
  if (!isObject(value)) return (value ?? null) as Value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, expressions(inner)]));
}

function plannedFabric(change: unknown): Found[] {
  if (!isObject(change) || change.type !== FABRIC || !isObject(change.change)) return [];
  const { before = null, after = null, after_unknown: unknown } = change.change;
  const values = after === null ? null : (withUnknown(after as Value, unknown) as Values);
  const impact = ownImpact(change.change.actions, before as Values | null, values);
  return [
    {
      ...found(values ?? (before as Values)),
      ...{ after: values, before: before as Values | null, ...(impact && { impact }) },
    },
  ];
}

/** The impact of this change: without a deploy, it may still be that of the previous one. */
function ownImpact(actions: unknown, before: Values | null, after: Values | null): Values | undefined {
  const impact = after?.impact;
  if (!impact || !isValues(impact) || typeof impact.about !== 'string' || impact.about === '') return undefined;
  const isStill = before !== null && before.activation === after?.activation;
  return isStill || (Array.isArray(actions) && actions.includes('no-op')) ? undefined : impact;
}

/** A plan omits unknown values from `after` and marks them in `after_unknown`. */
function withUnknown(value: Value, unknown: unknown): Value {
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(unknown)) {
    const items = Array.isArray(value) ? value : [];
    return Array.from({ length: Math.max(items.length, unknown.length) }, (_, i) =>
      withUnknown(items[i] ?? null, unknown[i]),
    );
  }
  if (!isObject(unknown)) return value;
  const own = isValues(value) ? value : {};
  const names = new Set([...Object.keys(own), ...Object.keys(unknown)]);
  const entries = [...names].map((name) => [name, withUnknown(own[name] ?? null, unknown[name])] as const);
  return Object.fromEntries(entries);
}

function stateFabrics(module: unknown): Found[] {
  if (!isObject(module)) return [];
  const [resources, modules] = [module.resources, module.child_modules].map((all) => (Array.isArray(all) ? all : []));
  const own = resources.filter((one) => isObject(one) && one.type === FABRIC && isObject(one.values));
  return [...own.map(({ values }) => found(values)), ...modules.flatMap(stateFabrics)];
}

const found = (attributes: Values): Found => ({
  after: attributes,
  name: typeof attributes.name === 'string' ? attributes.name : '(not known yet)',
});

/** Attributes of a fabric in one form, without endpoints that are still unknown: they are not part of the release. */
export function withoutUnknownEndpoints(attributes: Values): Values {
  const { values } = joined(attributes);
  const { nodes } = values;
  if (!isValues(nodes)) return values;
  const known = Object.entries(nodes).map(([name, node]): [string, Value] => [
    name,
    isValues(node) && node.endpoint === UNKNOWN ? { ...node, endpoint: null } : node,
  ]);
  return { ...values, nodes: Object.fromEntries(known) };
}

/** Dotted paths of unknown values. */
export function unknownPlaces(value: Value, path = ''): string[] {
  if (value === UNKNOWN) return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => unknownPlaces(inner, path === '' ? name : `${path}.${name}`));
}

// biome-ignore lint/suspicious/noExplicitAny: untrusted JSON, checked member by member.
const isObject = (value: unknown): value is Record<string, any> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
