import { clusterOf } from '../../calico/cluster';
import { readManifests } from '../../calico/manifests';
import { calicoSessionsOf } from '../../calico/sessions';
import { nodeName } from '../../calico/v1/names';
import { type LineError, lineError } from './lines';

/**
 * `peerform debug calico`: reads Calico manifests. In: `{"manifests":"…","node":"node1"}`; `node` is optional. Out:
 * `valid`, `problems`, the `resources` in v3 form and, if the manifests are valid and a node is given, its `sessions`
 * in Calico.
 */
export function calicoLine(input: unknown): object | LineError {
  if (typeof input !== 'object' || input === null) return lineError('shape', 'the line is not a JSON object');
  const { manifests: text, node: name } = input as { manifests?: unknown; node?: unknown };
  if (typeof text !== 'string') return lineError('shape', 'manifests must be a string');
  if (name !== undefined && name !== null && typeof name !== 'string')
    return lineError('shape', 'node must be a string');
  const { resources, problems } = readManifests({ name: '', text });
  const answer = {
    valid: problems.length === 0,
    problems: problems.map(({ path, message }) => ({ path, message })),
    resources,
  };
  if (typeof name !== 'string' || problems.length > 0) return answer;
  const cluster = clusterOf(resources);
  const node = cluster.nodes.get(name) ?? cluster.nodes.get(nodeName(name));
  return node
    ? { ...answer, sessions: calicoSessionsOf(cluster, node) }
    : lineError('unknown-node', `the manifests do not contain node ${name}`);
}
