import type { AgentStatus } from '../../control/status';
import type { Fabric } from '../../model/fabric';
import { readFabric } from '../../model/read';
import { type Diagnostic, error } from '../diagnostic';
import { Fleet } from '../fleet';
import type { Private } from '../server';
import { diagnosticOf, specOf } from '../spec';
import { equal, isValues, mapValues, UNKNOWN, type Value, type Values } from '../value';
import { endpointProblems, unreachableOf, unreachableProblems } from './attributes';
import { allHave } from './node-digests';

/** Kept beside the state. */
export interface Kept {
  /** Who deploys; agents refuse anybody else. */
  readonly owner?: string;
  /** False when the last refresh found a node that does not run the release. */
  readonly runs?: boolean;
}

/** The names of its nodes; none while they are not known. */
export const nodesOf = ({ nodes }: Values): string[] => (isValues(nodes) ? Object.keys(nodes) : []);

/** Node → endpoint as written; null or unknown where it is. */
const endpointValues = ({ nodes }: Values): Values =>
  isValues(nodes) ? mapValues(nodes, (node): Value => (isValues(node) ? node.endpoint : UNKNOWN)) : {};

/** The agents of its nodes. */
export const fleetOf = (values: Values, stop?: AbortSignal): Fleet =>
  new Fleet(
    Object.fromEntries(
      Object.entries(endpointValues(values)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    stop,
  );

/** What the agent would run next, or runs. */
export const heldRelease = ({ transaction: { staged, active } }: AgentStatus): string | null =>
  (staged ?? active)?.release ?? null;

/** Everything that is wrong with a configuration as far as it is known. */
export function problemsOf(config: Values): Diagnostic[] {
  return [
    ...readFabric(specOf(config)).problems.map((problem) => diagnosticOf(problem, config)),
    ...endpointProblems(endpointValues(config), (node) => ['nodes', node, 'endpoint']),
    ...unreachableProblems(config),
  ];
}

/** The name is the identity: another name is another fabric, and replacing would cut every session first. */
export function renamed(prior: Values | null, config: Values): Diagnostic[] {
  if (!prior || prior.name === config.name || config.name === UNKNOWN) return [];
  const remedy = `Write name = "${String(prior.name)}" again. For a fabric of another name on these nodes destroy this one first.`;
  return [error(`The name of fabric ${String(prior.name)} cannot be changed`, remedy, ['name'])];
}

/** The fabric that a state holds; undefined where there is no state, or an imported one that holds none. */
export const fabricOf = (state: Values | null): Fabric | undefined =>
  state ? readFabric(specOf(state)).fabric : undefined;

/** Whether agents must hear of it: another release, another agent, or a fleet that does not hold or run this one. */
export function mustDeploy(prior: Values, config: Values, release: string, kept: Private): boolean {
  return (
    prior.release !== release ||
    (kept as Kept).runs === false ||
    !equal(endpointValues(prior), endpointValues(config)) ||
    !allHave(prior.staged, nodesOf(config), release, unreachableOf(config))
  );
}
