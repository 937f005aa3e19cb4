import { type Diagnostic, error, warning } from '../diagnostic';
import { listing, type Survey } from '../fleet';
import { isValues, type Value } from '../value';

/** The highest activation that any of them knows; 0 where none knows any. */
export const highestActivation = ({ statuses }: Survey): number =>
  Math.max(
    0,
    ...[...statuses.values()].map(({ transaction: { activation, active } }) =>
      Math.max(activation, active?.activation ?? 0),
    ),
  );

/** Agents that belong to somebody else. */
export function foreign({ statuses }: Survey, owner: string): Diagnostic[] {
  const theirs = [...statuses].flatMap(([node, { transaction }]): [string, string][] =>
    transaction.owner !== null && transaction.owner !== owner ? [[node, `deployed by ${transaction.owner}`]] : [],
  );
  if (theirs.length === 0) return [];
  const remedy = `Nothing was changed. Deploy from there, or destroy that fabric first.\n${listing(theirs)}`;
  const first = theirs[0][1];
  return [error(`Nodes belong to a fabric ${first}`, `This would be ${owner}. ${remedy}`)];
}

/** Agents that run a fabric of this owner, of which there is no state. */
export function alreadyDeployed({ statuses }: Survey, owner: string): Diagnostic[] {
  const running = [...statuses].find(([, { transaction }]) => transaction.owner === owner && transaction.active);
  if (!running) return [];
  const [node, { fabric: name = '' }] = running;
  const remedy = `Nothing was changed. Its state is not here: restore it, or import it by \`terraform import ADDRESS ${name}@ENDPOINT\`.`;
  return [error(`Node ${node} already runs fabric ${name}, deployed from here`, remedy)];
}

/** Agents that saw this activation or a later one: somebody deployed since this was planned. */
export function stale({ statuses }: Survey, activation: number): Diagnostic[] {
  const ahead = [...statuses].flatMap(([node, { transaction }]): [string, string][] =>
    transaction.activation >= activation
      ? [[node, `has seen activation ${transaction.activation}, deployed by ${transaction.owner}`]]
      : [],
  );
  if (ahead.length === 0) return [];
  return [
    error(
      `Activation ${activation} is behind the fabric`,
      `Nothing was changed. Somebody deployed since this was planned: plan again.\n${listing(ahead)}`,
    ),
  ];
}

/** Nodes that are out of service by command: a deploy leaves them so, unless their entries say what is to be. */
export function drained({ statuses }: Survey, nodes: Value): Diagnostic[] {
  const entry = (node: string) => (isValues(nodes) ? nodes[node] : null);
  const says = (node: string) => {
    const values = entry(node);
    return isValues(values) && typeof values.drain === 'boolean';
  };
  const found = [...statuses].flatMap(([node, { transaction }]): [string, string][] =>
    transaction.drained
      ? [
          [
            node,
            `by ${transaction.drained.by} at ${transaction.drained.at}${says(node) ? '; its entry says drain, so that the next deploy decides by that' : ''}`,
          ],
        ]
      : [],
  );
  if (found.length === 0) return [];
  const names = found.map(([node]) => node).sort();
  return [
    warning(
      `Drained by command: ${names.join(', ')}`,
      `Deploys leave them out of service; \`peerform undrain NODE\` brings them back, or write drain in their entries.\n${listing(found)}`,
    ),
  ];
}
