import { type Diagnostic, error } from '../diagnostic';
import { listing, type Survey } from '../fleet';

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
