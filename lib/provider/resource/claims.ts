import { isFileInWords } from '../../control/older-agents';
import type { AgentSummary } from '../../control/status';
import { holderOf, type Running } from '../../control/transaction';
import { type Diagnostic, error, warning } from '../diagnostic';
import { listing, type Survey } from '../survey';
import { isValues, type Value } from '../value';

/** The highest activation that any of them has seen; 0 if none. */
export const highestActivation = ({ statuses }: Survey): number =>
  Math.max(
    0,
    ...[...statuses.values()].flatMap(({ transaction: { activation, active, staged, returned } }) => [
      activation,
      ...[active, staged, returned].map((step) => step?.activation ?? 0),
    ]),
  );

/** Owner and fabric of a node; undefined if it has none. */
export interface Holder {
  readonly owner: string;
  readonly fabric: string;
  /** A fabric file. */
  readonly isFile: boolean;
}

/**
 * Owner and fabric of a node as reported by its agent. Agents with protocol 1 report a single owner and the running
 * fabric.
 */
export function holderAt({ transaction, fabric = '' }: AgentSummary): Holder | undefined {
  const holder: Partial<Running> | undefined = holderOf(transaction);
  if (!holder) return undefined;
  const owner = holder.owner ?? transaction.owner ?? '';
  return { owner, fabric: holder.fabric ?? fabric, isFile: holder.isFromFile ?? isFileInWords(owner) };
}

const OF_DEPLOY =
  'Deploy from there, or destroy that fabric first. If that owner no longer exists, take over the fabric: `terraform import ADDRESS NAME@ENDPOINT` (or an import block) for the fabric, its waves and its commit changes nothing on the agents, and the next deploy is yours.';

/** If the agent is configured by a file, there is no stack to deploy, destroy or import from. */
const OF_FILE =
  'These agents run a fabric file (`peerform agent --fabric`) and take no deploy. In a lab, use agents that wait for one: `peerform lab down`, then `peerform lab up --idle` with the same --fabric. Elsewhere, start the agents without --fabric; they keep nothing of the file.';

/** Agents that belong to another owner. `takes`: an owner that is gone and whose nodes may be taken over. */
export function foreign({ statuses }: Survey, owner: string, takes?: string): Diagnostic[] {
  const theirs = [...statuses].flatMap(([node, status]): [string, Holder][] => {
    const holder = holderAt(status);
    return holder && holder.owner !== owner && holder.owner !== takes ? [[node, holder]] : [];
  });
  if (theirs.length === 0) return [];
  const said = theirs.map(([node, { fabric, owner }]): [string, string] => [
    node,
    `fabric ${fabric}, deployed by ${owner}`,
  ]);
  const remedies = new Set(theirs.map(([, { isFile }]) => (isFile ? OF_FILE : OF_DEPLOY)));
  return [
    error(
      `Nodes belong to ${said[0][1]}`,
      `This deploy is ${owner}. This step changed nothing. ${[...remedies].join(' ')}\n${listing(said)}`,
    ),
  ];
}

/**
 * Agents that keep a fabric of this owner although one is to be created: its state was lost, or its name or address in
 * Terraform changed.
 */
export function alreadyDeployed(
  held: ReadonlyMap<string, string>,
  endpoints: Readonly<Record<string, string>>,
): Diagnostic[] {
  const [first] = held;
  if (!first) return [];
  const [node, fabric] = first;
  return [
    error(
      `Node ${node} already runs fabric ${fabric}, deployed from here`,
      `A fabric that is renamed, or moved to another address in Terraform, keeps its state through \`formerNames\` (in HCL: \`moved\` blocks for it, its waves and its commit); -replace would take it out of service first. If its state is lost, restore it, or import it: \`terraform import ADDRESS ${fabric}@${endpoints[node] ?? 'ENDPOINT'}\`. To take it over as it is, set allow_disruption = true (allowDisruption in constructs).\n${listing([...held].map(([name, of]) => [name, `of fabric ${of}`]))}`,
    ),
  ];
}

/** Agents that have seen this activation or a later one: there was another deploy since the plan. */
export function stale({ statuses }: Survey, activation: number): Diagnostic[] {
  const ahead = [...statuses].flatMap(([node, { transaction }]): [string, string][] =>
    transaction.activation >= activation
      ? [
          [
            node,
            `has already seen activation ${transaction.activation}, deployed by ${transaction.owner ?? 'somebody'}`,
          ],
        ]
      : [],
  );
  if (ahead.length === 0) return [];
  return [
    error(
      `Activation ${activation} is out of date`,
      `This step changed nothing. The fabric was deployed after this plan was made, or the plan was made without a refresh: plan again.\n${listing(ahead)}`,
    ),
  ];
}

/** Nodes that were drained by command: a deploy leaves them drained unless their entries set `drain`. */
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
            `by ${transaction.drained.by} at ${transaction.drained.at}${says(node) ? '; its entry sets drain, which the next deploy applies' : ''}`,
          ],
        ]
      : [],
  );
  if (found.length === 0) return [];
  const names = found.map(([node]) => node).sort();
  return [
    warning(
      `Drained by command: ${names.join(', ')}`,
      `Deploys leave them out of service. Bring them back with \`peerform undrain NODE\`, or set drain in their entries.\n${listing(found)}`,
    ),
  ];
}
