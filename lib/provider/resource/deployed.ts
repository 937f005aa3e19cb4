import type { ActivationState } from '../../control/activation-state';
import { type Activation, isSame } from '../../control/transaction';
import { type Diagnostic, error } from '../diagnostic';
import { Fleet } from '../fleet';
import type { Context } from '../resource-api';
import { listing, obstacles, type Survey } from '../survey';
import { isValues, UNKNOWN, type Value, type Values } from '../value';
import { endpointProblems, endpointsOf, unreachableOf, unreachableProblems } from './attributes';
import { activationOf, asSurveyed, behindOf, isBehind, plannedBehind } from './behind';

/** Common to waves and commits: an activation of a release on some nodes. */
export interface Deployed {
  readonly activation: Activation;
  /** Name of the fabric. */
  readonly fabric: string;
  readonly fleet: Fleet;
  readonly mayBeAbsent: ReadonlySet<string>;
}

/** Reads it from a fully known configuration. */
export const deployedOf = (config: Values, stop?: AbortSignal): Deployed => ({
  activation: { release: config.release as string, activation: config.activation as number },
  fabric: config.fabric as string,
  fleet: new Fleet(endpointsOf(config.nodes), stop),
  mayBeAbsent: unreachableOf(config),
});

/** Problems of a wave or commit as configured. */
export function deployedProblems(config: Values, of: 'wave' | 'commit'): Diagnostic[] {
  const nodes = config.nodes === UNKNOWN || config.nodes === null ? {} : (config.nodes as Values);
  return [...endpointProblems(nodes, (node) => ['nodes', node]), ...unreachableProblems(config, of)];
}

/** The planned state. Values of its nodes are kept if no deploy is due. */
export const plannedOf = (config: Values, prior: Values | null): Values => ({
  ...config,
  behind: prior && !isDue(config, prior) ? prior.behind : plannedBehind(config),
});

/** Whether agents must be contacted: another activation, other nodes, or a node that is behind. */
export const isDue = (config: Values, prior: Values): boolean =>
  prior.fabric !== config.fabric ||
  prior.release !== config.release ||
  prior.activation !== config.activation ||
  !hasSameNodes(config.nodes, prior.nodes) ||
  isBehind(prior, config);

function hasSameNodes(now: Value, before: Value): boolean {
  if (!isValues(now) || !isValues(before)) return false;
  const nodes = Object.keys(now);
  return nodes.length === Object.keys(before).length && nodes.every((node) => Object.hasOwn(before, node));
}

/** The state after a failed update, with what the agents report. */
export async function refreshed(prior: Values, enough: readonly ActivationState[], { stop }: Context): Promise<Values> {
  const fleet = new Fleet(endpointsOf(prior.nodes), stop);
  const instead = asSurveyed(await fleet.survey(), prior, activationOf(prior), enough);
  return { ...prior, behind: behindOf(fleet.nodes, instead) };
}

/**
 * Who deployed the activation to these nodes; a diagnostic if there are several owners, since it was then not a single
 * deploy.
 */
function ownerOf({ statuses }: Survey, activation: Activation): string | Diagnostic {
  const owners = new Map(
    [...statuses].flatMap(
      ([
        node,
        {
          transaction: { active, staged },
        },
      ]): [string, string][] =>
        [active, staged].flatMap((step) => (step && isSame(step, activation) ? [[step.owner, node]] : [])),
    ),
  );
  if (owners.size < 2) return [...owners.keys()][0] ?? '';
  return error(
    'The nodes are not of one fabric',
    `This step changed nothing. Deploy the fabric to all of them first.\n${listing([...owners].map(([owner, node]) => [node, `deployed by ${owner}`]))}`,
  );
}

/** A survey that allows an apply to continue. */
interface Preflight {
  readonly survey: Survey;
  readonly owner: string;
}

/** Surveys the fleet and reports what prevents the apply from starting. */
export async function fleetPreflight({
  fleet,
  mayBeAbsent,
  activation,
}: Deployed): Promise<Preflight | readonly Diagnostic[]> {
  const survey = await fleet.standing();
  const found = obstacles(survey, mayBeAbsent);
  if (found.length > 0) return found;
  const owner = ownerOf(survey, activation);
  return typeof owner === 'string' ? { survey, owner } : [owner];
}
