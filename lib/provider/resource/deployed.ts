import type { Activation } from '../../control/transaction';
import { type Diagnostic, error } from '../diagnostic';
import { Fleet, listing, obstacles, type Survey } from '../fleet';
import { holdsUnknown, UNKNOWN, type Value, type Values } from '../value';
import { endpointProblems, endpointsOf, unreachableOf, unreachableProblems } from './attributes';
import { allHave, plannedDigests } from './node-digests';

/** What a wave and a commit are about: an activation of a release on some nodes. */
export interface Deployed {
  readonly activation: Activation;
  readonly fleet: Fleet;
  readonly mayBeAbsent: ReadonlySet<string>;
}

/** Reads it from a configuration in which nothing is unknown any more. */
export const deployedOf = (config: Values, stop?: AbortSignal): Deployed => ({
  activation: { release: config.release as string, activation: config.activation as number },
  fleet: new Fleet(endpointsOf(config.nodes), stop),
  mayBeAbsent: unreachableOf(config),
});

/** Problems of a wave or a commit as written. */
export function deployedProblems(config: Values): Diagnostic[] {
  const nodes = config.nodes === UNKNOWN || config.nodes === null ? {} : (config.nodes as Values);
  return [...endpointProblems(nodes, (node) => ['nodes', node]), ...unreachableProblems(config)];
}

/** The names of the nodes; undefined while they are not known. */
const nodesOf = ({ nodes }: Values): string[] | undefined =>
  typeof nodes === 'object' && nodes !== null ? Object.keys(nodes) : undefined;

/**
 * The planned value of the computed map `name` (node → digest): what was, where this activation is on every node
 * already; else the release on every node. Unknown while any of it is.
 */
export function plannedMap(name: string, config: Values, prior: Values | null): Value {
  const nodes = nodesOf(config),
    { release } = config;
  if (!nodes || typeof release !== 'string' || holdsUnknown(config.activation) || holdsUnknown(config.unreachable))
    return UNKNOWN;
  if (prior && !isDue(name, config, prior)) return prior[name];
  return plannedDigests(nodes, release, unreachableOf(config));
}

/** Whether agents must hear of it: another activation, other nodes, or one that does not have what it should. */
export function isDue(name: string, config: Values, prior: Values): boolean {
  const nodes = nodesOf(config) ?? [],
    before = nodesOf(prior) ?? [];
  return (
    prior.release !== config.release ||
    prior.activation !== config.activation ||
    nodes.length !== before.length ||
    !allHave(prior[name], nodes, config.release, unreachableOf(config))
  );
}

/** The one owner of a fleet; a diagnostic where there is none or more than one, as then it is not one fabric's. */
function ownerOf({ statuses }: Survey, mayBeAbsent: ReadonlySet<string>): string | Diagnostic {
  const owners = new Map(
    [...statuses]
      .filter(([node, { transaction }]) => transaction.owner !== null || !mayBeAbsent.has(node))
      .map(([node, { transaction }]) => [transaction.owner, node]),
  );
  if (owners.size === 1) {
    const [owner] = owners.keys();
    if (owner !== null) return owner;
  }
  const detail = listing(
    [...owners].map(([owner, node]) => [node, owner === null ? 'nobody' : `deployed by ${owner}`]),
  );
  return error(
    'The nodes are not of one fabric',
    `Nothing was changed. Deploy the fabric to all of them first.\n${detail}`,
  );
}

/** A survey that an apply may go on from. */
export interface Ground {
  readonly survey: Survey;
  readonly owner: string;
}

/** Asks the fleet, and tells what keeps the apply from beginning. */
export async function explore({ fleet, mayBeAbsent }: Deployed): Promise<Ground | readonly Diagnostic[]> {
  const survey = await fleet.survey(),
    found = obstacles(survey, mayBeAbsent);
  if (found.length > 0) return found;
  const owner = ownerOf(survey, mayBeAbsent);
  return typeof owner === 'string' ? { survey, owner } : [owner];
}

export const isSame = (a: Activation | null, b: Activation): boolean =>
  a !== null && a.release === b.release && a.activation === b.activation;
