import { parseEndpoint } from '../../model/endpoint';
import { named } from '../../model/named';
import { Problem } from '../../model/problem';
import { type Diagnostic, error, type Path } from '../diagnostic';
import { type AttributeSchema, isValues, UNKNOWN, type Value, type Values } from '../value';

/** Nodes that may be unreachable; common to all resources. */
export const UNREACHABLE: AttributeSchema = {
  type: { list: 'string' },
  set: 'optional',
  description: 'Names of nodes whose agent may be unreachable during this deploy; they catch up in a later one.',
};

/** Attributes common to waves and commits. */
export const DEPLOYED = {
  fabric: { type: 'string', set: 'required', description: 'Name of the fabric.' },
  release: { type: 'string', set: 'required', description: 'The release, as `peerform_fabric` computed it.' },
  activation: { type: 'number', set: 'required', description: 'The activation, as `peerform_fabric` computed it.' },
  nodes: {
    type: { map: 'string' },
    set: 'required',
    description: 'The nodes, each with the endpoint of its agent.',
  },
  unreachable: UNREACHABLE,
} as const satisfies Record<string, AttributeSchema>;

/** The names in `unreachable`. */
export const unreachableOf = (values: Values): ReadonlySet<string> =>
  new Set(Array.isArray(values.unreachable) ? values.unreachable.filter((name) => typeof name === 'string') : []);

/** Node → endpoint of a wave or commit, as far as known. */
export function endpointsOf(nodes: Value): Record<string, string> {
  if (!isValues(nodes)) return {};
  return named(Object.entries(nodes).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Nodes without an endpoint: a deploy must reach every node. The model reports invalid ones. */
export const missingEndpoints = (endpoints: Values): Diagnostic[] =>
  Object.entries(endpoints).flatMap(([node, endpoint]) =>
    typeof endpoint === 'string' || endpoint === UNKNOWN ? [] : [missing(node, ['nodes', node, 'endpoint'])],
  );

const missing = (node: string, path: Path): Diagnostic =>
  error(
    `${path.join('.')}: node ${node} has no endpoint`,
    'Set the endpoint of its agent, such as unix:///run/peerform/agent.sock.',
    path,
  );

/**
 * Endpoints that are invalid, missing or duplicate. `endpoints`: node → endpoint as configured; `at`: their locations.
 */
export function endpointProblems(endpoints: Values, at: (node: string) => Path): Diagnostic[] {
  const first = new Map<string, string>();
  return Object.entries(endpoints).flatMap(([node, endpoint]): Diagnostic[] => {
    if (endpoint === UNKNOWN) return [];
    const where = (message: string, detail: string) => [error(`${at(node).join('.')}: ${message}`, detail, at(node))];
    if (typeof endpoint !== 'string') return [missing(node, at(node))];
    const parsed = parseEndpoint(endpoint);
    const other = first.get(endpoint);
    if (parsed instanceof Problem) return where(parsed.message, parsed.remedy);
    if (other !== undefined)
      return where(`${endpoint} is also the endpoint of node ${other}`, 'Each node has its own agent.');
    first.set(endpoint, node);
    return [];
  });
}

/** What has nodes, and may name some of them in `unreachable`. */
type Owner = 'fabric' | 'wave' | 'commit';

/** A wave has some nodes of the fabric, and does not know the others. */
const REMEDY: Readonly<Record<Owner, string>> = {
  fabric: 'Name nodes of this fabric.',
  wave: 'List it in the wave that has it, and in each wave only nodes of its own: unreachable = [for name in var.unreachable : name if contains(keys(NODES), name)], where NODES is what the wave has as nodes. Or correct the name.',
  commit: 'Name nodes of this commit.',
};

/** Names in `unreachable` that are not nodes of the resource. */
export function unreachableProblems(values: Values, of: Owner): Diagnostic[] {
  const { nodes } = values;
  if (!isValues(nodes)) return [];
  return [...unreachableOf(values)]
    .filter((name) => !Object.hasOwn(nodes, name))
    .map((name) => error(`unreachable: ${name} is not a node of this ${of}`, REMEDY[of], ['unreachable']));
}
