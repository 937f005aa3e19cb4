import type { AgentStatus } from '../../control/status';
import type { Survey } from '../fleet';
import { isValues, UNKNOWN, type Value, type Values, type ValueType } from '../value';

/** A computed map from node to the digest of a release as read from its agent; null: it has none. */
export const NODE_DIGESTS: ValueType = { map: 'string' };

/** What is planned for such a map: the release on every node; what will be of a node that may be absent is known after apply. */
export function plannedDigests(nodes: Iterable<string>, release: string, mayBeAbsent: ReadonlySet<string>): Values {
  return Object.fromEntries([...nodes].map((node) => [node, mayBeAbsent.has(node) ? UNKNOWN : release]));
}

/** What the agents say; of those that did not answer, what was known before. */
export function readDigests(
  nodes: Iterable<string>,
  { statuses }: Survey,
  prior: Value,
  digestOf: (status: AgentStatus) => string | null,
): Values {
  const before = isValues(prior) ? prior : {};
  return Object.fromEntries(
    [...nodes].map((node) => {
      const status = statuses.get(node);
      return [node, status ? digestOf(status) : (before[node] ?? null)];
    }),
  );
}

/** Whether every node has the release, but those that may be absent. */
export function allHave(
  digests: Value,
  nodes: Iterable<string>,
  release: Value,
  mayBeAbsent: ReadonlySet<string>,
): boolean {
  return [...nodes].every((node) => mayBeAbsent.has(node) || (isValues(digests) && digests[node] === release));
}
